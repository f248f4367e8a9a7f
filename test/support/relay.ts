import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';

/** Passes TCP connections on to a port of this machine, and can swallow all of it, as a network does that has failed. */
export interface Relay {
  readonly port: number;
  /**
   * True: nothing passes any more in either direction. Connections stay open, new ones are accepted, and nobody is told.
   * False: what was held back passes, and all that follows.
   */
  blackHole: boolean;
  close(): Promise<void>;
}

/** @param target the port of 127.0.0.1 to pass on to */
export async function startRelay(target: number): Promise<Relay> {
  const sockets = new Set<Socket>();
  let isBlackHole = false;
  const pump = (from: Socket, to: Socket): void => {
    sockets.add(from);
    if (isBlackHole) from.pause();
    from.on('data', (bytes) => to.write(bytes));
    // While it swallows everything it does not see ends either: a paused socket has none.
    from.on('end', () => to.end());
    from.on('error', () => to.destroy());
    from.on('close', () => {
      sockets.delete(from);
      to.destroy();
    });
  };
  const server = createServer({ allowHalfOpen: true }, (near) => {
    const far = connect({ port: target, host: '127.0.0.1', allowHalfOpen: true });
    pump(near, far);
    pump(far, near);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    get blackHole() {
      return isBlackHole;
    },
    set blackHole(value) {
      isBlackHole = value;
      for (const socket of sockets) {
        if (value) socket.pause();
        else socket.resume();
      }
    },
    close: async () => {
      server.close();
      for (const socket of sockets) socket.destroy();
      await once(server, 'close');
    },
  };
}
