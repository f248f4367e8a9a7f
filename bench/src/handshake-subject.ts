import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { connect } from 'node:tls';
import { fileURLToPath } from 'node:url';
import type { HandshakeServerOrder, HandshakeServerReport } from './handshake-server.js';

/** Handshakes under way at once. */
export const CONCURRENCY = 20;

type Version = 'TLSv1.2' | 'TLSv1.3';

/** A server to be measured, in a process of its own. */
export class HandshakeSubject {
  readonly #child: ChildProcess;
  readonly #port: number;

  static async start(order: HandshakeServerOrder): Promise<HandshakeSubject> {
    const child = fork(fileURLToPath(new URL('./handshake-server.js', import.meta.url)));
    child.send(order);
    const [report] = (await once(child, 'message')) as [HandshakeServerReport];
    if (!('port' in report)) throw new Error('the server does not listen');
    return new HandshakeSubject(child, report.port);
  }

  private constructor(child: ChildProcess, port: number) {
    this.#child = child;
    this.#port = port;
  }

  /** The mean over so many full handshakes, in microseconds. */
  async cpuPerHandshake(handshakes: number, version: Version): Promise<number> {
    const before = await this.#cpu();
    let left = handshakes;
    const visit = async () => {
      while (left > 0) {
        left -= 1;
        await shakeHands(this.#port, version);
      }
    };
    await Promise.all(Array.from({ length: CONCURRENCY }, visit));
    return ((await this.#cpu()) - before) / handshakes;
  }

  stop(): void {
    this.#child.kill();
  }

  async #cpu(): Promise<number> {
    this.#child.send('cpu');
    const [report] = (await once(this.#child, 'message')) as [HandshakeServerReport];
    return 'cpu' in report ? report.cpu : Number.NaN;
  }
}

async function shakeHands(port: number, version: Version): Promise<void> {
  const socket = connect({
    port,
    host: '127.0.0.1',
    servername: 'site.localhost',
    minVersion: version,
    maxVersion: version,
    // The visitor's work is not measured: let it be short.
    rejectUnauthorized: false,
  });
  await once(socket, 'secureConnect');
  socket.end();
  socket.resume();
  await once(socket, 'close');
}
