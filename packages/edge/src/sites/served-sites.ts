import type { EdgeEvent } from '../events.js';
import type { ClientHello, EdgeSites } from '../options.js';
import type { SharedSessions } from '../resumption/shared-sessions.js';
import { ContextPool } from './context-pool.js';
import type { Site } from './site.js';
import { SiteDirectory } from './site-directory.js';
import type { TicketKeyring } from './ticket-keyring.js';

/** What {@link ServedSites} need beside the options. */
export interface ServedSitesEnvironment {
  readonly keyring: TicketKeyring;
  /** Default: sessions are not shared with other edges, tickets excepted. */
  readonly sharedSessions: SharedSessions | undefined;
  readonly alpnProtocols: readonly string[] | undefined;
  readonly onEvent: (event: EdgeEvent) => void;
}

/** The sites that one server serves at present: they can be replaced while it serves. */
export class ServedSites {
  readonly sharedSessions: SharedSessions | undefined;
  readonly #environment: ServedSitesEnvironment;
  #pool: ContextPool | undefined;
  #directory: SiteDirectory;

  /** @throws EdgeOptionsError */
  constructor(options: EdgeSites, environment: ServedSitesEnvironment) {
    this.sharedSessions = environment.sharedSessions;
    this.#environment = environment;
    this.#directory = this.#succeed(options);
  }

  /** The site of every visitor, whatever their ClientHello says; undefined where it must be looked at. */
  get onlySite(): Site | undefined {
    return this.#directory.onlySite;
  }

  /** The site for a visitor: see {@link SiteDirectory.choose}. */
  choose(hello: ClientHello): Site | undefined | Promise<Site | undefined> {
    return this.#directory.choose(hello);
  }

  /** Whether there is a site of that name. */
  knows(serverName: string): boolean {
    return this.#directory.knows(serverName);
  }

  /**
   * Serves other sites from now on. Connections, and handshakes for which a site has been chosen, go on as they began.
   *
   * @throws EdgeOptionsError when the options cannot be used; then the sites are those from before
   */
  update(options: EdgeSites): void {
    this.#directory = this.#succeed(options);
  }

  /** Fetches no OCSP responses any more. */
  close(): void {
    this.#pool?.closeAllBut(undefined);
  }

  #succeed(options: EdgeSites): SiteDirectory {
    const { keyring, sharedSessions, alpnProtocols, onEvent } = this.#environment;
    const pool = new ContextPool(keyring, onEvent, this.#pool);
    try {
      const directory = new SiteDirectory(options, {
        pool,
        alpnProtocols: options.ALPNProtocols ?? alpnProtocols,
        exportSessions: sharedSessions !== undefined,
      });
      this.#pool?.closeAllBut(pool);
      this.#pool = pool;
      return directory;
    } catch (error) {
      pool.closeAllBut(this.#pool);
      throw error;
    }
  }
}
