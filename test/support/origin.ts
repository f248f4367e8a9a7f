import { once } from 'node:events';
import { createServer, type Server } from 'node:http';

/**
 * An origin behind an edge: answers a GET with a page, and a POST with the body that came.
 *
 * @param port default: any that is free
 */
export async function startOrigin(port = 0): Promise<Server> {
  const server = createServer((request, response) => {
    if (request.method === 'POST') {
      // Not before all has come: a browser does not read the answer while it still sends.
      const body: Buffer[] = [];
      request.on('data', (chunk: Buffer) => body.push(chunk));
      request.on('end', () => response.end(Buffer.concat(body)));
      return;
    }
    response.writeHead(200, { 'content-type': 'text/html; charset=utf-8' });
    response.end('<!doctype html><title>Latchkey</title><h1>Hello from the origin</h1>\n');
  });
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  return server;
}
