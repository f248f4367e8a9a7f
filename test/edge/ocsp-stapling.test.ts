import { once } from 'node:events';
import { createServer as createHttpServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { connect, type ConnectionOptions } from 'node:tls';
import { makeOcspQuestion } from '@latchkey/native';
import { createTlsServer, type EdgeEvent, EdgeOptionsError, type EdgeTlsServer } from '@latchkey/edge';
import { expect, it, onTestFinished } from 'vitest';
import { OcspAuthority, type OcspSite } from '../support/ocsp-authority.js';
import { describeWith } from '../support/requirements.js';
import { listen, makeSite, until, visitorOptions } from './fixture.js';
import { TestKeyService } from './test-key-service.js';

/** What a responder does with a request. */
type Respond = (authority: OcspAuthority, request: Buffer) => Promise<Buffer | number>;

interface Responder {
  readonly authority: OcspAuthority;
  readonly url: string;
  requests: number;
}

async function startResponder(respond: Respond): Promise<Responder> {
  const authority = await OcspAuthority.create();
  const server = createHttpServer((request, response) => {
    void request.toArray().then(async (chunks) => {
      responder.requests += 1;
      expect(request.headers['content-type']).toBe('application/ocsp-request');
      const answer = await respond(authority, Buffer.concat(chunks as Buffer[]));
      if (typeof answer === 'number') response.writeHead(answer).end();
      else response.end(answer);
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  const responder = { authority, url, requests: 0 };
  return responder;
}

interface RunningEdge {
  readonly server: EdgeTlsServer;
  readonly port: number;
  readonly events: EdgeEvent[];
}

function siteOptions({ chainPem, keyPem }: OcspSite) {
  return { certificateChain: chainPem, keyService: new TestKeyService([keyPem]) };
}

async function startEdge(
  site: OcspSite,
  ocspStapling: 'fetch' | { url: string } | { response: Uint8Array },
): Promise<RunningEdge> {
  const events: EdgeEvent[] = [];
  const server = createTlsServer(
    { ...siteOptions(site), ocspStapling, onEvent: (event) => events.push(event) },
    (socket) => socket.on('error', () => {}),
  );
  return { server, events, port: await listen(server) };
}

/** What a visitor gets who asks for it; null: nothing. */
async function stapled(port: number, { certificatePem }: OcspAuthority): Promise<Buffer | null> {
  const asking: ConnectionOptions & { requestOCSP: boolean } = {
    ...visitorOptions(port, { ca: certificatePem, servername: 'site.test' }),
    requestOCSP: true,
  };
  const socket = connect(asking);
  const secured = once(socket, 'secureConnect');
  const [response] = (await once(socket, 'OCSPResponse')) as [Buffer | null];
  await secured;
  socket.destroy();
  return response;
}

describeWith('OCSP stapling', [{ needs: 'openssl', debianPackage: 'openssl' }], () => {
  it('fetches a response in the background, from whom the certificate names', async () => {
    const answers: Buffer[] = [];
    const { authority, url } = await startResponder(async (self, request) => {
      answers.push(await self.answer(request));
      return answers[0]!;
    });
    const { port, events } = await startEdge(await authority.issue(url), 'fetch');
    await until(() => events.length > 0);
    expect(events).toMatchObject([{ type: 'ocsp_response_stapled' }]);
    expect(await stapled(port, authority)).toEqual(answers[0]);
  });

  it('asks another responder where one is given', async () => {
    const { authority, url } = await startResponder((self, request) => self.answer(request));
    const { port, events } = await startEdge(await authority.issue('http://127.0.0.1:1/'), { url });
    await until(() => events.length > 0);
    expect(await stapled(port, authority)).not.toBeNull();
  });

  it('takes a response that is given', async () => {
    const authority = await OcspAuthority.create();
    const site = await authority.issue();
    const response = await authority.answer(makeOcspQuestion(site.chainPem)!.request);
    const { port } = await startEdge(site, { response });
    expect(await stapled(port, authority)).toEqual(response);
  });

  it.each<[string, Respond, RegExp]>([
    [
      'says that the certificate is revoked',
      (self, request) => self.answer(request, { status: 'revoked' }),
      /revoked/,
    ],
    ['has not been appointed', (self, request) => self.answer(request, { signer: 'stranger' }), /not signed/],
    [
      'does not say until when it counts',
      (self, request) => self.answer(request, { validMinutes: 0 }),
      /until when/,
    ],
    ['answers garbage', async () => Buffer.from('garbage'), /no OCSP response/],
    ['answers far too much', async () => Buffer.alloc(100_000), /more than it may/],
    ['fails', async () => 500, /status 500/],
  ])('staples nothing, and serves, where the responder %s', async (_, respond, reason) => {
    const { authority, url } = await startResponder(respond);
    const { port, events } = await startEdge(await authority.issue(url), 'fetch');
    await until(() => events.length > 0);
    expect(events).toMatchObject([
      { type: 'ocsp_response_refused', reason: expect.stringMatching(reason) as unknown },
    ]);
    expect(await stapled(port, authority)).toBeNull();
  });

  it.each<[string, (authority: OcspAuthority) => Promise<OcspSite>, RegExp]>([
    ['nobody listens', (authority) => authority.issue('http://127.0.0.1:1/'), /could not be asked/],
    ['nobody is named', (authority) => authority.issue(), /names no OCSP responder/],
    [
      'the issuer is not known',
      async (authority) => {
        const site = await authority.issue('http://127.0.0.1:1/');
        const [leaf = ''] = site.chainPem.split(/(?<=-----END CERTIFICATE-----\n)/);
        return { ...site, chainPem: leaf };
      },
      /issuer/,
    ],
  ])('staples nothing, and serves, where %s', async (_, issue, reason) => {
    const authority = await OcspAuthority.create();
    const { port, events } = await startEdge(await issue(authority), 'fetch');
    await until(() => events.length > 0);
    expect(events).toMatchObject([{ reason: expect.stringMatching(reason) as unknown }]);
    expect(await stapled(port, authority)).toBeNull();
  });

  it('does not keep visitors waiting for a responder that never answers', async () => {
    const responder = await startResponder(() => new Promise(() => {}));
    const { port } = await startEdge(await responder.authority.issue(responder.url), 'fetch');
    await until(() => responder.requests > 0);
    expect(await stapled(port, responder.authority)).toBeNull();
  });

  it('goes on with the response that it has when sites are updated', async () => {
    const responder = await startResponder((self, request) => self.answer(request));
    const site = await responder.authority.issue(responder.url);
    const { server, port, events } = await startEdge(site, 'fetch');
    await until(() => events.length > 0);
    const other = { ...(await makeSite()), serverNames: ['other.test'] };
    server.updateSites({
      ...siteOptions(site),
      ocspStapling: 'fetch',
      sites: [{ ...siteOptions(site), serverNames: ['site.test'] }, { ...other }],
    });
    expect(await stapled(port, responder.authority)).not.toBeNull();
    expect(responder.requests).toBe(1);
    server.updateSites(siteOptions(site));
    expect(await stapled(port, responder.authority)).toBeNull();
  });

  it('is not for sites that chooseSite chooses', async () => {
    const site = siteOptions(await (await OcspAuthority.create()).issue());
    const errors: unknown[] = [];
    const server = createTlsServer({ chooseSite: () => ({ ...site, ocspStapling: 'fetch' }) });
    server.on('tlsClientError', (error) => errors.push(error.cause));
    const visitor = connect(visitorOptions(await listen(server))).on('error', () => {});
    await until(() => errors.length > 0);
    expect(errors[0]).toBeInstanceOf(EdgeOptionsError);
    visitor.destroy();
  });
});
