import { createPrivateKey } from 'node:crypto';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { connect as connectTcp } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { connect } from 'node:tls';
import { LAYOUT } from 'latchkey/pki';
import { beforeEach, describe, expect, it } from 'vitest';
import { makeSiteFolder, RunningEdge, SITE, until } from '../cli/running-edge.js';
import { PuppetKeyServer } from '../support/puppet-key-server.js';

let keyServer: PuppetKeyServer;
let edge: RunningEdge;

beforeEach(async () => {
  const folder = await makeSiteFolder();
  const read = (name: string): string => readFileSync(join(folder, name), 'utf8');
  keyServer = await PuppetKeyServer.start(folder);
  keyServer.addKey(read(LAYOUT.siteCertificateChain(SITE)), createPrivateKey(read(LAYOUT.siteKey(SITE))));
  edge = await RunningEdge.start(
    folder,
    [`127.0.0.1:${keyServer.port}`],
    `handshake_timeout: ${HANDSHAKE_TIMEOUT}\n`,
  );
});

describe('the operation of a handshake', () => {
  it('travels with the time that is left, and is called off when that is over', async () => {
    keyServer.answers = 'pings';
    const raw = connectTcp(edge.port, '127.0.0.1');
    await once(raw, 'connect');
    const late = 1000;
    await sleep(late);
    const visitor = connect({ socket: raw, servername: SITE, rejectUnauthorized: false });
    await expect(once(visitor, 'secureConnect')).rejects.toThrow(/alert internal error/);
    expect(keyServer.requests).toHaveLength(1);
    const [{ type, timeout = 0 }] = keyServer.requests as [PuppetKeyServer['requests'][number]];
    expect(type).toBe('sign_certificate_verify');
    expect(timeout).toBeGreaterThan(0);
    // The edge may have had other things to do than to accept the visitor at once.
    expect(timeout).toBeLessThan(HANDSHAKE_TIMEOUT - late / 2);
    await until(() => keyServer.requests[0]!.isCancelled);
  });

  it('is called off when the visitor leaves, and no other is', async () => {
    keyServer.answers = 'pings';
    const come = async () => {
      const { length } = keyServer.requests;
      const visitor = connect({ port: edge.port, servername: SITE, rejectUnauthorized: false });
      visitor.on('error', () => {});
      await until(() => keyServer.requests.length > length);
      return visitor;
    };
    const [leaving, staying] = [await come(), await come()];
    leaving.destroy();
    await until(() => keyServer.requests[0]!.isCancelled);
    expect(keyServer.requests.map(({ isCancelled }) => isCancelled)).toEqual([true, false]);
    expect(await edge.metric('latchkey_edge_operations_pending')).toBe(1);
    staying.destroy();
    await until(async () => (await edge.metric('latchkey_edge_operations_pending')) === 0);
    expect(await edge.metrics('latchkey_edge_handshakes_failed_total')).toEqual({
      'latchkey_edge_handshakes_failed_total{code="LATCHKEY_VISITOR_LEFT"}': 2,
    });
  });
});

describe('the connections of an edge to a key server', () => {
  it('resume the TLS session of those before', async () => {
    await edge.visit();
    const { length } = keyServer.resumptions;
    await keyServer.disconnect();
    await until(async () => {
      await edge.visit();
      return keyServer.resumptions.length > length;
    });
    expect(keyServer.resumptions[length]).toBe(true);
  });

  it('are found dead by pings while no visitor comes, and made again', async () => {
    await edge.visit();
    const { pings } = keyServer;
    const { length } = keyServer.requests;
    keyServer.answers = 'nothing';
    await until(async () => !(await edge.isReady()));
    expect(keyServer.pings).toBeGreaterThan(pings);
    expect(keyServer.requests).toHaveLength(length);
    expect(edge.command.errors).toContain(`key server 127.0.0.1:${keyServer.port} has fallen silent`);
    keyServer.answers = 'everything';
    // One that was made meanwhile has to be found dead, too.
    const isServed = (): Promise<boolean> =>
      edge.visit().then(
        () => true,
        () => false,
      );
    await until(isServed);
    expect(await edge.isReady()).toBe(true);
  });
});

/** In milliseconds. */
const HANDSHAKE_TIMEOUT = 4000;
