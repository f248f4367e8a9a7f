import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Server } from 'node:http';
import { createDevelopmentPki, edgeConfigurationText, LAYOUT, writeDevelopmentPki } from 'latchkey/pki';
import { ServingCommand } from 'latchkey/supervision';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { startOrigin } from '../support/origin.js';
import { RedisServer } from '../support/redis-server.js';
import { describeWith } from '../support/requirements.js';
import { runCommand } from '../support/run-command.js';

const NAME = 'p256.localhost';
const REQUEST = `GET / HTTP/1.1\r\nhost: ${NAME}\r\nconnection: close\r\n\r\n`;

const WAYS = [
  ['a TLS 1.3 ticket', ['-tls1_3']],
  ['a TLS 1.2 ticket', ['-tls1_2']],
  ['a TLS 1.2 session id', ['-tls1_2', '-no_ticket']],
] as const;

const REQUIREMENTS = [
  { needs: 'openssl', debianPackage: 'openssl' },
  { needs: 'redis-server', debianPackage: 'redis-server' },
];

describeWith('two edges that share Redis, in front of three key servers', REQUIREMENTS, () => {
  const folder = mkdtempSync(join(tmpdir(), 'latchkey-test-'));
  let redis: RedisServer;
  let origin: Server;
  let keyServers: readonly ServingCommand[];
  let edges: readonly [ServingCommand, ServingCommand];

  beforeAll(async () => {
    redis = await RedisServer.start();
    origin = await startOrigin();
    const originUrl = `http://127.0.0.1:${(origin.address() as AddressInfo).port}`;
    const addresses = { keyServerPort: 0, edgePort: 0, origin: originUrl };
    const pki = await createDevelopmentPki({ sites: [{ name: NAME, keyAlgorithm: 'p-256' }] });
    await writeDevelopmentPki(pki, folder, { addresses, force: true });
    const startKeyServer = () =>
      ServingCommand.start(['server', '--config', join(folder, LAYOUT.serverConfiguration)]);
    keyServers = await Promise.all([startKeyServer(), startKeyServer(), startKeyServer()]);
    writeFileSync(join(folder, 'redis.secret'), `${randomBytes(32).toString('hex')}\n`);
    writeFileSync(
      join(folder, LAYOUT.edgeConfiguration),
      edgeConfigurationText([NAME], addresses)
        .replace('- 127.0.0.1:0', keyServers.map(({ port }) => `- 127.0.0.1:${port}`).join('\n  '))
        .concat(`resumption: { redis: "${redis.url}", redis_secret_file: redis.secret }\n`),
    );
    const startEdge = () =>
      ServingCommand.start(['edge', '--config', join(folder, LAYOUT.edgeConfiguration)]);
    edges = [await startEdge(), await startEdge()];
  });

  afterAll(async () => {
    await Promise.all(edges.map((edge) => edge.stop()));
    await Promise.all(keyServers.map((keyServer) => keyServer.stop()));
    await redis.stop();
    origin.closeAllConnections();
    origin.close();
    rmSync(folder, { recursive: true });
  });

  /** Private-key operations of all key servers since they started. */
  async function operations(): Promise<number> {
    const counts = await Promise.all(keyServers.map((keyServer) => keyServer.statistics()));
    return counts.reduce<number>(
      (sum, count) => sum + (count as { privateKeyOperations: number }).privateKeyOperations,
      0,
    );
  }

  /** Loads the page: what `openssl s_client` says of it, and how many operations it took. */
  async function visit(edge: ServingCommand, commandLine: readonly string[]) {
    const before = await operations();
    const { output, errors } = await runCommand(
      'openssl',
      [
        's_client',
        `-connect=127.0.0.1:${edge.port}`,
        `-servername=${NAME}`,
        `-CAfile=${join(folder, LAYOUT.siteCa)}`,
        '-verify_return_error',
        ...commandLine,
      ],
      REQUEST,
    );
    const text = output.toString();
    expect(text, errors).toContain('Hello from the origin');
    return { resumed: /^Reused, /m.test(text), operations: (await operations()) - before };
  }

  /** Meets one edge, then the other. */
  async function visitBoth(way: readonly string[]) {
    const session = join(folder, 'session');
    const first = await visit(edges[0], [...way, '-sess_out', session]);
    expect(first).toEqual({ resumed: false, operations: 1 });
    return visit(edges[1], [...way, '-sess_in', session]);
  }

  it.each(WAYS)('let a visitor resume at the second by %s, without any operation', async (_, way) => {
    expect(await visitBoth(way)).toEqual({ resumed: true, operations: 0 });
  });

  it('keep nothing in Redis that could be read', async () => {
    await visitBoth(['-tls1_2', '-no_ticket']);
    const contents = await redis.contents();
    expect(contents).toMatch(/^latchkey:[0-9a-f]{16}:ticket-key:/m);
    expect(contents).toMatch(/^latchkey:[0-9a-f]{16}:session:/m);
    // A session names the server, and its secret stands in what the visitor keeps.
    expect(contents).not.toContain(NAME);
    const { output } = await runCommand('openssl', [
      'sess_id',
      '-in',
      join(folder, 'session'),
      '-text',
      '-noout',
    ]);
    const [, secret = ''] = /Master-Key: ([0-9A-F]+)/.exec(output.toString()) ?? [];
    expect(secret).toHaveLength(96);
    expect(contents).not.toContain(Buffer.from(secret, 'hex').toString('latin1'));
  });

  it('go on without Redis, and share again when it is back, empty', async () => {
    await redis.stop();
    for (const [, way] of WAYS) {
      const session = join(folder, 'session');
      expect(await visit(edges[1], [...way, '-sess_out', session])).toEqual({
        resumed: false,
        operations: 1,
      });
      expect(await visit(edges[1], [...way, '-sess_in', session])).toEqual({ resumed: true, operations: 0 });
    }
    await redis.start();
    for (const [, way] of WAYS) {
      // An edge looks for Redis again every other second.
      while (!(await visitBoth(way)).resumed);
    }
  });

  it('and one that starts while Redis is away', async () => {
    await redis.stop();
    const late = await ServingCommand.start(['edge', '--config', join(folder, LAYOUT.edgeConfiguration)]);
    try {
      expect(await visit(late, ['-tls1_3'])).toEqual({ resumed: false, operations: 1 });
      await redis.start();
      const session = join(folder, 'session');
      for (;;) {
        await visit(edges[0], ['-tls1_3', '-sess_out', session]);
        if ((await visit(late, ['-tls1_3', '-sess_in', session])).resumed) break;
      }
    } finally {
      await late.stop();
    }
  });
});
