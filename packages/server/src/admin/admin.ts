import { AdminEndpoint } from '@latchkey/admin';
import type { Logger } from 'pino';
import type { AdminAddress } from '../configuration/configuration.js';
import { ListenError } from '../errors.js';
import { reasonOf } from '../system-error.js';
import { adminPages } from './pages.js';
import type { KeyServerReports } from './reports.js';

/** The admin endpoint of a key server, if it has one. */
export class Admin {
  readonly #address: AdminAddress | undefined;
  readonly #endpoint: AdminEndpoint | undefined;
  readonly #reports: KeyServerReports;
  readonly #logger: Logger;

  /** @param address none: nowhere */
  constructor(address: AdminAddress | undefined, reports: KeyServerReports, logger: Logger) {
    this.#address = address;
    this.#reports = reports;
    this.#logger = logger;
    this.#endpoint =
      address &&
      new AdminEndpoint(address, adminPages(reports), (path, error) =>
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
      // So that keys have been checked when somebody asks.
      void this.#reports.status().catch(() => undefined);
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
