import { createPrivateKey, createPublicKey, type KeyObject, sign } from 'node:crypto';
import { once } from 'node:events';
import { createServer as createHttpServer } from 'node:http';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import {
  generateLoad,
  type GeneratorOptions,
  type GeneratorOrder,
  type GeneratorResult,
  type HandshakesOrder,
  LatencyHistogram,
  LoadGenerators,
  type OperationKind,
  type OperationsOrder,
} from '@latchkey/load';
import { encodeSuccess } from '@latchkey/codec/kssl1';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { startFakeKeyServer, type ReceivedRequest } from '../client/fake-key-server.js';
import { deploy, type Deployment } from '../support/deployment.js';

let deployment: Deployment;

beforeAll(async () => {
  deployment = await deploy();
});

afterAll(() => deployment.stop());

const SHORT = { seconds: 0.5, warmUpSeconds: 0.1, seed: 1 } as const;
const OPEN = { type: 'open_loop', rate: 200, arrivals: 'poisson' } as const;
const CLOSED = { type: 'closed_loop' } as const;

/** On a busy machine the generators may be too slow; what is measured does not matter here. */
function measure(
  order: GeneratorOrder,
  options: GeneratorOptions & { readonly processes?: number } = {},
): Promise<GeneratorResult> {
  return generateLoad(order, { onBottleneck: () => {}, ...options });
}

function privateKeyOf(name: string): KeyObject {
  return createPrivateKey(deployment.pki.sites.find((site) => site.name === name)!.keyPem);
}

function publicKeyOf(name: string): string {
  return createPublicKey(privateKeyOf(name)).export({ type: 'spki', format: 'pem' }).toString();
}

function operations(port: number, kinds: readonly OperationKind[]): OperationsOrder {
  const { caPem, edge } = deployment.pki.channel;
  const channel = { host: '127.0.0.1', port, ca: caPem, cert: edge.certificatePem, key: edge.keyPem };
  return { type: 'operations', channel, kinds, connections: 2, depth: 16, records: 'shared' };
}

/** A key server of somebody else's. */
async function startForeignKeyServer(onRequest: (request: ReceivedRequest) => void): Promise<number> {
  const { caPem, keyServer } = deployment.pki.channel;
  const server = await startFakeKeyServer({
    ca: caPem,
    cert: keyServer.certificatePem,
    key: keyServer.keyPem,
    onRequest,
  });
  onTestFinished(() => server.close());
  return server.port;
}

const ping: OperationKind = { label: 'ping', operation: 'ping' };

