import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { Duplex } from 'node:stream';
import { afterEach, expect, it } from 'vitest';
import { discardInput, receiveFrom } from './raw-input.js';

const opened: Socket[] = [];

afterEach(() => {
  for (const socket of opened.splice(0)) socket.destroy();
});

/** Both ends of a connection: the one that was accepted, and the one that connected. */
async function connectBoth(): Promise<{ readonly raw: Socket; readonly visitor: Socket }> {
  const server = createServer({ allowHalfOpen: true }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const accepted = once(server, 'connection');
  const visitor = connect((server.address() as AddressInfo).port, '127.0.0.1');
  const [raw] = (await accepted) as [Socket];
  server.close();
  opened.push(raw, visitor);
  return { raw, visitor };
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, each) => total + each, 0);
}

/** Gathers what a receiver is given. */
function receiverInto(received: string[]): (bytes: Buffer, length: number) => void {
  return (bytes, length) => received.push(bytes.toString('latin1', 0, length));
}

async function arrives(text: string, received: readonly string[]): Promise<void> {
  while (received.join('').length < text.length) await new Promise(setImmediate);
  expect(received.join('')).toBe(text);
}

it('reads all sockets into the same memory, one after the other', async () => {
  const [one, other] = [await connectBoth(), await connectBoth()];
  const memories = new Set<ArrayBufferLike>();
  const received = [[], []] as [string[], string[]];
  [one, other].forEach(({ raw }, index) => {
    receiveFrom(raw, (bytes, length) => {
      memories.add(bytes.buffer);
      receiverInto(received[index] as string[])(bytes, length);
    });
  });
  one.visitor.write('one');
  other.visitor.write('other');
  await arrives('one', received[0]);
  await arrives('other', received[1]);
  expect(memories.size).toBe(1);
});

it('gives what comes later to a later receiver alone', async () => {
  const { raw, visitor } = await connectBoth();
  const [first, second]: [string[], string[]] = [[], []];
  receiveFrom(raw, receiverInto(first));
  visitor.write('first');
  await arrives('first', first);
  receiveFrom(raw, receiverInto(second));
  visitor.write('second');
  await arrives('second', second);
  expect(first.join('')).toBe('first');
});

it('reads nothing while the socket is paused', async () => {
  const { raw, visitor } = await connectBoth();
  const received: string[] = [];
  receiveFrom(raw, receiverInto(received));
  raw.pause();
  visitor.write('late');
  for (let turn = 0; turn < 100; turn += 1) await new Promise(setImmediate);
  expect(received).toEqual([]);
  raw.resume();
  await arrives('late', received);
});

it('lets others have their turn while one has more than can be taken at once', async () => {
  const { raw, visitor } = await connectBoth();
  const chunks: number[] = [];
  receiveFrom(raw, (_, length) => {
    chunks.push(length);
    // As slow as records of a byte are.
    const begun = performance.now();
    while (performance.now() < begun + 1);
  });
  raw.pause();
  visitor.write(Buffer.alloc(1_000_000));
  for (let turn = 0; turn < 100; turn += 1) await new Promise(setImmediate);
  raw.resume();
  const chunksByTurn: number[] = [];
  for (let before = 0; sum(chunks) < 1_000_000; before = chunks.length) {
    await new Promise(setImmediate);
    chunksByTurn.push(chunks.length - before);
  }
  expect(Math.max(...chunksByTurn)).toBe(1);
});

it('reads no more of one whose share is used up when they are paused meanwhile', async () => {
  const { raw, visitor } = await connectBoth();
  let received = 0;
  receiveFrom(raw, (_, length) => {
    received += length;
    const begun = performance.now();
    while (performance.now() < begun + 1);
    raw.pause();
  });
  raw.pause();
  visitor.write(Buffer.alloc(1_000_000));
  for (let turn = 0; turn < 100; turn += 1) await new Promise(setImmediate);
  raw.resume();
  for (let turn = 0; turn < 100; turn += 1) await new Promise(setImmediate);
  expect(received).toBe(65_536);
});

it('lets the socket tell its end', async () => {
  const { raw, visitor } = await connectBoth();
  const received: string[] = [];
  receiveFrom(raw, receiverInto(received));
  visitor.end('last');
  await once(raw, 'end');
  expect(received.join('')).toBe('last');
});

it('drops what comes when it is not wanted any more, and still tells the end', async () => {
  const { raw, visitor } = await connectBoth();
  const received: string[] = [];
  receiveFrom(raw, receiverInto(received));
  discardInput(raw);
  visitor.end('unwanted');
  await once(raw, 'end');
  expect(received).toEqual([]);
});

it('gives out what was read before it was asked', async () => {
  const { raw, visitor } = await connectBoth();
  visitor.write('early');
  while (raw.readableLength === 0) await new Promise(setImmediate);
  const received: string[] = [];
  receiveFrom(raw, receiverInto(received));
  visitor.write(' bird');
  await arrives('early bird', received);
});

it('serves any stream that is no socket', async () => {
  const stream = new Duplex({ read() {} });
  const [first, second]: [string[], string[]] = [[], []];
  receiveFrom(stream as Socket, receiverInto(first));
  stream.push('first');
  await arrives('first', first);
  receiveFrom(stream as Socket, receiverInto(second));
  stream.push('second');
  await arrives('second', second);
  expect(first.join('')).toBe('first');
});
