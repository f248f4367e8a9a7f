import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import { connect as connectHttp2 } from 'node:http2';
import { request as httpsRequest } from 'node:https';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { createReverseProxy, createSecureServer } from '@latchkey/edge';
import { expect, it } from 'vitest';
import { authority, listen, makeSite, visitorOptions } from './fixture.js';

it('tells the origin of visitors over HTTP/1.1 and HTTP/2 what it must know', async () => {
  const origin = createServer((request, response) => response.end(JSON.stringify(request.headers)));
  origin.listen(0, '127.0.0.1');
  await once(origin, 'listening');
  const proxy = createReverseProxy({ origin: `http://127.0.0.1:${(origin.address() as AddressInfo).port}` });
  try {
    const port = await listen(createSecureServer({ ...(await makeSite()), allowHTTP1: true }, proxy));

    const session = connectHttp2(`https://localhost:${port}`, {
      host: '127.0.0.1',
      ca: authority.certificatePem,
    });
    const overHttp2 = await buffer(session.request({ ':path': '/', 'x-forwarded-for': 'somebody else' }));
    session.close();

    const request = httpsRequest({ ...visitorOptions(port), headers: { host: `localhost:${port}` } });
    request.end();
    const [response] = (await once(request, 'response')) as [IncomingMessage];
    const overHttp1 = await buffer(response);

    const seen = {
      host: `localhost:${port}`,
      'x-forwarded-for': '127.0.0.1',
      'x-forwarded-host': `localhost:${port}`,
      'x-forwarded-proto': 'https',
    };
    expect(JSON.parse(overHttp2.toString())).toMatchObject({ ...seen, via: '2.0 latchkey' });
    expect(JSON.parse(overHttp1.toString())).toMatchObject({ ...seen, via: '1.1 latchkey' });
  } finally {
    proxy.close();
    origin.close();
  }
});
