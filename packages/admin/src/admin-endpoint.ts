import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';

/** Where an admin endpoint listens. */
export interface AdminAddress {
  readonly host: string;
  /** 0: one that is free. */
  readonly port: number;
}

/** What is answered to a request for a page. */
export interface AdminResponse {
  /** Default 200. */
  readonly status?: number;
  readonly contentType: string;
  readonly body: string | Uint8Array;
}

/** The pages by their paths; each is made when somebody asks for it. */
export type AdminPages = ReadonlyMap<string, () => AdminResponse | Promise<AdminResponse>>;

/** Shows an operator, a load balancer and Prometheus how a process is, over plain HTTP. Changes nothing. */
export class AdminEndpoint {
  readonly #address: AdminAddress;
  readonly #pages: AdminPages;
  readonly #onFailure: (path: string, error: unknown) => void;
  readonly #server: Server;

  /** @param onFailure is told of a page that could not be made */
  constructor(address: AdminAddress, pages: AdminPages, onFailure: (path: string, error: unknown) => void) {
    this.#address = address;
    this.#pages = pages;
    this.#onFailure = onFailure;
    this.#server = createServer(LIMITS, (request, response) => void this.#answer(request, response));
    this.#server.maxConnections = MAXIMUM_CONNECTIONS;
    this.#server.keepAliveTimeout = KEEP_ALIVE_TIMEOUT;
  }

  /**
   * @returns where it listens, with the port that it got
   * @throws what Node says where it cannot listen there
   */
  async listen(): Promise<AdminAddress> {
    const { host, port } = this.#address;
    this.#server.listen(port, host);
    await once(this.#server, 'listening');
    const bound = this.#server.address();
    return { host, port: bound !== null && typeof bound === 'object' ? bound.port : port };
  }

  /** Idempotent. */
  async close(): Promise<void> {
    if (!this.#server.listening) return;
    const closed = once(this.#server, 'close');
    this.#server.close();
    this.#server.closeAllConnections();
    await closed;
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    for (const [name, value] of SECURITY_HEADERS) response.setHeader(name, value);
    const page = await this.#find(request, response);
    const body = Buffer.from(page.body);
    response.writeHead(page.status ?? 200, {
      'content-type': page.contentType,
      'content-length': body.length,
      // A body that nobody reads would be taken for the next request.
      ...(hasBody(request) ? { connection: 'close' } : {}),
    });
    response.end(body);
  }

  async #find(request: IncomingMessage, response: ServerResponse): Promise<AdminResponse> {
    const make = this.#pages.get(pathOf(request));
    if (make === undefined) return plainText(404, 'not found');
    if (request.method !== 'GET' && request.method !== 'HEAD') {
      response.setHeader('allow', 'GET, HEAD');
      return plainText(405, 'method not allowed');
    }
    try {
      return await make();
    } catch (error) {
      this.#onFailure(pathOf(request), error);
      return plainText(500, 'internal error');
    }
  }
}

/** A page of JSON. */
export function json(value: unknown, status = 200): AdminResponse {
  return { status, contentType: 'application/json', body: `${JSON.stringify(value)}\n` };
}

/** A page of one line of text. */
export function plainText(status: number, line: string): AdminResponse {
  return { status, contentType: 'text/plain; charset=utf-8', body: `${line}\n` };
}

/** Times are in milliseconds. */
const LIMITS = {
  maxHeaderSize: 8192,
  headersTimeout: 5000,
  requestTimeout: 10_000,
  connectionsCheckingInterval: 1000,
};
const KEEP_ALIVE_TIMEOUT = 10_000;
const MAXIMUM_CONNECTIONS = 64;

/** Only what this endpoint itself serves is loaded, and nobody else's page may read or frame it. */
const SECURITY_HEADERS: readonly (readonly [string, string])[] = [
  [
    'content-security-policy',
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  ],
  ['cross-origin-resource-policy', 'same-origin'],
  ['referrer-policy', 'no-referrer'],
  ['x-content-type-options', 'nosniff'],
  ['cache-control', 'no-store'],
];

function pathOf({ url = '/' }: IncomingMessage): string {
  const [path = '/'] = url.split('?', 1);
  return path;
}

function hasBody({ headers }: IncomingMessage): boolean {
  return headers['content-length'] !== undefined || headers['transfer-encoding'] !== undefined;
}
