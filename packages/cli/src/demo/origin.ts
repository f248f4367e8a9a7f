import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

/** The site behind the edge, which knows nothing of TLS. */
export interface Origin {
  readonly url: string;
  close(): void;
}

/** Serves a line of text on a free port of this machine. */
export async function startOrigin(): Promise<Origin> {
  const server: Server = createServer((request, response) => {
    response.setHeader('content-type', 'text/plain; charset=utf-8');
    response.end(
      `Hello from the origin, ${request.headers.host}. Your TLS ended at an edge that does not have the key.\n`,
    );
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    close: () => {
      server.close();
      server.closeAllConnections();
    },
  };
}