describe('operations', () => {
  const kinds = (): OperationKind[] => [
    { label: 'ECDSA', operation: 'ecdsa_sha256', publicKey: publicKeyOf('p256.localhost'), weight: 2 },
    { label: 'PSS', operation: 'rsa_pss_sha256', publicKey: publicKeyOf('rsa.localhost') },
    { label: 'Ed25519', operation: 'ed25519', publicKey: publicKeyOf('ed25519.localhost') },
    ping,
  ];

  it.each([OPEN, CLOSED])('of several kinds are counted by kind and verified: $type', async (pace) => {
    const before = await deployment.operations();
    const work = operations(deployment.keyServer.port, kinds());
    const result = await measure({ work, pace, ...SHORT }, { processes: 2 });
    expect(result).toMatchObject({ failed: 0, generator: { processes: 2 } });
    expect(result.verified).toBeGreaterThanOrEqual(2);
    expect(result.protocol).toMatch(/^TLSv1\.3 TLS_/);
    expect(Object.keys(result.kinds)).toEqual(['ECDSA', 'PSS', 'Ed25519', 'ping']);
    const counted = Object.values(result.kinds).reduce((sum, { count }) => sum + count, 0);
    expect(counted).toBe(result.performed);
    expect(LatencyHistogram.parse(result.latency.histogram).count).toBe(counted);
    // Those of warming up are not among them.
    const { total } = result;
    expect(total).toBeGreaterThan(counted);
    const performed = (await deployment.operations()) - before;
    expect(performed).toBeGreaterThan(total / 2);
    expect(performed).toBeLessThan(total);
  });

  it('are asked for over kssl2 where that is wanted: signatures with one P-256 key, nothing else', async () => {
    const [signatures, , ...others] = kinds();
    const work = (asked: readonly OperationKind[]): OperationsOrder => ({
      ...operations(deployment.keyServer.port, asked),
      protocol: 'kssl2',
    });
    const result = await measure({ work: work([signatures!]), pace: OPEN, ...SHORT });
    expect(result.failures).toEqual({});
    expect(result).toMatchObject({ protocol: expect.stringMatching(/ kssl2$/) as string });
    expect(result.verified).toBeGreaterThan(0);
    for (const asked of [others, [signatures!, ...others]])
      await expect(measure({ work: work(asked), pace: OPEN, ...SHORT })).rejects.toThrow('one P-256 key');
  });

  it('can be those of another key server', async () => {
    const key = privateKeyOf('ed25519.localhost');
    const port = await startForeignKeyServer(({ request: { operation }, succeed }) => {
      if (operation.type === 'sign_message') succeed(sign(undefined, operation.message, key));
    });
    const [, , kind] = kinds();
    const result = await measure({ work: operations(port, [kind!]), pace: OPEN, ...SHORT });
    expect(result.failed).toBe(0);
    expect(result.verified).toBeGreaterThan(0);
  });

  it('that fail are errors and nothing else', async () => {
    let count = 0;
    const port = await startForeignKeyServer(({ succeed, fail }) => {
      count += 1;
      // The first is verified.
      if (count > 1 && count % 2 === 0) fail(8);
      else succeed(Buffer.alloc(64));
    });
    const [, , kind] = kinds();
    const order = { work: operations(port, [kind!]), pace: OPEN, ...SHORT };
    await expect(measure(order)).rejects.toThrow('answer to request 0 is wrong');
    const refusing = await startForeignKeyServer(({ fail }) => fail(2));
    const result = await measure({ ...order, work: operations(refusing, [kind!]) });
    expect(result.performed).toBe(0);
    expect(result.rate).toBe(0);
    expect(result.failures).toEqual({ 'error 2': result.failed });
    expect(result.failed).toBeGreaterThan(0);
  });

  it('need a server that lets them in', async () => {
    const port = await startForeignKeyServer(() => {});
    const work = operations(port, [ping]);
    const stranger = { ...work, channel: { ...work.channel, ca: deployment.pki.siteCaPem } };
    await expect(measure({ work: stranger, pace: OPEN, ...SHORT })).rejects.toMatchObject({
      code: 'LATCHKEY_BENCHMARK_FAILED',
      message: expect.stringContaining('the connection broke') as string,
    });
  });

  it('that a server kept waiting for 1.5 s of four count from when they were due', async () => {
    const key = privateKeyOf('ed25519.localhost');
    const answeredAt: number[] = [];
    const receivedAt: number[] = [];
    let stallEnd = 0;
    const port = await startForeignKeyServer(({ id, socket, request: { operation } }) => {
      const now = performance.now();
      receivedAt.push(now);
      const index = receivedAt.length - 1;
      if (index === 500) stallEnd = now + 1500;
      const answer = () => {
        if (operation.type !== 'sign_message') throw new Error(`request ${id} is none that was sent`);
        const signature = sign(undefined, operation.message, key);
        socket.write(encodeSuccess(id, signature), () => (answeredAt[index] = performance.now()));
      };
      setTimeout(answer, Math.max(0, stallEnd - now));
    });
    const [, , kind] = kinds();
    const work = { ...operations(port, [kind!]), depth: 2000 };
    const pace = { type: 'open_loop', rate: 500, arrivals: 'constant' } as const;
    const { latency } = await measure({ work, pace, seconds: 4, warmUpSeconds: 0, seed: 1 });

    // What the server knows: requests came every 2 ms, the quickest of them without delay.
    const begin = Math.min(...receivedAt.map((at, index) => at - index * 2));
    const truth = new LatencyHistogram();
    for (const [index, at] of answeredAt.entries()) truth.record(at - begin - index * 2);
    expect(latency.count).toBe(truth.count);
    expect(truth.percentile(99)).toBeGreaterThan(1400);
    for (const percentile of ['p90', 'p99'] as const)
      expect(latency[percentile] / truth.percentile(Number(percentile.slice(1)))).toBeCloseTo(1, 1);
    expect(latency.p50).toBeLessThan(truth.percentile(90));
  });
});

