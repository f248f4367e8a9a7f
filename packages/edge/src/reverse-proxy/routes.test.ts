import { once } from 'node:events';
import { Agent, request as httpRequest, type IncomingMessage, type ServerResponse } from 'node:http';
import { text } from 'node:stream/consumers';
import { expect, it, onTestFinished } from 'vitest';
import { EdgeOptionsError } from '../errors.js';
import { parseReverseProxyOptions } from './options.js';
import { Routes } from './routes.js';
import { ask, makeProxy, startOrigin } from './test-support/proxy.js';

it('requests go by the new routes from an update on', async () => {
  const first = await startOrigin((_, response) => response.end('first'));
  const second = await startOrigin((_, response) => response.end('second'));
  const { proxy, http1 } = makeProxy(first);
  const port = await http1();
  expect((await ask(port)).body.toString()).toBe('first');
  proxy.updateRoutes({ origin: second });
  expect((await ask(port)).body.toString()).toBe('second');
});

it('a request under way ends with the origin that it began with, whose connection is closed after it', async () => {
  let begun: ServerResponse | undefined;
  const first = await startOrigin((_, response) => {
    begun = response;
    response.write('begun');
  });
  const { proxy, http1 } = makeProxy(first);
  const port = await http1();
  const request = httpRequest({ host: '127.0.0.1', port });
  request.end();
  const [response] = (await once(request, 'response')) as [IncomingMessage];
  const closed = once(begun?.socket ?? request, 'close');
  proxy.updateRoutes({ origin: await startOrigin((_, answer) => answer.end()) });
  begun?.end(', and ended');
  expect(await text(response)).toBe('begun, and ended');
  // A test that waits here for ever has found a connection that nobody will use again.
  await closed;
});

it('an origin that stays keeps its connections', async () => {
  const ports: (number | undefined)[] = [];
  const origin = await startOrigin((request, response) => {
    ports.push(request.socket.remotePort);
    response.end();
  });
  const { proxy, http1 } = makeProxy(origin);
  const port = await http1();
  const agent = new Agent({ keepAlive: true });
  onTestFinished(() => agent.destroy());
  await ask(port, { agent });
  proxy.updateRoutes({ origin, sites: [{ serverNames: ['www.example.com'] }] });
  await ask(port, { agent, headers: { host: 'www.example.com' } });
  expect(ports).toHaveLength(2);
  expect(ports[1]).toBe(ports[0]);
});

it('routes that cannot be used change nothing', async () => {
  const { proxy, http1 } = makeProxy(await startOrigin((_, response) => response.end('first')));
  const port = await http1();
  expect(() => proxy.updateRoutes({ origin: 'ftp://127.0.0.1' })).toThrow(EdgeOptionsError);
  expect((await ask(port)).body.toString()).toBe('first');
});

it('sites with the same origin share its connections, and others do not', () => {
  const origin = { url: 'http://127.0.0.1:8080', timeout: 1000 };
  const routes = new Routes(
    parseReverseProxyOptions({
      origin: 'http://127.0.0.1:1',
      sites: [
        { serverNames: ['a.example.com'], origin },
        { serverNames: ['b.example.com'], origin: { ...origin } },
        { serverNames: ['c.example.com'], origin: { ...origin, timeout: 2000 } },
      ],
    }),
  );
  onTestFinished(() => routes.close());
  const [a, b, c] = ['a', 'b', 'c'].map((name) => routes.find(undefined, `${name}.example.com`));
  expect(a).toBe(b);
  expect(a).not.toBe(c);
});
