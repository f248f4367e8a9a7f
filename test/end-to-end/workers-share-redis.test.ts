import { randomBytes } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { connect } from 'node:tls';
import { createDevelopmentPki, edgeConfigurationText, LAYOUT, writeDevelopmentPki } from 'latchkey/pki';
import { ServingCommand } from 'latchkey/supervision';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { startOrigin } from '../support/origin.js';
import { RedisServer } from '../support/redis-server.js';
import { describeWith } from '../support/requirements.js';

const NAME = 'p256.localhost';
/** They take turns, so that so many visits reach each process of an edge. */
const WORKERS = 2;

const REQUIREMENTS = [{ needs: 'redis-server', debianPackage: 'redis-server' }];

describeWith('two edges of several processes each that share Redis', REQUIREMENTS, () => {
  const folder = mkdtempSync(join(tmpdir(), 'latchkey-test-'));
  const configurationFile = join(folder, LAYOUT.edgeConfiguration);
  let siteCa: string;
  let redis: RedisServer;
  let origin: Server;
  let keyServer: ServingCommand;
  let edges: readonly [ServingCommand, ServingCommand];

  beforeAll(async () => {
    redis = await RedisServer.start();
    origin = await startOrigin();
    const originUrl = `http://127.0.0.1:${(origin.address() as AddressInfo).port}`;
    const pki = await createDevelopmentPki({ sites: [{ name: NAME, keyAlgorithm: 'p-256' }] });
    await writeDevelopmentPki(pki, folder);
    siteCa = readFileSync(join(folder, LAYOUT.siteCa), 'utf8');
    const serverConfiguration = join(folder, LAYOUT.serverConfiguration);
    keyServer = await ServingCommand.start(['server', '--config', serverConfiguration, '--port', '0']);
    const addresses = { keyServerPort: keyServer.port, edgePort: 0, origin: originUrl };
    writeFileSync(join(folder, 'redis.secret'), `${randomBytes(32).toString('hex')}\n`);
    writeFileSync(
      configurationFile,
      `workers: ${WORKERS}\nwatch_files: false\n` +
        `resumption: { redis: "${redis.url}", redis_secret_file: redis.secret }\n` +
        edgeConfigurationText([NAME], addresses),
    );
    const startEdge = () => ServingCommand.start(['edge', '--config', configurationFile]);
    edges = [await startEdge(), await startEdge()];
  });

  afterAll(async () => {
    await Promise.all(edges.map((edge) => edge.stop()));
    await keyServer.stop();
    await redis.stop();
    origin.closeAllConnections();
    origin.close();
    rmSync(folder, { recursive: true });
  });

  async function operations(): Promise<number> {
    return ((await keyServer.statistics()) as { privateKeyOperations: number }).privateKeyOperations;
  }

  /** Loads the page, over TLS 1.3. */
  async function visit(edge: ServingCommand, session?: Buffer, servername = NAME) {
    const socket = connect({
      host: '127.0.0.1',
      port: edge.port,
      servername,
      ca: siteCa,
      // The certificate is for the first name only.
      checkServerIdentity: () => undefined,
      ...(session && { session }),
    });
    let resumed = false;
    let ticket: Buffer | undefined;
    // Node's client does not know any more once it is closed.
    socket.on('secureConnect', () => (resumed = socket.isSessionReused()));
    socket.on('session', (latest: Buffer) => (ticket = latest));
    socket.write(`GET / HTTP/1.1\r\nhost: ${servername}\r\nconnection: close\r\n\r\n`);
    const answer = await text(socket);
    if (!answer.includes('Hello from the origin')) throw new Error(`answered: ${answer}`);
    return { resumed, ticket };
  }

  /** Whether each process of both edges resumes the session, and how many operations that took. */
  async function visitAll(session: Buffer | undefined) {
    const before = await operations();
    const resumed: boolean[] = [];
    for (const edge of edges)
      for (let count = 0; count < WORKERS; count += 1) resumed.push((await visit(edge, session)).resumed);
    return { resumed, operations: (await operations()) - before };
  }

  const ALL_RESUMED = { resumed: edgesTimesWorkers(true), operations: 0 };

  /** Lets both edges serve one more name from now on; resolves once all of their processes do. */
  async function addName(name: string): Promise<void> {
    const configuration = readFileSync(configurationFile, 'utf8');
    writeFileSync(configurationFile, configuration.replace(`- ${NAME}`, `$&\n      - ${name}`));
    for (const edge of edges) process.kill(edge.pid, 'SIGHUP');
    for (const edge of edges) {
      for (let inRow = 0; inRow < 2 * WORKERS;) {
        const isServed = await visit(edge, undefined, name).then(
          () => true,
          () => false,
        );
        inRow = isServed ? inRow + 1 : 0;
      }
    }
  }

  /** Visits both edges, with the session and without, until it is told to stop. */
  function visitAllTheTime(session: Buffer | undefined) {
    const over = new AbortController();
    let count = 0;
    const failures: unknown[] = [];
    const visits = edges.map(async (edge, index) => {
      while (!over.signal.aborted) {
        await visit(edge, (count + index) % 2 === 0 ? session : undefined).catch((error: unknown) =>
          failures.push(error),
        );
        count += 1;
      }
    });
    return {
      stop: async () => {
        over.abort();
        await Promise.all(visits);
        return { count, failures };
      },
    };
  }

  it('resume in every process what began in one', async () => {
    const { ticket } = await visit(edges[0]);
    expect(await visitAll(ticket)).toEqual(ALL_RESUMED);
  });

  it('lose no visitor while they reload, and resume afterwards what began before', async () => {
    const { ticket } = await visit(edges[0]);
    const visits = visitAllTheTime(ticket);
    await addName('second.localhost');
    const { count, failures } = await visits.stop();
    expect(failures).toEqual([]);
    expect(count).toBeGreaterThan(0);
    expect(await visitAll(ticket)).toEqual(ALL_RESUMED);
  });

  it('lose none when they reload while Redis is away, and go on with the ticket keys that they have', async () => {
    const { ticket } = await visit(edges[0]);
    const visits = visitAllTheTime(ticket);
    await redis.stop();
    await addName('third.localhost');
    expect((await visits.stop()).failures).toEqual([]);
    expect(await visitAll(ticket)).toEqual(ALL_RESUMED);
    await redis.start();
    expect(await visitAll(ticket)).toEqual(ALL_RESUMED);
  });
});

function edgesTimesWorkers<Value>(value: Value): Value[] {
  return Array.from({ length: 2 * WORKERS }, () => value);
}
