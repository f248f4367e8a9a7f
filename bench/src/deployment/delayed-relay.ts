import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';

/** A long way between two ends: passes on what comes, each byte half of the round-trip time later. */
export class DelayedRelay {
  readonly port: number;
  /** What there and back takes longer than without it, in milliseconds. */
  roundTripTime = 0;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();

  /** @param target the port on this machine that it leads to */
  static async start(target: number): Promise<DelayedRelay> {
    const server = createServer({ noDelay: true });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return new DelayedRelay(server, target);
  }

  private constructor(server: Server, target: number) {
    this.#server = server;
    this.port = (server.address() as AddressInfo).port;
    server.on('connection', (near) => {
      const far = connect({ port: target, host: '127.0.0.1', noDelay: true });
      this.#passOn(near, far);
      this.#passOn(far, near);
    });
  }

  async close(): Promise<void> {
    this.#server.close();
    for (const socket of this.#sockets) socket.destroy();
    await once(this.#server, 'close');
  }

  #passOn(from: Socket, to: Socket): void {
    this.#sockets.add(from);
    // Timers of one length keep their order.
    const later = (action: () => void) => {
      if (this.roundTripTime === 0) action();
      else setTimeout(action, this.roundTripTime / 2);
    };
    from.on('data', (chunk: Buffer) => later(() => to.writable && to.write(chunk)));
    from.on('end', () => later(() => to.end()));
    from.on('error', () => to.destroy());
    from.on('close', () => this.#sockets.delete(from));
  }
}
