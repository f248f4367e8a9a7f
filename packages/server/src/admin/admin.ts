import { AdminEndpoint } from '@latchkey/admin';
import type { Logger } from 'pino';
import type { AdminAddress } from '../configuration/configuration.js';
import { type KeyFileError, ListenError } from '../errors.js';
import type { KeyStoreHealth } from '../key-stores/external-key-store.js';
import type { JobExecutor } from '../pool/job.js';
import { reasonOf } from '../system-error.js';
import { adminPages, type PageSources } from './pages.js';
import { Readiness, type ReadinessProblem } from './readiness.js';

/** What the admin endpoint of a key server shows. */
export interface AdminSources extends Omit<PageSources, 'readiness'> {
  /** Performs the operations of readiness checks, or has them performed. */
  readonly executor: JobExecutor;
  readonly draining: () => boolean;
  readonly auditHealthy: () => boolean;
  readonly keyProblems: () => readonly KeyFileError[];
  readonly keyStores: () => readonly KeyStoreHealth[];
}

/** The admin endpoint of a key server, if it has one. */
export class Admin {
  readonly #address: AdminAddress | undefined;
  readonly #endpoint: AdminEndpoint | undefined;
  readonly #readiness: Readiness;
  readonly #logger: Logger;

  /** @param address none: nowhere */
  constructor(address: AdminAddress | undefined, sources: AdminSources, logger: Logger) {
    const readiness = new Readiness({ ...sources, problems: () => problemsOf(sources) });
    this.#address = address;
    this.#readiness = readiness;
    this.#logger = logger;
    this.#endpoint =
      address &&
      new AdminEndpoint(address, adminPages({ ...sources, readiness }), (path, error) =>
        logger.error({ path, reason: reasonOf(error) }, 'admin page failed'),
      );
  }

  /**
   * Begins to serve, and to check the keys.
   *
   * @returns where it listens; undefined for nowhere
   * @throws {ListenError} when it cannot listen where it is required to
   */
  async listen(): Promise<{ readonly host: string; readonly port: number } | undefined> {
    if (this.#endpoint === undefined) return undefined;
    try {
      const address = await this.#endpoint.listen();
      this.#logger.info(address, 'metrics and status page are served over HTTP');
      void this.#readiness.check();
      return address;
    } catch (error) {
      if (this.#address?.required === true) {
        const { host, port } = this.#address;
        throw new ListenError(`${host}, port ${port} (metrics_port)`, reasonOf(error), error);
      }
      this.#logger.warn(
        `no metrics and no status page: ${reasonOf(error)}; set metrics_port to another port, or to off`,
      );
      return undefined;
    }
  }

  async close(): Promise<void> {
    await this.#endpoint?.close();
  }
}

function problemsOf({ draining, auditHealthy, keyProblems, keyStores }: AdminSources): ReadinessProblem[] {
  return [
    ...(draining() ? [{ problem: 'draining' } as const] : []),
    ...(auditHealthy() ? [] : [{ problem: 'audit_log_unhealthy' } as const]),
    ...keyProblems().map(({ file, reason }) => ({ problem: 'key_not_loaded', name: file, reason }) as const),
    ...keyStores().flatMap(storeProblems),
  ];
}

function storeProblems({ store, state, reason, unusableKeys, problems }: KeyStoreHealth): ReadinessProblem[] {
  const unavailable = { problem: 'key_store_unavailable', name: store, reason: reason ?? state } as const;
  return [
    ...(state === 'ready' ? [] : [unavailable]),
    ...unusableKeys.map(
      (ski) =>
        ({ problem: 'key_unusable', ski, name: store, reason: 'its key store is unavailable' }) as const,
    ),
    ...problems.map(
      ({ label, reason: why }) =>
        ({ problem: 'key_not_loaded', name: `${store} (${label})`, reason: why }) as const,
    ),
  ];
}
