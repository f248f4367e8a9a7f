import { appendFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { DNSMASQ, startNameServer } from '../support/dnsmasq.js';
import { type Relay, startRelay } from '../support/relay.js';
import { describeWith } from '../support/requirements.js';
import { makeSiteFolder, RunningEdge, until, type Visit } from './running-edge.js';
import { RunningCommand, startKeyServer } from './support.js';

describe('the metrics of an edge, while a key server', () => {
  it('swallows everything, count operations sent elsewhere, and that it is left alone', async () => {
    const { edge, relays } = await startEdgeBehindRelays('hedging: { share: 1, minimum_delay: 300 }\n');
    const [failing, other] = relays;
    let rounds = 0;
    // On a busy machine an operation may be looked at so late that it is taken away from the key server at once.
    while ((await edge.metric('latchkey_edge_hedges_won_total')) === 0) {
      const answered = await countOf(edge, failing);
      failing.blackHole = true;
      await until(async () => {
        await edge.visit();
        return isLeftAlone(edge, failing);
      });
      rounds += 1;
      expect(await edge.metric(of(failing, 'ejections_total'))).toBe(rounds);
      expect(await countOf(edge, failing)).toBe(answered);
      failing.blackHole = false;
      await until(async () => !(await isLeftAlone(edge, failing)));
    }
    expect(await edge.metric('latchkey_edge_hedges_total')).toBeGreaterThan(0);
    expect(await edge.metric(of(other, 'ejections_total'))).toBe(0);
    expect(await edge.metrics('latchkey_edge_handshakes_failed_total')).toEqual({});
  });

  it('cannot be reached, count operations that were sent again', async () => {
    const { edge, relays } = await startEdgeBehindRelays('hedging: { share: 0 }\n');
    const [failing] = relays;
    failing.blackHole = true;
    const visits: Promise<Visit>[] = [];
    // The other key server gets all of them as long as it looks like the quicker one, however many have gone there.
    await until(async () => {
      visits.push(...Array.from({ length: 20 }, () => edge.visit()));
      return ((await edge.metric(of(failing, 'in_flight'))) ?? 0) > 0;
    });
    await failing.close();
    await Promise.all(visits);
    expect(await edge.metric('latchkey_edge_operations_failed_over_total')).toBeGreaterThan(0);
    expect(await edge.metric('latchkey_edge_hedges_total')).toBe(0);
    await until(() => isLeftAlone(edge, failing));
    expect(await edge.metric(of(failing, 'ejections_total'))).toBe(1);
  });

  it('does not answer, show the handshakes that wait for it, and the codes of those that fail', async () => {
    const { edge, relays } = await startEdgeBehindRelays('handshake_timeout: 3000\n');
    for (const relay of relays) relay.blackHole = true;
    const visits = [edge.visit(), edge.visit()];
    await until(async () => (await edge.metric('latchkey_edge_operations_pending')) === 2);
    expect(await edge.metric('latchkey_edge_handshakes_pending')).toBe(2);
    await Promise.all(visits.map((visit) => expect(visit).rejects.toThrow(/alert internal error/)));
    expect(await edge.metric('latchkey_edge_handshakes_pending')).toBe(0);
    expect(await edge.metric('latchkey_edge_operations_pending')).toBe(0);
    // Whichever of edge and client sees first that there is no time left.
    const failed = await edge.metrics('latchkey_edge_handshakes_failed_total');
    expect(Object.keys(failed).join()).toMatch(/LATCHKEY_(?:HANDSHAKE_TIMEOUT|KEY_OPERATION_FAILED)/);
    expect(Object.values(failed).reduce((sum, count) => sum + count, 0)).toBe(2);
  });
});

describeWith('an edge whose configuration has the name of SRV records', [DNSMASQ], () => {
  it('asks the key servers that they name, the lowest priority first', async () => {
    const folder = await makeSiteFolder();
    const keyServers = await Promise.all([1, 2].map(() => startKeyServer(join(folder, 'server.yaml'))));
    const records = keyServers.map(
      ({ port }, index) => `srv-host=_keyless._tcp.keys.example,a.keys.example,${port},${10 * (index + 1)},1`,
    );
    const names = await startNameServer(['host-record=a.keys.example,127.0.0.1', ...records]);
    onTestFinished(() => names.stop());
    const edge = await RunningEdge.start(
      folder,
      ['_keyless._tcp.keys.example'],
      `key_server_name: localhost\nname_servers: ['127.0.0.1:${names.port}']\n`,
    );
    const [answered, spare] = keyServers.map(({ port }) =>
      of({ name: `127.0.0.1:${port} (_keyless._tcp.keys.example)` }, 'operation_seconds_count'),
    ) as [string, string];
    await edge.visit();
    expect(await edge.metric(answered)).toBe(PING + 1);
    expect(await edge.metric(spare)).toBe(0);

    keyServers[0]!.command.signal('SIGTERM');
    await keyServers[0]!.command.ended();
    await edge.visit();
    expect(await edge.metric(spare)).toBe(1);
    expect(edge.command.errors).toContain('_keyless._tcp.keys.example');
  });
});

describe('an edge whose configuration has the path of a Unix socket', () => {
  it('asks the key server there, and waits for it to come back', async () => {
    const folder = await makeSiteFolder();
    const socket = join(folder, 'keys.sock');
    const configuration = join(folder, 'server.yaml');
    appendFileSync(configuration, `unix_socket: ${socket}\n`);
    const keyServer = await startKeyServer(configuration);
    // Relative to the file that names it, as all paths there.
    const edge = await RunningEdge.start(folder, ['./keys.sock']);
    await edge.visit();
    expect(await countOf(edge, { name: socket })).toBe(PING + 1);

    keyServer.command.signal('SIGTERM');
    await keyServer.command.ended();
    await expect(edge.visit()).rejects.toThrow(/alert internal error/);
    const again = new RunningCommand(['server', '--config', configuration, '--port', '0']);
    await again.printed(/listens on/);
    await until(() => edge.isReady());
    await edge.visit();
  });
});

/** The one operation that an edge asks for by itself, at its start. */
const PING = 1;

interface Named {
  /** As the labels of metrics have it. */
  readonly name: string;
}

/** An edge that reaches each of two key servers by a relay, once both have answered operations. */
async function startEdgeBehindRelays(configuration: string) {
  const folder = await makeSiteFolder();
  const start = async (): Promise<Relay & Named> => {
    const relay = await startRelay((await startKeyServer(join(folder, 'server.yaml'))).port);
    onTestFinished(() => relay.close());
    return Object.assign(relay, { name: `127.0.0.1:${relay.port}` });
  };
  const relays = await Promise.all([start(), start()]);
  const edge = await RunningEdge.start(
    folder,
    relays.map(({ name }) => name),
    configuration,
  );
  await until(async () => {
    await edge.visit();
    const counts = await Promise.all(relays.map((relay) => countOf(edge, relay)));
    return counts.every((count) => count > 0);
  });
  return { edge, relays };
}

/** A series of one key server. */
function of({ name }: Named, series: string): string {
  return `latchkey_edge_key_server_${series}{server="${name}"}`;
}

/** The operations that a key server has answered. */
async function countOf(edge: RunningEdge, keyServer: Named): Promise<number> {
  return (await edge.metric(of(keyServer, 'operation_seconds_count'))) ?? 0;
}

async function isLeftAlone(edge: RunningEdge, keyServer: Named): Promise<boolean> {
  return (await edge.metric(of(keyServer, 'available'))) === 0;
}
