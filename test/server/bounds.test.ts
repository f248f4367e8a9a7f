import { createHash, generateKeyPairSync } from 'node:crypto';
import { once } from 'node:events';
import { connect as connectTcp } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { encodeRequest } from '@latchkey/codec/kssl1';
import { subjectKeyIdentifier } from '@latchkey/native';
import { describe, expect, it, onTestFinished } from 'vitest';
import { startKeyServer, type TestKeyServer } from './support.js';

const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
const ski = subjectKeyIdentifier(publicKey.export({ type: 'spki', format: 'der' }));
const digest = createHash('sha256').update('message').digest();
const PING = encodeRequest(1, { key: {}, operation: { type: 'ping', payload: Buffer.from('ping') } });

async function start(configuration: string): Promise<TestKeyServer> {
  const keyServer = await startKeyServer([privateKey], `watch_keys: false\n${configuration}`);
  onTestFinished(() => keyServer.close());
  return keyServer;
}

function sign(id: number): Uint8Array {
  return encodeRequest(id, {
    key: { ski },
    operation: { type: 'sign_digest', scheme: 'rsa_pkcs1_sha256', digest },
  });
}

function signOften(count: number): Buffer {
  return Buffer.concat(Array.from({ length: count }, (_, id) => sign(id)));
}

describe('a key server', () => {
  it('closes connections beyond as many as there may be, and lets in others when those have gone', async () => {
    const keyServer = await start('maximum_connections: 3');
    const edges = await Promise.all([1, 2, 3].map(() => keyServer.connect()));
    const refused = connectTcp(keyServer.port, '127.0.0.1');
    refused.on('error', () => {});
    await once(refused, 'close');
    expect(keyServer.server.statistics().connections.refused).toEqual({ TOO_MANY_CONNECTIONS: 1 });
    expect(await edges[0]!.exchange(PING)).toMatchObject([{ kind: 'answer' }]);
    edges[0]!.socket.destroy();
    while (keyServer.server.statistics().connections.open === 3) await sleep(5);
    expect(await (await keyServer.connect()).exchange(PING)).toMatchObject([{ kind: 'answer' }]);
  });

  it('counts connections that do not begin their handshake', async () => {
    const keyServer = await start('maximum_connections: 3');
    const idle = [1, 2, 3].map(() => connectTcp(keyServer.port, '127.0.0.1'));
    await Promise.all(idle.map((socket) => once(socket, 'connect')));
    const refused = connectTcp(keyServer.port, '127.0.0.1');
    refused.on('error', () => {});
    await once(refused, 'close');
    for (const socket of idle) socket.destroy();
  });

  it('has connections wait beyond as many as may come in a second; who is connected does not notice', async () => {
    const keyServer = await start('maximum_new_connections_per_second: 10');
    const honest = await keyServer.connect();
    await honest.exchange(PING);
    const flood = Array.from({ length: 25 }, () =>
      connectTcp(keyServer.port, '127.0.0.1').on('error', () => {}),
    );
    const { connections } = keyServer.server.statistics();
    while (keyServer.server.statistics().connections.pauses < 2) await sleep(5);
    expect(await honest.exchange(PING)).toMatchObject([{ kind: 'answer' }]);
    // It is behind the flood in the queue, and has its turn all the same.
    const late = await keyServer.connect();
    expect(await late.exchange(PING)).toMatchObject([{ kind: 'answer' }]);
    expect(keyServer.server.statistics().connections.refused).toEqual(connections.refused);
    for (const socket of flood) socket.destroy();
  });

  it('can be closed while it lets nobody in, and its port is free then', async () => {
    const keyServer = await start('maximum_new_connections_per_second: 1');
    const waiting = [1, 2, 3].map(() => connectTcp(keyServer.port, '127.0.0.1').on('error', () => {}));
    while (keyServer.server.statistics().connections.pauses === 0) await sleep(5);
    for (const socket of waiting) socket.destroy();
    await keyServer.server.close();
    const refused = connectTcp(keyServer.port, '127.0.0.1');
    await expect(once(refused, 'connect')).rejects.toMatchObject({ code: 'ECONNREFUSED' });
  });

  it('never has more under way than it may, however many send at once, and answers each', async () => {
    const keyServer = await start('maximum_in_flight_total: 40\nworkers: 1');
    const edges = await Promise.all(Array.from({ length: 8 }, () => keyServer.connect()));
    let most = 0;
    const watch = setInterval(() => (most = Math.max(most, keyServer.server.statistics().inFlight)), 1);
    onTestFinished(() => clearInterval(watch));
    const answers = (await Promise.all(edges.map((edge) => edge.exchange(signOften(100), 100)))).flat();
    expect(answers).toHaveLength(800);
    expect(most).toBeGreaterThan(0);
    expect(most).toBeLessThanOrEqual(40);
    expect(answers.filter(({ kind }) => kind === 'answer').length).toBeGreaterThanOrEqual(40);
    for (const answer of answers)
      expect([{ kind: 'answer' }, { kind: 'error', code: 8 }]).toContainEqual(kindOf(answer));
    expect(keyServer.server.statistics().inFlight).toBe(0);
    const [edge] = edges;
    expect(await edge!.exchange(sign(1))).toMatchObject([{ kind: 'answer' }]);
  });

  it('holds no more than it may for edges that send at full speed and never read', async () => {
    const keyServer = await start('maximum_queued_bytes: 65536\nmaximum_in_flight: 64');
    const greedy = await Promise.all([1, 2, 3].map(() => keyServer.connect()));
    const bytes = Buffer.concat(
      Array.from({ length: 64 }, (_, index) => (index % 2 === 0 ? PING : sign(index))),
    );
    for (const { socket } of greedy) {
      socket.pause();
      const send = () => {
        while (socket.write(bytes));
      };
      socket.on('drain', send);
      send();
    }
    await standsStill(() => greedy.map(({ socket }) => socket.bytesWritten - socket.writableLength).join());
    while (keyServer.server.statistics().inFlight > 0) await sleep(5);
    const answered = keyServer.server.statistics().operations;
    const honest = await keyServer.connect();
    for (let count = 0; count < 20; count++) {
      expect(await honest.exchange(sign(count))).toMatchObject([{ kind: 'answer' }]);
    }
    for (const { socket } of greedy) socket.destroy();
    // Each had as much answered as it may leave unread, and what the two ends of a connection can hold.
    expect(answered['ping']!.succeeded * 1024).toBeLessThan(greedy.length * 2 * 1024 * 1024);
  });
});

function kindOf(answer: { readonly kind: string; readonly code?: number }) {
  return answer.kind === 'error' ? { kind: 'error', code: answer.code } : { kind: answer.kind };
}

/** Waits until something has not changed for a while. */
async function standsStill(look: () => string): Promise<void> {
  for (let [before, same] = ['', 0]; same < 20; await sleep(10)) {
    const now = look();
    same = now === before ? same + 1 : 0;
    before = now;
  }
}
