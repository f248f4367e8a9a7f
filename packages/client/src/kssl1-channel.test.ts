import { Duplex } from 'node:stream';
import { setImmediate as nextTurn, setTimeout as delay } from 'node:timers/promises';
import { CryptographyFailedError, type OperationRequest, UnencodableMessageError } from '@latchkey/codec';
import {
  decodeRequest,
  encodeError,
  encodePong,
  encodeSuccess,
  ErrorCode,
  FrameDecoder,
} from '@latchkey/codec/kssl1';
import * as fc from 'fast-check';
import { afterEach, describe, expect, it } from 'vitest';
import { BreakOffError } from './failure.js';
import { Kssl1Channel, type Kssl1ChannelOptions } from './kssl1-channel.js';
import { RecordedAttempt } from './test-support/recorded-attempt.js';

interface ReceivedRequest {
  readonly id: number;
  readonly request: OperationRequest;
}

/** The key server's end of a connection, without a network: collects requests, sends what it is told to. */
class FakeWire extends Duplex {
  readonly requests: ReceivedRequest[] = [];
  writes = 0;
  /** False to hold back all that is written, like a server that does not read. */
  reading = true;
  readonly #decoder = new FrameDecoder({
    onFrame: (id, bytes, start, end) => {
      const decoding = decodeRequest(bytes.subarray(start, end));
      if (decoding.kind === 'refused') throw new Error(decoding.reason);
      this.requests.push({ id, request: decoding.request });
    },
    onVersionMismatch: () => {
      throw new Error('version mismatch');
    },
  });

  override _read(): void {}

  override _writev(chunks: { chunk: Buffer }[], callback: () => void): void {
    this.writes += 1;
    for (const { chunk } of chunks) this.#decoder.push(chunk);
    if (this.reading) callback();
  }

  get operations(): ReceivedRequest[] {
    return this.requests.filter(({ request }) => request.operation.type !== 'ping');
  }

  get pings(): ReceivedRequest[] {
    return this.requests.filter(({ request }) => request.operation.type === 'ping');
  }

  answer(...frames: Uint8Array[]): void {
    this.push(Buffer.concat(frames));
  }
}

const channels: Kssl1Channel[] = [];

function open(options: Partial<Kssl1ChannelOptions> = {}) {
  const wire = new FakeWire();
  const errors: Error[] = [];
  wire.on('error', (error) => errors.push(error));
  const channel = new Kssl1Channel(wire, {
    maximumInFlight: 1000,
    pingInterval: 0,
    pingTimeout: 60_000,
    onProgress: () => {},
    ...options,
  });
  channels.push(channel);
  return { wire, channel, errors };
}

function echo(number: number): RecordedAttempt {
  return new RecordedAttempt({ type: 'rpc', payload: payloadOf(number) });
}

function payloadOf(number: number): Uint8Array {
  return new TextEncoder().encode(`payload ${number}`);
}

function echoed({ id, request }: ReceivedRequest): Uint8Array {
  if (request.operation.type !== 'rpc') throw new Error(`unexpected ${request.operation.type}`);
  return encodeSuccess(id, request.operation.payload);
}

afterEach(() => {
  for (const channel of channels.splice(0)) channel.abandon();
});

