import { createPublicKey } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import { type AddressInfo, createServer as createTcpServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { BenchmarkError, confine, type OperationsOrder, type ProcessorPlan } from '@latchkey/load';
import {
  createDevelopmentPki,
  type DevelopmentSite,
  type KeyAlgorithm,
  LAYOUT,
  writeDevelopmentPki,
} from 'latchkey/pki';
import { ServingCommand } from 'latchkey/supervision';
import { KEY_ALGORITHMS } from '../server/operations.js';
import { DelayedRelay } from './delayed-relay.js';

/** A key server and an edge as an operator starts them, with new keys, the one reached by the other over a long way if wanted. */
export interface SuiteDeployment {
  readonly keyServer: ServingCommand;
  readonly edge: ServingCommand;
  readonly channel: OperationsOrder['channel'];
  /** Between edge and key server. */
  readonly relay: DelayedRelay;
  /** Where the key server shows its metrics. */
  readonly metricsUrl: string;
  readonly site: (algorithm: KeyAlgorithm) => DevelopmentSite;
  /** The public key of a site, PEM. */
  readonly publicKey: (algorithm: KeyAlgorithm) => string;
  /** What starts another key server or edge like these, on that port, after `latchkey`. */
  readonly commandLine: (what: 'server' | 'edge', port: number) => Promise<readonly string[]>;
  stop(): Promise<void>;
}

/** Options for Node.js in the processes, e.g. to have them write a profile. */
export interface DeploymentOptions {
  readonly keyServerExecArgv?: readonly string[];
  readonly edgeExecArgv?: readonly string[];
}

/** Starts both on the server's processor where there is a plan. */
export async function startDeployment(
  processors: ProcessorPlan | undefined,
  { keyServerExecArgv = [], edgeExecArgv = [] }: DeploymentOptions = {},
): Promise<SuiteDeployment> {
  const toClose: (() => unknown)[] = [];
  const stop = async (): Promise<void> => {
    while (toClose.length > 0) await toClose.pop()?.();
  };
  try {
    const folder = await mkdtemp(join(tmpdir(), 'latchkey-bench-'));
    toClose.push(() => rm(folder, { recursive: true, force: true }));
    const origin = createServer((_request, response) => response.end('Hello from the origin\n'));
    toClose.push(() => origin.close());
    origin.listen(0, '127.0.0.1');
    await once(origin, 'listening');
    const originUrl = `http://127.0.0.1:${(origin.address() as AddressInfo).port}`;

    const pki = await createDevelopmentPki({
      sites: KEY_ALGORITHMS.map((keyAlgorithm) => ({ name: `${keyAlgorithm}.localhost`, keyAlgorithm })),
    });
    const write = (keyServerPort: number) =>
      writeDevelopmentPki(pki, folder, {
        addresses: { keyServerPort, edgePort: 0, origin: originUrl },
        force: true,
      });
    await write(0);
    const metricsPort = await freePort();
    const serverConfiguration = join(folder, LAYOUT.serverConfiguration);
    const keyServer = await ServingCommand.start(
      ['server', '--config', serverConfiguration, ...QUIET, '--metrics-port', String(metricsPort)],
      { execArgv: keyServerExecArgv },
    );
    toClose.push(() => keyServer.stop());
    const relay = await DelayedRelay.start(keyServer.port);
    toClose.push(() => relay.close());
    await write(relay.port);
    const edge = await ServingCommand.start(
      ['edge', '--config', join(folder, LAYOUT.edgeConfiguration), ...QUIET],
      { execArgv: edgeExecArgv },
    );
    toClose.push(() => edge.stop());
    if (processors !== undefined)
      for (const { pid } of [keyServer, edge]) await confine(pid, processors.server);

    const site = (algorithm: KeyAlgorithm) => {
      const found = pki.sites.find(({ keyAlgorithm }) => keyAlgorithm === algorithm);
      if (found === undefined) throw new BenchmarkError(`there is no site with a key for ${algorithm}`);
      return found;
    };
    const { caPem: ca, edge: client } = pki.channel;
    return {
      keyServer,
      edge,
      channel: {
        host: '127.0.0.1',
        port: keyServer.port,
        ca,
        cert: client.certificatePem,
        key: client.keyPem,
      },
      relay,
      metricsUrl: `http://127.0.0.1:${metricsPort}/metrics`,
      site,
      publicKey: (algorithm) =>
        createPublicKey(site(algorithm).keyPem).export({ type: 'spki', format: 'pem' }).toString(),
      commandLine: async (what, port) => {
        if (what === 'server')
          return [
            'server',
            '--config',
            serverConfiguration,
            ...QUIET,
            '--metrics-port',
            'off',
            '--port',
            String(port),
          ];
        const other = join(folder, String(port));
        await writeDevelopmentPki(pki, other, {
          addresses: { keyServerPort: relay.port, edgePort: port, origin: originUrl },
        });
        return ['edge', '--config', join(other, LAYOUT.edgeConfiguration), ...QUIET];
      },
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

const QUIET = ['--loglevel', 'warn'] as const;

/** A TCP port of this machine that nobody has at the moment. */
export async function freePort(): Promise<number> {
  const server = createTcpServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}
