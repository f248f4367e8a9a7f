import type { KeyServerClient, KeyServerClientEvent } from '@latchkey/client';
import { expect, it } from 'vitest';
import { DNSMASQ, startNameServer, type NameServer } from '../support/dnsmasq.js';
import { describeWith } from '../support/requirements.js';
import { bytes, freePort, sealing, until, useChannel, within } from './fixture.js';

const channel = useChannel();

/** Names are resolved again so often that a test need not wait. */
const OFTEN = { resolveInterval: 20, connectionsPerServer: 1 };

async function nameServer(...records: string[]): Promise<NameServer> {
  const started = await startNameServer(records);
  channel.cleanUp(() => started.stop());
  return started;
}

function namesOf(client: KeyServerClient): string[] {
  return client.statistics().keyServers.map(({ server }) => server);
}

async function perform(client: KeyServerClient, times = 1): Promise<void> {
  const answers = Array.from({ length: times }, () => client.perform(sealing('ticket'), within(30_000)));
  expect(await Promise.all(answers)).toEqual(answers.map(() => bytes('ticket')));
}

describeWith('key servers behind a DNS name', [DNSMASQ], () => {
  it('are all used, and come and go with their addresses while operations go on', async () => {
    const port = await freePort();
    const hosts = ['127.0.0.2', '127.0.0.3', '127.0.0.4'];
    const servers = await Promise.all(hosts.map((host) => channel.startServer({ host, listen: port })));
    const record = (host: string): string => `host-record=keys.example,${host}`;
    const nameOf = (host: string): string => `${host}:${port} (keys.example:${port})`;
    const names = await nameServer(...hosts.slice(0, 2).map(record));
    const events: KeyServerClientEvent[] = [];
    const client = channel.createClient([], {
      ...OFTEN,
      keyServers: [{ host: 'keys.example', port }],
      nameServers: [`127.0.0.1:${names.port}`],
      onEvent: (event) => events.push(event),
    });
    expect(namesOf(client)).toEqual([]);
    await perform(client);
    expect(namesOf(client).toSorted()).toEqual(hosts.slice(0, 2).map(nameOf));
    while (servers[0]!.requests.length === 0 || servers[1]!.requests.length === 0) await perform(client, 10);

    await names.replace(hosts.slice(1).map(record));
    while (servers[2]!.requests.length === 0) await perform(client, 10);
    expect(namesOf(client).toSorted()).toEqual(hosts.slice(1).map(nameOf));
    await until(() => servers[0]!.sockets.every(({ closed }) => closed));
    expect(client.statistics().keyServers.map(({ listing }) => listing)).toEqual(
      hosts.slice(1).map(() => `keys.example:${port}`),
    );

    // Losing the DNS costs nothing but changes.
    await names.stop();
    events.length = 0;
    await until(() => events.some(({ type }) => type === 'resolve_failed'));
    await perform(client, 10);
    expect(namesOf(client)).toHaveLength(2);
    expect(client.statistics().operations.failed).toBe(0);
  });

  it('are looked for again when the name could not be resolved at first', async () => {
    const server = await channel.startServer();
    const names = await nameServer();
    const client = channel.createClient([], {
      ...OFTEN,
      keyServers: [{ host: 'keys.example', port: server.port }],
      nameServers: [`127.0.0.1:${names.port}`],
      backoff: { initial: 5, maximum: 5 },
    });
    await expect(client.perform(sealing('ticket'), within(30_000))).rejects.toMatchObject({
      code: 'LATCHKEY_KEY_SERVER_UNREACHABLE',
      failures: [{ server: `keys.example:${server.port}`, reason: 'dns' }],
    });
    await names.replace(['host-record=keys.example,127.0.0.1']);
    await until(() => namesOf(client).length === 1);
    await perform(client);
  });

  it('are found by SRV records: the lowest priority first, and another where that is out', async () => {
    const servers = await Promise.all([1, 2, 3].map(() => channel.startServer()));
    const service = ({ port }: { port: number }, priority: number, weight: number): string =>
      `srv-host=_keyless._tcp.keys.example,a.keys.example,${port},${priority},${weight}`;
    const [heavy, light, spare] = servers;
    const names = await nameServer(
      'host-record=a.keys.example,127.0.0.1',
      service(spare!, 20, 0),
      service(light!, 10, 1),
      service(heavy!, 10, 9),
    );
    const client = channel.createClient([], {
      connectionsPerServer: 1,
      // The certificate must be for the name that was asked for, not for the one that the DNS answered.
      keyServers: [{ srv: '_keyless._tcp.keys.example' }],
      nameServers: [`127.0.0.1:${names.port}`],
    });
    await perform(client);
    await until(() => client.statistics().keyServers.filter(({ available }) => available).length === 2);
    while (heavy!.requests.length === 0 || light!.requests.length === 0) await perform(client, 10);
    expect(spare!.sockets).toHaveLength(0);
    await Promise.all([heavy!.close(), light!.close()]);
    await perform(client, 10);
    expect(spare!.requests.length).toBeGreaterThanOrEqual(10);
  });

  it('must have a certificate for the name, whatever SRV records say', async () => {
    const server = await channel.startServer();
    const names = await nameServer(
      'host-record=keys.example,127.0.0.1',
      `srv-host=_keyless._tcp.forged.example,keys.example,${server.port},1,1`,
    );
    const client = channel.createClient([], {
      keyServers: [{ srv: '_keyless._tcp.forged.example' }],
      nameServers: [`127.0.0.1:${names.port}`],
    });
    await expect(client.perform(sealing('ticket'), within(30_000))).rejects.toMatchObject({
      reason: 'server_certificate_name',
    });
  });
});
