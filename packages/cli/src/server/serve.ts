import {
  type BoundAddress,
  createKeyServer,
  KeyServerFront,
  type KeyServerStatistics,
  type ServerConfiguration,
} from '@latchkey/server';
import type { Logger } from 'pino';
import type { ServingFacts } from './processes/messages.js';
import { ProcessGroup } from './processes/process-group.js';

/** A key server with all its processes. */
export interface ServingKeyServer {
  /** What it said of its keys at the start. */
  readonly facts: ServingFacts;
  /** Where it listens, in the configuration's order. */
  readonly addresses: readonly BoundAddress[];
  readonly adminAddress: { readonly host: string; readonly port: number } | undefined;
  statistics(): Promise<KeyServerStatistics>;
  /** Reads again what may change while it runs; what came of it is in the log. */
  reload(): void;
  /** Accepts no more edges, answers what has arrived, and frees everything. */
  close(): Promise<void>;
}

/** What a key server is started with. */
export interface KeyServerStart {
  readonly configuration: ServerConfiguration;
  /** The text that the configuration was made of. */
  readonly text: string;
  /** What `latchkey` was run with, for processes that are to do the same. */
  readonly commandLine: readonly string[];
  readonly logger: Logger;
}

/**
 * Serves edges, in this process or in as many as the configuration says.
 *
 * @throws what `createKeyServer` and its `listen` throw
 * @throws {WorkerFailedError}
 */
export function serveKeys(start: KeyServerStart): Promise<ServingKeyServer> {
  return start.configuration.processes === 1 ? serveAlone(start) : serveInProcesses(start);
}

async function serveAlone({ configuration, logger }: KeyServerStart): Promise<ServingKeyServer> {
  const server = await createKeyServer(configuration, { logger });
  const addresses = await server.listen();
  return {
    facts: { keys: server.keys.size, unusableFiles: server.keyProblems.map(({ file }) => file) },
    addresses,
    adminAddress: server.adminAddress,
    statistics: () => Promise.resolve(server.statistics()),
    reload: () => void server.reload(),
    close: () => server.close(),
  };
}

async function serveInProcesses({
  configuration,
  text,
  commandLine,
  logger,
}: KeyServerStart): Promise<ServingKeyServer> {
  const { processes, drainTimeout, warnings } = configuration;
  for (const warning of warnings) logger.warn(warning);
  const group = await ProcessGroup.start({
    processes,
    drainTimeout,
    configuration: text,
    commandLine,
    logger,
  });
  const front = new KeyServerFront(configuration, group, logger);
  const addresses = await front.listen();
  return {
    facts: group.facts,
    addresses,
    adminAddress: front.adminAddress,
    statistics: () => group.statistics(),
    reload: () => void front.reload(),
    close: () => front.close(),
  };
}
