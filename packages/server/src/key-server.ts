import type { Logger } from 'pino';
import type { ServerConfiguration } from './configuration/configuration.js';
import type { KeyFileError } from './errors.js';
import type { KeyStoreHealth } from './key-stores/external-key-store.js';
import type { KeyStoreProvider } from './key-stores/key-store-provider.js';
import { KeyServerFront, type ReloadReport, type ServingGroup } from './key-server-front.js';
import { type CloseOptions, KeyServerProcess, type ReloadPart } from './key-server-process.js';
import type { KeyStore } from './keys/key-store.js';
import type { BoundAddress } from './listener/listener.js';
import type { KeyServerStatistics } from './statistics.js';

/** What a key server needs beside its configuration. */
export interface KeyServerOptions {
  readonly logger: Logger;
  /** Key stores beside those of the configuration; the key server closes them. Default: none. */
  readonly keyStores?: readonly KeyStoreProvider[];
}

/** A key server: keys and workers behind listeners. */
export interface KeyServer {
  /** The keys that are served now; another object after those of a token have come or gone. */
  readonly keys: KeyStore;
  /** Key files that could not be used; the others are served. */
  readonly keyProblems: readonly KeyFileError[];
  /**
   * Begins to serve, and writes the pid file if there is to be one. Once.
   *
   * @returns where it listens, in the configuration's order
   * @throws {ListenError} when it cannot listen at one of its addresses; it then listens at none
   */
  listen(): Promise<readonly BoundAddress[]>;
  /**
   * Reads keys, sites' certificates, channel certificates, client CA, revocation lists, policy and secrets for sealing again, and asks key stores
   * that have refused us once more. What can be used takes the place of what was there, all at once; when a part cannot be
   * used, all stays as it was, and a key whose file cannot be used any more stays as well. Never rejects. No request is lost,
   * and those under way end with what they began with.
   */
  reload(): Promise<ReloadReport>;
  /** Accepts no more edges, answers what has arrived, and frees everything. Idempotent. */
  close(options?: CloseOptions): Promise<void>;
  statistics(): KeyServerStatistics;
  /** Whether the keys of tokens and other key stores that hold them themselves can be used, one entry for each store. */
  health(): readonly KeyStoreHealth[];
  /** Where metrics and the status page are served, once it listens; undefined: nowhere. */
  readonly adminAddress: { readonly host: string; readonly port: number } | undefined;
}

/**
 * Makes a key server in this process, whatever the configuration says of `processes`: reads the channel's certificates and all keys, opens tokens, and starts the workers. A token that
 * cannot be opened, or not within 5 s, is served once it can be.
 *
 * @throws {ChannelCertificateError} when the certificate, key or client CA of the channel cannot be used
 * @throws {RevocationListError} when a certificate revocation list cannot be used
 * @throws {ConfigurationError} when the policy file cannot be used
 * @throws {SecretFileError} when the secrets for sealing, or the key of the audit log, cannot be used
 * @throws {AuditLogError} when the audit log cannot be opened
 */
export async function createKeyServer(
  configuration: ServerConfiguration,
  options: KeyServerOptions,
): Promise<KeyServer> {
  const { logger } = options;
  for (const warning of configuration.warnings) logger.warn(warning);
  const process = await KeyServerProcess.open(configuration, options);
  const front = new KeyServerFront(configuration, groupOfOne(process), logger);
  return {
    get keys() {
      return process.keys;
    },
    get keyProblems() {
      return process.keyProblems;
    },
    get adminAddress() {
      return front.adminAddress;
    },
    listen: () => front.listen(),
    reload: () => front.reload(),
    close: (closeOptions) => front.close(closeOptions),
    statistics: () => process.statistics(),
    health: () => process.health(),
  };
}

function groupOfOne(process: KeyServerProcess): ServingGroup {
  return {
    isElsewhere: false,
    reports: process.reports,
    get keyCount() {
      return process.keys.size;
    },
    ready: () => process.ready(),
    enter: (socket, onGone) => {
      socket.on('close', onGone);
      process.enter(socket);
    },
    countRefusal: (reason) => process.countRefusal(reason),
    countPause: () => process.countPause(),
    reload: (part) => reload(process, part),
    close: (options?: CloseOptions) => process.close(options),
  };
}

async function reload(process: KeyServerProcess, part: ReloadPart): Promise<ReloadReport> {
  try {
    const prepared = await process.prepareReload(part);
    return { reloaded: true, keys: await prepared.commit() };
  } catch (error) {
    return { reloaded: false, error };
  }
}
