import { once } from 'node:events';
import { createServer as createHttpServer, request as httpRequest, type IncomingMessage } from 'node:http';
import { createSecureServer as createHttp2Server } from 'node:http2';
import { createServer as createHttpsServer } from 'node:https';
import type { AddressInfo, Server } from 'node:net';
import { text } from 'node:stream/consumers';
import { createReverseProxy, type OriginError, type OriginOptions } from '@latchkey/edge';
import { type Authority, type IssuedCertificate, makeAuthority } from 'latchkey/pki';
import { beforeAll, describe, expect, it, onTestFinished } from 'vitest';

const NAME = 'app.internal';
const DAY = 86_400_000;

let authority: Authority;
let certificate: IssuedCertificate;

beforeAll(async () => {
  authority = await makeAuthority();
  certificate = await authority.issue({ commonName: 'origin', names: [NAME], usages: ['server'] });
});

describe.each(['http/1.1', 'h2'] as const)('an origin over TLS that speaks %s', (protocol) => {
  it('is asked once its certificate is found to be of the authority and for the name', async () => {
    const { answer, failures } = await ask(protocol, certificate, { ca: authority.certificatePem });
    expect(answer).toEqual({ status: 200, body: 'from the origin' });
    expect(failures).toEqual([]);
  });

  it('is a bare 502, whose reason the log has, when its certificate is of nobody that is trusted', async () => {
    const other = await makeAuthority();
    const { answer, failures } = await ask(protocol, certificate, { ca: other.certificatePem });
    expect(answer).toEqual({ status: 502, body: '' });
    expect(failures).toEqual(['UNABLE_TO_VERIFY_LEAF_SIGNATURE']);
  });

  it('is a bare 502, whose reason the log has, when its certificate is for another name', async () => {
    const other = await authority.issue({
      commonName: 'other',
      names: ['other.internal'],
      usages: ['server'],
    });
    const { answer, failures } = await ask(protocol, other, { ca: authority.certificatePem });
    expect(answer).toEqual({ status: 502, body: '' });
    expect(failures).toEqual(['ERR_TLS_CERT_ALTNAME_INVALID']);
  });

  it('is a bare 502, whose reason the log has, when its certificate has expired', async () => {
    const expired = await authority.issue({
      commonName: 'expired',
      names: [NAME],
      usages: ['server'],
      notBefore: new Date(Date.now() - 2 * DAY),
      notAfter: new Date(Date.now() - DAY),
    });
    const { answer, failures } = await ask(protocol, expired, { ca: authority.certificatePem });
    expect(answer).toEqual({ status: 502, body: '' });
    expect(failures).toEqual(['CERT_HAS_EXPIRED']);
  });
});

/** A visitor's request that goes to an origin with this certificate, and why the origin gave no answer. */
async function ask(
  protocol: 'http/1.1' | 'h2',
  { certificatePem, keyPem }: IssuedCertificate,
  options: Partial<OriginOptions>,
) {
  const credentials = { cert: certificatePem, key: keyPem };
  const origin =
    protocol === 'h2'
      ? createHttp2Server(credentials, (_, response) => response.end('from the origin'))
      : createHttpsServer(credentials, (_, response) => response.end('from the origin'));
  const failures: OriginError[] = [];
  const proxy = createReverseProxy({
    origin: { url: `https://127.0.0.1:${await listen(origin)}`, serverName: NAME, protocol, ...options },
    onFailure: (error) => failures.push(error),
  });
  onTestFinished(() => proxy.close());
  const request = httpRequest({ host: '127.0.0.1', port: await listen(proxy.serve(createHttpServer())) });
  request.end();
  const [response] = (await once(request, 'response')) as [IncomingMessage];
  return {
    answer: { status: response.statusCode, body: await text(response) },
    failures: failures.map(({ cause }) => (cause as NodeJS.ErrnoException).code),
  };
}

async function listen(server: Server): Promise<number> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => void server.close());
  return (server.address() as AddressInfo).port;
}
