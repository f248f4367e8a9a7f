import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { connect, createServer, type AddressInfo } from 'node:net';
import { connect as connectTls } from 'node:tls';
import type { EdgeStatistics } from '@latchkey/edge';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { deploy, type Deployment } from '../support/deployment.js';
import { visit } from '../support/visitor.js';

const SITE = 'p256.localhost';

let deployment: Deployment;

beforeAll(async () => {
  deployment = await deploy();
});

afterAll(async () => deployment.stop());

describe('what is no handshake costs its own connection', () => {
  it.each<[string, () => Promise<readonly Uint8Array[]>]>([
    ['plain HTTP', async () => [Buffer.from('GET / HTTP/1.1\r\nHost: localhost\r\n\r\n')]],
    ['bytes of chance', async () => Array.from({ length: 20 }, () => randomBytes(2000))],
    [
      'a record longer than a record can be',
      async () => [Buffer.from('160301ffff', 'hex'), randomBytes(70_000)],
    ],
    ['an alert', async () => [Buffer.from('15030300020228', 'hex')]],
    ['ClientHellos that end early', async () => prefixes(await recordClientHello())],
    ['ClientHellos with a wrong byte', async () => withWrongBytes(await recordClientHello())],
  ])('at the edge: %s', async (_name, make) => {
    const { port } = deployment.edge;
    const [bystander] = await Promise.all([
      visit(deployment, SITE),
      ...(await make()).map((bytes) => send(port, bytes)),
    ]);
    expect(bystander.statusCode).toBe(200);
    expect((await visit(deployment, SITE)).statusCode).toBe(200);
    await nothingPending();
  });

  it.each<[string, () => readonly Uint8Array[]]>([
    ['plain HTTP', () => [Buffer.from('GET / HTTP/1.1\r\nHost: localhost\r\n\r\n')]],
    ['bytes of chance', () => Array.from({ length: 20 }, () => randomBytes(2000))],
    ['a frame without TLS', () => [Buffer.from('0100000400000001110001f1', 'hex')]],
  ])('at the key server: %s', async (_name, make) => {
    const { port } = deployment.keyServer;
    const [bystander] = await Promise.all([
      visit(deployment, SITE),
      ...make().map((bytes) => send(port, bytes)),
    ]);
    expect(bystander.statusCode).toBe(200);
    expect((await visit(deployment, SITE)).statusCode).toBe(200);
  });
});

/** Sends bytes, closes our side and waits until the other end has closed too. */
async function send(port: number, bytes: Uint8Array): Promise<void> {
  const socket = connect(port, '127.0.0.1');
  // A reset is an end like others.
  socket.on('error', () => {});
  socket.resume();
  socket.end(bytes);
  await new Promise((resolve) => socket.once('close', resolve));
}

/** Resolves when the edge has no handshake and no operation under way. */
async function nothingPending(): Promise<void> {
  for (;;) {
    const statistics = (await deployment.edge.statistics()) as EdgeStatistics;
    if (statistics.pendingHandshakes === 0 && statistics.pendingOperations === 0) return;
  }
}

/** The first flight of a visitor who means it. */
async function recordClientHello(): Promise<Buffer> {
  const listener = createServer().listen(0, '127.0.0.1');
  await once(listener, 'listening');
  const visitor = connectTls({
    host: '127.0.0.1',
    port: (listener.address() as AddressInfo).port,
    servername: SITE,
    ALPNProtocols: ['h2', 'http/1.1'],
  });
  visitor.on('error', () => {});
  const [raw] = await once(listener, 'connection');
  const [clientHello] = await once(raw, 'data');
  visitor.destroy();
  listener.close();
  return clientHello as Buffer;
}

function prefixes(bytes: Buffer): Buffer[] {
  return Array.from({ length: 40 }, (_, index) => bytes.subarray(0, Math.floor((bytes.length * index) / 40)));
}

function withWrongBytes(bytes: Buffer): Buffer[] {
  return Array.from({ length: 100 }, (_, index) => {
    const wrong = Buffer.from(bytes);
    const position = Math.floor((bytes.length * index) / 100);
    wrong[position] = (wrong[position] ?? 0) ^ 0xff;
    return wrong;
  });
}
