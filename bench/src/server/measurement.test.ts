import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { createServer, type TLSSocket } from 'node:tls';
import type { OperationRequest } from '@latchkey/codec';
import { decodeRequest, encodeError, encodePong, ErrorCode, FrameDecoder } from '@latchkey/codec/kssl1';
import { randomSource } from '@latchkey/load';
import { encodeRequests, FRAME_LENGTH } from '@latchkey/load/operations';
import { createDevelopmentPki } from 'latchkey/pki';
import { describe, expect, it, onTestFinished } from 'vitest';
import { CONNECTIONS, measureServer, type Subject } from './measurement.js';
import { type MeasuredOperation, OPERATIONS } from './operations.js';

const ping: MeasuredOperation = { ...OPERATIONS.find(({ id }) => id === 'ping')!, inFlight: 40 };
const pki = await createDevelopmentPki();

/** Answers a request, or does something else about it. */
type Answerer = (id: number, request: OperationRequest, socket: TLSSocket) => Uint8Array | undefined;

const answerRightly: Answerer = (id, { operation }) =>
  encodePong(id, operation.type === 'ping' ? operation.payload : Buffer.of());

/** A key server that does as it is told. */
async function startServer(
  answer: Answerer,
): Promise<{ subject: Subject; recordLengths: number[]; ids: number[][] }> {
  const recordLengths: number[] = [];
  const ids: number[][] = [];
  const { caPem, keyServer, edge } = pki.channel;
  const server = createServer(
    { cert: keyServer.certificatePem, key: keyServer.keyPem, ca: caPem, requestCert: true },
    (socket) => {
      const idsHere: number[] = [];
      ids.push(idsHere);
      const decoder = new FrameDecoder({
        onFrame: (id, bytes, start, end) => {
          idsHere.push(id);
          const decoding = decodeRequest(bytes.subarray(start, end));
          const frame = decoding.kind === 'request' ? answer(id, decoding.request, socket) : undefined;
          if (frame !== undefined) socket.write(frame);
        },
        onVersionMismatch: () => expect.unreachable(),
      });
      socket.on('error', () => {});
      socket.on('data', (chunk: Buffer) => {
        recordLengths.push(chunk.length);
        decoder.push(chunk);
      });
    },
  ).listen(0, '127.0.0.1');
  onTestFinished(() => void server.close());
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const channel = { host: '127.0.0.1', port, ca: caPem, cert: edge.certificatePem, key: edge.keyPem };
  const subject = { channel, cpuTime: () => process.cpuUsage().user };
  return { subject, recordLengths, ids };
}

function measure(subject: Subject, operation = ping) {
  const requests = encodeRequests([{ operation: 'ping' }], 100, 1);
  return measureServer(subject, operation, requests, { seconds: 0.1, random: randomSource(1) });
}

describe('measureServer', () => {
  it('measures a server that answers, and verifies some of the answers', async () => {
    const { subject, ids } = await startServer(answerRightly);
    const { rate, halfRate, p50, p99, verified } = await measure(subject);
    expect(rate).toBeGreaterThan(0);
    expect(halfRate).toBe(rate / 2);
    expect(p50).toBeGreaterThan(0);
    expect(p99).toBeGreaterThanOrEqual(p50);
    expect(verified).toBeGreaterThanOrEqual(2);
    expect(ids).toHaveLength(2 * CONNECTIONS);
  });

  it('sends each request in a record of its own when asked, and many in one otherwise', async () => {
    const one = await startServer(answerRightly);
    await measure(one.subject, { ...ping, records: 'one_request' });
    expect(new Set(one.recordLengths)).toEqual(new Set([FRAME_LENGTH]));
    const shared = await startServer(answerRightly);
    await measure(shared.subject);
    expect(Math.max(...shared.recordLengths)).toBe(16 * FRAME_LENGTH);
  });

  it('keeps as many requests under way as it should, each id once', async () => {
    const waiting = new Set<string>();
    let most = 0;
    const sockets = new Map<TLSSocket, number>();
    const { subject } = await startServer((id, request, socket) => {
      const number = sockets.get(socket) ?? sockets.size;
      sockets.set(socket, number);
      const name = `${number} ${id}`;
      expect(waiting).not.toContain(name);
      waiting.add(name);
      if (number === 0) most = Math.max(most, waiting.size);
      setTimeout(() => {
        waiting.delete(name);
        const frame = answerRightly(id, request, socket);
        if (frame !== undefined && !socket.destroyed) socket.write(frame);
      }, 1);
      return undefined;
    });
    await measure(subject);
    expect(most).toBeGreaterThan(1);
    expect(most).toBeLessThanOrEqual(CONNECTIONS * ping.inFlight);
  });

  it('fails when an answer is wrong', async () => {
    const { subject } = await startServer((id) => encodePong(id, Buffer.from('something else')));
    await expect(measure(subject)).rejects.toThrow(/answer to request \d+ is wrong/);
  });

  it('fails when a request is answered with an error, although others are not', async () => {
    let count = 0;
    const { subject } = await startServer((id, request, socket) => {
      count += 1;
      return count === 50 ? encodeError(id, ErrorCode.INTERNAL_ERROR) : answerRightly(id, request, socket);
    });
    await expect(measure(subject)).rejects.toThrow('1 with error 8');
  });

  it.each<[string, Answerer, string]>([
    ['closes the connection', (_id, _request, socket) => void socket.destroy(), 'connection'],
    ['answers what nobody asked', () => encodePong(4711, Buffer.of()), 'it answered 4711'],
  ])('fails when the server %s, and does not wait for ever', async (_what, answer, reason) => {
    const { subject } = await startServer(answer);
    await expect(measure(subject)).rejects.toThrow(reason);
  });
});