describe('Kssl1Channel', () => {
  it('brings every answer to its own request, in any order and any chunks', async () => {
    const plan = fc.integer({ min: 1, max: 40 }).chain((count) =>
      fc.record({
        firstId: fc.oneof(fc.constant(0), fc.constant(0xfffffff0), fc.nat()),
        order: fc.shuffledSubarray(
          Array.from({ length: count }, (_, index) => index),
          { minLength: count },
        ),
        cuts: fc.array(fc.nat(), { maxLength: 60 }),
      }),
    );
    await fc.assert(
      fc.asyncProperty(plan, async ({ firstId, order, cuts }) => {
        const { wire, channel } = open({ firstId });
        const operations = order.map((_, number) => echo(number));
        for (const operation of operations) channel.send(operation);
        await nextTurn();
        const answers = Buffer.concat(order.map((index) => echoed(wire.operations[index]!)));
        const borders = [...new Set(cuts.map((cut) => cut % answers.length))].sort((a, b) => a - b);
        for (const [index, start] of [0, ...borders].entries())
          wire.push(answers.subarray(start, borders[index]));
        const outcomes = await Promise.all(operations.map(({ outcome }) => outcome));
        expect(outcomes).toEqual(operations.map((_, number) => payloadOf(number)));
        expect(channel.inFlight).toBe(0);
      }),
      { numRuns: 60 },
    );
  });

  it('writes once for all that is sent in one turn of the event loop', async () => {
    const { wire, channel } = open();
    for (let number = 0; number < 50; number++) channel.send(echo(number));
    expect(wire.writes).toBe(0);
    await nextTurn();
    expect(wire.writes).toBe(1);
    channel.send(echo(50));
    await nextTurn();
    expect(wire.writes).toBe(2);
    expect(wire.operations).toHaveLength(51);
  });

  it('leaves no decrypted block behind in the chunk that it came in', async () => {
    const { wire, channel } = open();
    const operation = new RecordedAttempt({ type: 'decrypt_block', ciphertext: new Uint8Array(256) });
    channel.send(operation);
    await nextTurn();
    const secret = new Uint8Array(256).fill(0x5a);
    const chunk = Buffer.from(encodeSuccess(wire.operations[0]!.id, secret));
    wire.push(chunk);
    expect(await operation.outcome).toEqual(secret);
    expect(chunk.includes(0x5a)).toBe(false);
  });

  it('fails an operation with the error that the key server answered', async () => {
    const { wire, channel } = open();
    const operation = echo(0);
    channel.send(operation);
    await nextTurn();
    wire.answer(encodeError(wire.operations[0]!.id, ErrorCode.CRYPTOGRAPHY_FAILURE));
    await expect(operation.outcome).rejects.toBeInstanceOf(CryptographyFailedError);
  });

  it('does not send what the protocol cannot say, and serves the others', async () => {
    const { wire, channel } = open();
    const tooLong = new RecordedAttempt({ type: 'rpc', payload: new Uint8Array(70_000) });
    const operation = echo(1);
    expect(() => channel.send(tooLong)).toThrow(UnencodableMessageError);
    channel.send(operation);
    await nextTurn();
    expect(wire.operations).toHaveLength(1);
    wire.answer(echoed(wire.operations[0]!));
    expect(await operation.outcome).toEqual(payloadOf(1));
    expect(channel.inFlight).toBe(0);
  });

  it('never gives the id of a given-up operation to another before its answer has come', async () => {
    const { wire, channel } = open({ firstId: 0xffffffff });
    channel.cancel(channel.send(echo(0)));
    expect(channel.inFlight).toBe(1);
    const operation = echo(1);
    channel.send(operation);
    await nextTurn();
    const [late, other] = wire.operations;
    expect(late!.id).not.toBe(other!.id);
    wire.answer(echoed(late!), echoed(other!));
    expect(await operation.outcome).toEqual(payloadOf(1));
    expect(channel.inFlight).toBe(0);
  });

  it('ignores answers that nobody asked for, also the second one to the same request', async () => {
    const { wire, channel, errors } = open();
    const operation = echo(0);
    channel.send(operation);
    await nextTurn();
    const request = wire.operations[0]!;
    wire.answer(
      encodeSuccess(0xabcdef, payloadOf(9)),
      echoed(request),
      encodeSuccess(request.id, payloadOf(8)),
    );
    expect(await operation.outcome).toEqual(payloadOf(0));
    await nextTurn();
    expect(errors).toEqual([]);
  });

  it('has no capacity while the maximum is in flight, and tells when it has again', async () => {
    let progress = 0;
    const { wire, channel } = open({ maximumInFlight: 2, onProgress: () => (progress += 1) });
    channel.send(echo(0));
    expect(channel.hasCapacity).toBe(true);
    channel.send(echo(1));
    expect(channel.hasCapacity).toBe(false);
    await nextTurn();
    wire.answer(echoed(wire.operations[0]!));
    await nextTurn();
    expect(channel.hasCapacity).toBe(true);
    expect(progress).toBe(1);
  });

  it('breaks off when the server owes answers to nothing but given-up operations, as many as may be', async () => {
    const { channel, errors } = open({ maximumInFlight: 3 });
    const ids = [0, 1, 2].map((number) => channel.send(echo(number)));
    for (const id of ids) channel.cancel(id);
    await nextTurn();
    expect(errors).toMatchObject([{ reason: 'timeout' }]);
    expect(channel.abandon()).toEqual([]);
  });

  it('has no capacity for a server that does not read what was sent, whatever became of the operations', async () => {
    const { wire, channel } = open({ maximumInFlight: 1_000_000 });
    wire.reading = false;
    let sent = 0;
    while (channel.hasCapacity) {
      const operation = new RecordedAttempt({ type: 'rpc', payload: new Uint8Array(60_000) });
      channel.send(operation);
      sent += 1;
      if (sent % 10 === 0) await nextTurn();
      if (sent > 1000) throw new Error('grows without bound');
    }
    expect(wire.writableLength).toBeLessThan(2 * 1_048_576);
  });

  const garbage: [string, (id: number) => Uint8Array][] = [
    ['a malformed answer', (id) => Uint8Array.of(1, 0, 0, 3, ...idBytes(id), 0x11, 0, 9)],
    ['an answer without an opcode', (id) => Uint8Array.of(1, 0, 0, 0, ...idBytes(id))],
    ['a request', (id) => Uint8Array.of(1, 0, 0, 4, ...idBytes(id), 0x11, 0, 1, 0xf1)],
    ['another major version', (id) => Uint8Array.of(2, 0, 0, 4, ...idBytes(id), 0x11, 0, 1, 0xf0)],
    ['an HTTP response', () => new TextEncoder().encode('HTTP/1.1 400 Bad Request\r\n\r\n')],
  ];
  it.each(garbage)(
    'breaks off at %s, answers nothing with what follows it, and gives back what is unanswered',
    async (_, frame) => {
      const { wire, channel, errors } = open();
      const operation = echo(0);
      channel.send(operation);
      await nextTurn();
      const request = wire.operations[0]!;
      wire.answer(frame(request.id), echoed(request));
      await nextTurn();
      expect(errors).toHaveLength(1);
      expect(errors[0]).toBeInstanceOf(BreakOffError);
      expect(errors[0]).toMatchObject({ reason: 'protocol' });
      expect(channel.hasCapacity).toBe(false);
      expect(channel.abandon()).toEqual([operation]);
    },
  );

  it('pings at once, and counts as answered with the first answer of any kind', async () => {
    const { wire, channel } = open();
    await nextTurn();
    expect(wire.pings).toHaveLength(1);
    expect(channel.answered).toBe(false);
    expect(channel.inFlight).toBe(0);
    wire.answer(encodePong(wire.pings[0]!.id, new Uint8Array(0)));
    await nextTurn();
    expect(channel.answered).toBe(true);
  });

  it('does not break off as long as anything comes, be it not the pong', async () => {
    const { wire, channel, errors } = open({ pingTimeout: 20 });
    await nextTurn();
    for (let number = 0; number < 40; number++) {
      channel.send(echo(number));
      await until(() => wire.operations.length === number + 1);
      wire.answer(echoed(wire.operations[number]!));
      await delay(2);
    }
    expect(wire.pings).toHaveLength(1);
    expect(errors).toEqual([]);
  });

  it('pings once however often it is told to, until the pong has come', async () => {
    const { wire, channel } = open();
    channel.ping();
    await nextTurn();
    expect(wire.pings).toHaveLength(1);
    wire.answer(encodePong(wire.pings[0]!.id, new Uint8Array(0)));
    await until(() => channel.answered);
    channel.ping();
    await nextTurn();
    expect(wire.pings).toHaveLength(2);
  });

  it('tells for how long the server has owed something and said nothing', async () => {
    const { wire, channel } = open();
    await nextTurn();
    const begin = performance.now();
    expect(channel.silence(begin + 1000)).toBeGreaterThanOrEqual(1000);
    wire.answer(encodePong(wire.pings[0]!.id, new Uint8Array(0)));
    await until(() => channel.answered);
    expect(channel.silence(begin + 1000)).toBe(0);
    channel.send(echo(0));
    const sentAt = performance.now();
    expect(channel.silence(sentAt + 1000)).toBeGreaterThanOrEqual(1000);
    expect(channel.silence(sentAt + 1000)).toBeLessThanOrEqual(1000 + sentAt - begin);
  });

  it('tells an attempt of an answer that comes after it was cancelled', async () => {
    const { wire, channel } = open();
    const attempt = echo(0);
    channel.cancel(channel.send(attempt));
    await nextTurn();
    wire.answer(echoed(wire.operations[0]!));
    expect(await attempt.outcome).toEqual(payloadOf(0));
  });

  it('pings a server that is silent, and breaks off when it stays so', async () => {
    const { wire, errors } = open({ pingInterval: 5, pingTimeout: 5 });
    await nextTurn();
    wire.answer(encodePong(wire.pings[0]!.id, new Uint8Array(0)));
    await until(() => wire.pings.length === 2);
    wire.answer(encodePong(wire.pings[1]!.id, new Uint8Array(0)));
    await until(() => errors.length === 1);
    expect(errors).toMatchObject([{ reason: 'timeout', message: 'has fallen silent' }]);
  });
});

function idBytes(id: number): number[] {
  return [id >>> 24, (id >>> 16) & 0xff, (id >>> 8) & 0xff, id & 0xff];
}

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await nextTurn();
}
