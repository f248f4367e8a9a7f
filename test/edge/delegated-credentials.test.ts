import { once } from 'node:events';
import {
  createTlsServer,
  type EdgeEvent,
  type EdgeTlsServer,
  type EdgeTlsServerOptions,
} from '@latchkey/edge';
import { describe, expect, it } from 'vitest';
import { authority, listen, makeSite, type TestSite, until, visit } from './fixture.js';
import { TestKeyService } from './test-key-service.js';

async function makeDelegatingSite(): Promise<TestSite> {
  const { certificatePem, keyPem } = await authority.issue({
    commonName: 'localhost',
    names: ['localhost'],
    allowsDelegation: true,
  });
  return { certificateChain: certificatePem, keyService: new TestKeyService([keyPem]) };
}

interface RunningEdge {
  readonly server: EdgeTlsServer;
  readonly port: number;
  readonly events: EdgeEvent[];
}

async function startEdge(options: EdgeTlsServerOptions): Promise<RunningEdge> {
  const events: EdgeEvent[] = [];
  const server = createTlsServer(
    { delegatedCredentials: true, onEvent: (event) => events.push(event), ...options },
    (socket) => socket.on('error', () => {}).end('welcome'),
  );
  return { server, port: await listen(server), events };
}

function operationsOf({ keyService }: TestSite): readonly string[] {
  return keyService.requests.map(({ operation }) => operation.type);
}

describe('an edge with delegated credentials', () => {
  it('has one signed for a day, to be used until minutes before its end', async () => {
    const site = await makeDelegatingSite();
    const before = Date.now();
    const { events } = await startEdge({ ...site });
    await until(() => events.length > 0);
    const [event] = events;
    if (event?.type !== 'delegated_credential_obtained') throw new Error(`unexpected: ${event?.type}`);
    const lasts = event.end.getTime() - before;
    expect(lasts).toBeGreaterThan(86_000_000);
    expect(lasts).toBeLessThan(86_400_000);
    expect(operationsOf(site)).toEqual(['sign_delegated_credential']);
  });

  it('serves who does not take them as ever', async () => {
    const site = await makeDelegatingSite();
    const { server, port, events } = await startEdge({ ...site });
    await until(() => events.length > 0);
    const socket = await visit(port);
    expect(String(await once(socket, 'data'))).toBe('welcome');
    expect(server.statistics()).toMatchObject({ fullHandshakes: 1, delegatedHandshakes: 0 });
    expect(operationsOf(site)).toEqual(['sign_delegated_credential', 'sign_certificate_verify']);
    socket.destroy();
  });

  it.each(['fails', 'throws at once', 'answers garbage', 'answers nothing'] as const)(
    'serves all the same where the key service %s, and says why',
    async (behaviour) => {
      const site = await makeDelegatingSite();
      site.keyService.behaviour = behaviour;
      const { port, events } = await startEdge({ ...site });
      await until(() => events.length > 0);
      expect(events).toMatchObject([{ type: 'delegated_credential_refused' }]);
      site.keyService.behaviour = 'answers';
      (await visit(port)).destroy();
    },
  );

  it('keeps a site’s credential when its sites are replaced by the same', async () => {
    const site = await makeDelegatingSite();
    const { server, events } = await startEdge({ ...site });
    await until(() => events.length > 0);
    server.updateSites({ ...site, delegatedCredentials: true });
    await new Promise(setImmediate);
    expect(operationsOf(site)).toEqual(['sign_delegated_credential']);
  });

  it('has a credential for that of a site’s certificates that allows it', async () => {
    const site = await makeDelegatingSite();
    const rsa = await makeSite('rsa-2048');
    const { events } = await startEdge({
      certificateChain: [rsa.certificateChain, site.certificateChain],
      keyService: site.keyService,
    });
    await until(() => events.length > 0);
    expect(events).toMatchObject([{ type: 'delegated_credential_obtained' }]);
  });

  it('is refused for a site none of whose certificates allows it', async () => {
    const site = await makeSite();
    expect(() => createTlsServer({ ...site, delegatedCredentials: true })).toThrow(
      /delegatedCredentials.*DelegationUsage/,
    );
  });

  it.each([0, 599, 601_201, 3600.5])('is refused for a lifetime of %s seconds', async (lifetime) => {
    const site = await makeDelegatingSite();
    expect(() => createTlsServer({ ...site, delegatedCredentials: { lifetime } })).toThrow(
      /delegatedCredentials\.lifetime.*600 to 601200/,
    );
  });

  it('is refused for a site that chooseSite chooses', async () => {
    const site = await makeDelegatingSite();
    const { server, port, events } = await startEdge({ chooseSite: () => site });
    const failed = once(server, 'tlsClientError');
    await expect(visit(port)).rejects.toThrow('internal error');
    expect(String(((await failed) as [{ cause?: unknown }])[0].cause)).toContain('delegatedCredentials');
    expect(events).toEqual([]);
  });
});
