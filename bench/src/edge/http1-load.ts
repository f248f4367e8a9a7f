import { once } from 'node:events';
import { connect, type TLSSocket } from 'node:tls';
import { BenchmarkError } from '@latchkey/load';
import { type Load, runConcurrently } from './load.js';

/** A request to the application, and how many connections carry such. */
export interface RequestPlan {
  readonly method: 'GET' | 'POST';
  readonly path: string;
  /** Of the request, in bytes. */
  readonly bodyLength: number;
  readonly connections: number;
}

/**
 * Visitors who send requests over HTTP/1.1, one at a time on each of their connections. They do little more than count
 * the bytes that come, so that the server is what is busy.
 *
 * Its `run` throws a {@link BenchmarkError} when an answer is not that of the application.
 */
export async function openHttp1(port: number, plan: RequestPlan): Promise<Load> {
  const request = encodeRequest(plan);
  const visitors = await Promise.all(Array.from({ length: plan.connections }, () => Http1Visitor.come(port)));
  return {
    run: (count) =>
      runConcurrently(plan.connections, count, async (worker) => visitors[worker]?.ask(request)),
    close: async () => void (await Promise.all(visitors.map((visitor) => visitor.leave()))),
  };
}

function encodeRequest({ method, path, bodyLength }: RequestPlan): Buffer {
  const lines = [
    `${method} ${path} HTTP/1.1`,
    'Host: site.localhost',
    ...(bodyLength > 0 ? [`Content-Length: ${bodyLength}`] : []),
  ];
  return Buffer.concat([Buffer.from(`${lines.join('\r\n')}\r\n\r\n`), Buffer.alloc(bodyLength, 'x')]);
}

class Http1Visitor {
  readonly #socket: TLSSocket;
  #answered: ((error?: Error) => void) | undefined;
  #head = '';
  /** Bytes of the answer that are still to come; undefined while its head does. */
  #missing: number | undefined;

  static async come(port: number): Promise<Http1Visitor> {
    const options = { port, host: '127.0.0.1', rejectUnauthorized: false, ALPNProtocols: ['http/1.1'] };
    const socket = connect({ ...options, servername: 'site.localhost' });
    await once(socket, 'secureConnect');
    return new Http1Visitor(socket);
  }

  private constructor(socket: TLSSocket) {
    this.#socket = socket;
    socket.on('data', (bytes: Buffer) => this.#receive(bytes));
    const fail = () => this.#answered?.(new BenchmarkError('the server closed a connection'));
    socket.on('error', fail).on('close', fail);
  }

  ask(request: Buffer): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#answered = (error) => (error === undefined ? resolve() : reject(error));
      this.#socket.write(request);
    });
  }

  async leave(): Promise<void> {
    this.#answered = undefined;
    if (this.#socket.destroyed) return;
    this.#socket.end();
    await once(this.#socket, 'close');
  }

  #receive(bytes: Buffer): void {
    if (this.#missing === undefined) this.#receiveHead(bytes);
    else this.#missing -= bytes.length;
    if (this.#missing !== 0) return;
    this.#missing = undefined;
    this.#head = '';
    this.#answered?.();
  }

  #receiveHead(bytes: Buffer): void {
    this.#head += bytes.toString('latin1');
    const end = this.#head.indexOf('\r\n\r\n');
    if (end === -1) return;
    const [, length] = /^HTTP\/1\.1 200 .*\r\nContent-Length: (\d+)\r\n/is.exec(this.#head) ?? [];
    if (length === undefined) this.#answered?.(new BenchmarkError('an answer is not the application’s'));
    this.#missing = Number(length) - (this.#head.length - end - 4);
  }
}