describe('handshakes', () => {
  const handshakes = (more: Partial<HandshakesOrder>): HandshakesOrder => ({
    type: 'handshakes',
    host: '127.0.0.1',
    port: deployment.edge.port,
    serverName: 'p256.localhost',
    resumedShare: 0,
    concurrency: 8,
    ...more,
  });

  it.each(['TLSv1.2', 'TLSv1.3'] as const)('of %s are full or resumed as asked', async (version) => {
    const full = await measure({ work: handshakes({ version }), pace: OPEN, ...SHORT });
    expect(Object.keys(full.kinds)).toEqual(['full']);
    expect(full.protocol).toMatch(new RegExp(`^${version} TLS_.* X25519`));
    expect(Object.keys(full.phases)).toEqual(['connection', 'server hello', 'completion']);

    const before = await deployment.operations();
    const work = handshakes({ version, resumedShare: 1 });
    const resumed = await measure({ work, pace: CLOSED, ...SHORT });
    expect(resumed).toMatchObject({ failed: 0, kinds: { resumed: { count: resumed.performed } } });
    // The first visitors begin sessions.
    expect((await deployment.operations()) - before).toBe(20);

    const mixed = await measure({ work: handshakes({ version, resumedShare: 0.5 }), pace: OPEN, ...SHORT });
    expect(Object.keys(mixed.kinds)).toEqual(['full', 'resumed']);
  });

  it('can be with any TLS server, by certificate and group', async () => {
    const { keyPem: key, certificateChainPem: cert } = deployment.pki.sites.find(
      ({ name }) => name === 'rsa.localhost',
    )!;
    const server = createServer({ key, cert }).listen(0, '127.0.0.1');
    onTestFinished(() => void server.close());
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    const work = handshakes({ port, certificate: 'rsa', group: 'P-384', version: 'TLSv1.3' });
    const result = await measure({ work, pace: OPEN, ...SHORT });
    expect(result.failed).toBe(0);
    expect(result.protocol).toContain('TLSv1.3');
    await expect(
      measure({ work: handshakes({ port, certificate: 'ecdsa' }), pace: OPEN, ...SHORT }),
    ).rejects.toThrow('no handshake with 127.0.0.1');
  });
});

describe('requests', () => {
  it.each([OPEN, CLOSED])('are answered through the edge: $type', async (pace) => {
    const url = `https://127.0.0.1:${deployment.edge.port}/`;
    const work = { type: 'requests', url, serverName: 'p256.localhost', connections: 4 } as const;
    const result = await measure({ work, pace, ...SHORT });
    expect(result).toMatchObject({ failed: 0, protocol: 'HTTP/1.1' });
    expect(result.performed).toBeGreaterThan(0);
  });

  it.each([OPEN, CLOSED])('that fail are errors and nothing else: $type', async (pace) => {
    let count = 0;
    const server = createHttpServer((_request, response) => {
      count += 1;
      response.writeHead(count % 2 === 0 ? 503 : 200).end('text');
    });
    onTestFinished(() => void server.close());
    await once(server.listen(0, '127.0.0.1'), 'listening');
    const { port } = server.address() as AddressInfo;
    const work = { type: 'requests', url: `http://127.0.0.1:${port}/`, connections: 4 } as const;
    const { performed, failed, failures } = await measure({ work, pace, ...SHORT });
    expect(failures).toEqual({ 'status 503': failed });
    expect(Math.abs(performed - failed)).toBeLessThanOrEqual(performed / 2);
    expect(performed).toBeGreaterThan(0);
  });
});

describe('the generator', () => {
  it('can measure again and again without keeping listeners', async () => {
    const warnings: Error[] = [];
    const warn = (warning: Error) => warnings.push(warning);
    process.on('warning', warn);
    onTestFinished(() => void process.off('warning', warn));
    const order = {
      work: operations(deployment.keyServer.port, [ping]),
      pace: CLOSED,
      seconds: 0.05,
      warmUpSeconds: 0,
      seed: 1,
    };
    const generators = await LoadGenerators.open(order);
    onTestFinished(() => generators.close());
    for (let time = 0; time < 12; time += 1) {
      const { performed } = await generators.measure({ onBottleneck: () => {} });
      expect(performed).toBeGreaterThan(0);
    }
    expect(warnings).toEqual([]);
  });

  it('can measure at another rate, with other moments, without connecting again', async () => {
    const order = { work: operations(deployment.keyServer.port, [ping]), pace: OPEN, ...SHORT };
    const generators = await LoadGenerators.open(order);
    onTestFinished(() => generators.close());
    const at = async (rate: number, seed: number) => {
      const before = Number(process.hrtime.bigint()) / 1e6;
      const result = await generators.measure({
        timing: { pace: { ...OPEN, rate }, seconds: 0.5, seed },
        onBottleneck: () => {},
      });
      expect(result.generator.beganAt).toBeGreaterThan(before);
      expect(result.generator.beganAt).toBeLessThan(Number(process.hrtime.bigint()) / 1e6);
      return result.performed;
    };
    expect(await at(200, 1)).toBeGreaterThan(50);
    const [one, again, other] = [await at(1000, 2), await at(1000, 2), await at(1000, 3)];
    // When they are due is a matter of the seed alone.
    expect(again).toBe(one);
    expect(other).not.toBe(one);
  });

  it('tells how it goes, and its own part', async () => {
    const points: number[] = [];
    const order = { work: operations(deployment.keyServer.port, [ping]), pace: OPEN, ...SHORT, seconds: 1.6 };
    const { generator, timeline } = await measure(order, { onProgress: ({ at }) => points.push(at) });
    expect(points.length).toBeGreaterThanOrEqual(2);
    expect(timeline.map(({ at }) => at)).toEqual(points);
    expect(generator.busy).toBeGreaterThan(0);
    expect(generator.cpuPerRequest).toBeGreaterThan(0);
  });
});
