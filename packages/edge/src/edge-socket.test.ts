import { once } from 'node:events';
import { createServer } from 'node:net';
import { Duplex } from 'node:stream';
import { TlsFlag } from '@latchkey/native';
import { beforeEach, expect, it } from 'vitest';
import { EdgeSocket, type EdgeSocketOptions } from './edge-socket.js';

/** A connection whose ciphertext is the plaintext. */
class FakeConnection {
  alpnProtocol: string | undefined = undefined;
  input: Buffer[] = [];
  output: Buffer[] = [];
  written: number[] = [];
  ended = false;
  aborted = false;
  failed = false;

  /** What TLS itself says to each piece that it receives. */
  reply: Buffer | undefined = undefined;

  /** Nothing is ever sent past the raw socket. */
  readonly bytesSent = 0;

  receiveInto(bytes: Buffer, length: number, into: Buffer): number {
    this.input.push(bytes.subarray(0, length));
    if (this.reply !== undefined) this.output.push(this.reply);
    return (take(this.input, into) << 6) | this.flags();
  }

  receiveEnd(): number {
    return this.flags() | TlsFlag.END;
  }

  takeOutputInto(into: Buffer): number {
    return take(this.output, into);
  }

  takePlaintextInto(into: Buffer): number {
    return take(this.input, into);
  }

  write(bytes: Buffer): number {
    this.written.push(bytes.length);
    this.output.push(Buffer.from(bytes));
    return this.flags();
  }

  end(): number {
    this.ended = true;
    return this.flags();
  }

  abort(): void {
    this.aborted = true;
  }

  get error(): { reason: string } | undefined {
    return this.failed ? { reason: 'bad record mac' } : undefined;
  }

  info(): object {
    return {
      protocol: 'TLSv1.3',
      cipher: 'TLS_AES_128_GCM_SHA256',
      resumed: true,
      alpnProtocol: this.alpnProtocol,
      serverName: 'www.example.com',
    };
  }

  private flags(): number {
    return (
      TlsFlag.ESTABLISHED |
      (this.output.length > 0 ? TlsFlag.OUTPUT : 0) |
      (this.input.length > 0 ? TlsFlag.PLAINTEXT : 0) |
      (this.failed ? TlsFlag.ERROR : 0)
    );
  }
}

function take(queue: Buffer[], into: Buffer): number {
  const all = Buffer.concat(queue.splice(0));
  const taken = all.copy(into);
  if (taken < all.length) queue.push(all.subarray(taken));
  return taken;
}

/** A raw socket whose visitor reads only when told to. */
class FakeRaw extends Duplex {
  sent: Buffer[] = [];
  /** What goes on once the visitor has read. */
  visitorReads: (() => void)[] = [];
  timeouts: number[] = [];
  readonly remoteAddress = '192.0.2.1';

  constructor() {
    super({ allowHalfOpen: true, highWaterMark: 16_384 });
  }

  override _read(): void {}

  override _write(chunk: Buffer, _encoding: BufferEncoding, callback: () => void): void {
    this.sent.push(chunk);
    this.visitorReads.push(callback);
  }

  setTimeout(milliseconds: number): this {
    this.timeouts.push(milliseconds);
    return this;
  }
}

let raw: FakeRaw;
let connection: FakeConnection;

beforeEach(() => {
  raw = new FakeRaw();
  connection = new FakeConnection();
});

interface SocketChoices {
  readonly flags?: number;
  readonly allowHalfOpen?: boolean;
}

function makeSocket({ flags = TlsFlag.ESTABLISHED, allowHalfOpen = true }: SocketChoices = {}): EdgeSocket {
  const info = connection.info();
  const options: object = { raw, connection, flags, info, server: createServer(), allowHalfOpen };
  return new EdgeSocket(options as EdgeSocketOptions);
}

async function visitorReadsAll(): Promise<void> {
  do {
    for (const callback of raw.visitorReads.splice(0)) callback();
    await new Promise((resolve) => setImmediate(resolve));
  } while (raw.visitorReads.length > 0);
}

it('says what Node’s tls sockets say', () => {
  const socket = makeSocket();
  expect(socket).toMatchObject({
    encrypted: true,
    authorized: false,
    alpnProtocol: false,
    servername: 'www.example.com',
    remoteAddress: '192.0.2.1',
  });
  expect(socket.getProtocol()).toBe('TLSv1.3');
  expect(socket.getCipher()).toMatchObject({ standardName: 'TLS_AES_128_GCM_SHA256', version: 'TLSv1.3' });
  expect(socket.getPeerCertificate()).toEqual({});
  expect(socket.isSessionReused()).toBe(true);
});

it('gives out what came together with the end of the handshake', async () => {
  connection.input.push(Buffer.from('early bird'));
  const socket = makeSocket({ flags: TlsFlag.ESTABLISHED | TlsFlag.PLAINTEXT });
  expect(await once(socket, 'data')).toEqual([Buffer.from('early bird')]);
});

it('stops reading from the visitor when nobody reads from it, and goes on when somebody does', () => {
  const socket = makeSocket();
  raw.push(Buffer.alloc(8));
  raw.read(0);
  while (!raw.isPaused()) raw.emit('data', Buffer.alloc(16_384));
  const held = socket.readableLength;
  expect(held).toBeGreaterThan(0);
  socket.read();
  expect(raw.isPaused()).toBe(false);
});

it('keeps what comes while its reader pauses, and gives it in order', async () => {
  const socket = makeSocket();
  const read: string[] = [];
  socket.on('data', (chunk: Buffer) => read.push(String(chunk)));
  await new Promise(setImmediate);
  raw.emit('data', Buffer.from('one'));
  socket.pause();
  raw.emit('data', Buffer.from('two'));
  raw.emit('data', Buffer.from('three'));
  expect(read).toEqual(['one']);
  socket.resume();
  await new Promise(setImmediate);
  raw.emit('data', Buffer.from('four'));
  expect(read.join(' ')).toBe('one two three four');
});

it('gives text to a reader who asks for it, characters whole', async () => {
  const socket = makeSocket();
  const read: string[] = [];
  socket.setEncoding('utf8').on('data', (text: string) => read.push(text));
  await new Promise(setImmediate);
  for (const byte of Buffer.from('é€')) raw.emit('data', Buffer.of(byte));
  expect(read).toEqual(['é', '€']);
});

it('stops reading from a visitor who makes TLS answer and never takes the answers', async () => {
  const socket = makeSocket();
  socket.resume();
  connection.reply = Buffer.alloc(1000);
  raw.push('x');
  raw.read(0);
  while (!raw.isPaused()) raw.emit('data', Buffer.from('x'));
  expect(raw.writableLength).toBeLessThan(20_000);
  await visitorReadsAll();
  expect(raw.isPaused()).toBe(false);
});

it('encrypts a large write a few pieces at a time, as the visitor takes them', async () => {
  const socket = makeSocket();
  let isWritten = false;
  socket.write(Buffer.alloc(300_000), () => (isWritten = true));
  expect(connection.written).toEqual([65_536, 65_536, 65_536, 65_536]);
  expect(isWritten).toBe(false);
  await visitorReadsAll();
  expect(connection.written).toEqual([65_536, 65_536, 65_536, 65_536, 37_856]);
  expect(isWritten).toBe(true);
});

it('has not written what the visitor has not taken, even if all of it is encrypted', async () => {
  const socket = makeSocket();
  let isWritten = false;
  socket.write(Buffer.alloc(200_000), () => (isWritten = true));
  expect(Buffer.concat(connection.output)).toEqual(Buffer.alloc(0));
  expect(isWritten).toBe(false);
  await visitorReadsAll();
  expect(Buffer.concat(raw.sent)).toEqual(Buffer.alloc(200_000));
  expect(isWritten).toBe(true);
});

it('gives chunks that it overwrites only to who has said that they copy them', async () => {
  const socket = makeSocket();
  const kept: Buffer[] = [];
  socket.on('data', (chunk: Buffer) => kept.push(chunk));
  await new Promise(setImmediate);
  raw.emit('data', Buffer.from('one'));
  socket.lendInput();
  raw.emit('data', Buffer.from('two'));
  raw.emit('data', Buffer.from('six'));
  expect(kept.map(String)).toEqual(['one', 'six', 'six']);
});

it('keeps what it holds for a reader who pauses, even if it lends', async () => {
  const socket = makeSocket();
  socket.lendInput();
  const read: string[] = [];
  socket.on('data', (chunk: Buffer) => read.push(String(chunk)));
  await new Promise(setImmediate);
  socket.pause();
  raw.emit('data', Buffer.from('one'));
  raw.emit('data', Buffer.from('two'));
  socket.resume();
  await new Promise(setImmediate);
  expect(read.join(' ')).toBe('one two');
});

it('gives what is more than its memory holds', async () => {
  const socket = makeSocket();
  const read: Buffer[] = [];
  socket.on('data', (chunk: Buffer) => read.push(chunk));
  await new Promise(setImmediate);
  const long = Buffer.alloc(70_000, 'x');
  raw.emit('data', long);
  expect(Buffer.concat(read)).toEqual(long);
});

it('encrypts what was written together in one piece', async () => {
  const socket = makeSocket();
  socket.cork();
  socket.write('headers');
  socket.write('body');
  socket.uncork();
  await visitorReadsAll();
  expect(connection.written).toEqual([11]);
});

it('sends little of what is written in one go in one piece', async () => {
  const socket = makeSocket();
  socket.write('one');
  socket.write('two');
  expect(raw.sent).toEqual([]);
  await visitorReadsAll();
  expect(raw.sent.map(String)).toEqual(['onetwo']);
});

it('sends what is answered to what has come before anything else is done', async () => {
  const socket = makeSocket();
  socket.on('data', () => {
    socket.write('head ', 'latin1');
    socket.write('body');
  });
  await new Promise(setImmediate);
  raw.emit('data', Buffer.from('request'));
  raw.emit('data', Buffer.from('request'));
  expect(connection.output).toEqual([]);
});

it('goes on sending after a listener has thrown', async () => {
  const socket = makeSocket();
  socket.on('data', () => {
    throw new Error('not here');
  });
  await new Promise(setImmediate);
  expect(() => raw.emit('data', Buffer.from('request'))).toThrow('not here');
  socket.write('answer');
  await new Promise(setImmediate);
  expect(connection.output).toEqual([]);
});

it.each([
  ['short', 10],
  ['longer than a piece', 100_000],
])('joins strings in any encoding with bytes: %s', async (_, length) => {
  const socket = makeSocket();
  const written: Buffer[] = [];
  connection.write = (bytes: Buffer) => {
    written.push(Buffer.from(bytes));
    return 0;
  };
  socket.cork();
  socket.write('é'.repeat(length), 'latin1');
  socket.write('é€😀'.repeat(length), 'utf8');
  socket.write('00ff'.repeat(length), 'hex');
  socket.write(Buffer.alloc(length, 1));
  socket.uncork();
  await new Promise(setImmediate);
  const expected = Buffer.concat([
    Buffer.from('é'.repeat(length), 'latin1'),
    Buffer.from('é€😀'.repeat(length)),
    Buffer.from('00ff'.repeat(length), 'hex'),
    Buffer.alloc(length, 1),
  ]);
  // Not toEqual, which takes seconds for so many bytes.
  expect(Buffer.concat(written).equals(expected)).toBe(true);
});

it('sends before it is destroyed what was written', () => {
  const socket = makeSocket();
  socket.write('last');
  socket.destroy();
  expect(raw.sent.map(String)).toEqual(['last']);
});

it('tells a writer who never waits for a turn of the event loop when to stop', () => {
  const socket = makeSocket();
  let written = 0;
  while (socket.write(Buffer.alloc(1000))) written += 1000;
  expect(written).toBeLessThan(100_000);
});

it('ends TLS before it ends the raw socket', async () => {
  const socket = makeSocket();
  socket.end('last');
  await visitorReadsAll();
  expect(Buffer.concat(raw.sent).toString()).toBe('last');
  expect(connection.ended).toBe(true);
  expect(raw.writableEnded).toBe(true);
});

it.each([true, false])(
  'with allowHalfOpen %s, the visitor’s end leaves our side at that',
  async (allowHalfOpen) => {
    const socket = makeSocket({ allowHalfOpen });
    raw.push(null);
    socket.resume();
    await once(socket, 'end');
    await new Promise((resolve) => setImmediate(resolve));
    expect(socket.writableEnded).toBe(!allowHalfOpen);
  },
);

it('closes once both sides have ended', async () => {
  const socket = makeSocket();
  raw.push(null);
  socket.resume();
  socket.end();
  await once(socket, 'close');
  expect(connection.aborted).toBe(true);
  expect(raw.destroyed).toBe(true);
});

it('closes once both sides have ended even if nobody reads', async () => {
  const socket = makeSocket();
  socket.end();
  raw.push(null);
  await once(socket, 'close');
  expect(raw.destroyed).toBe(true);
});

it('breaks with an error when the visitor resets it', async () => {
  const socket = makeSocket();
  raw.destroy(Object.assign(new Error('reset'), { code: 'ECONNRESET' }));
  const [error] = (await once(socket, 'error')) as [Error];
  expect(error).toMatchObject({ code: 'LATCHKEY_CONNECTION_BROKEN', cause: { code: 'ECONNRESET' } });
  expect(connection.aborted).toBe(true);
});

it('breaks with an error when a record cannot be read', async () => {
  const socket = makeSocket();
  connection.failed = true;
  raw.push('garbage');
  const [error] = (await once(socket, 'error')) as [Error];
  expect(error.message).toContain('bad record mac');
  expect(raw.destroyed).toBe(true);
});

it('breaks silently under HTTP/2', async () => {
  connection.alpnProtocol = 'h2';
  const socket = makeSocket();
  const errors: unknown[] = [];
  socket.on('error', (error) => errors.push(error));
  raw.destroy(new Error('reset'));
  await once(socket, 'close');
  expect(errors).toEqual([]);
});

it('tells a writer whose visitor left', async () => {
  const socket = makeSocket();
  socket.on('error', () => {});
  const written = new Promise((resolve) => {
    socket.write(Buffer.alloc(200_000), resolve);
  });
  raw.destroy();
  expect(await written).toMatchObject({ code: 'LATCHKEY_CONNECTION_BROKEN' });
});

it('destroySoon sends all that was written first', async () => {
  const socket = makeSocket();
  socket.write(Buffer.alloc(200_000));
  socket.destroySoon();
  expect(socket.destroyed).toBe(false);
  await visitorReadsAll();
  expect(Buffer.concat(raw.sent)).toHaveLength(200_000);
  expect(socket.destroyed).toBe(true);
});

it('adds no listener with every timeout set', () => {
  const socket = makeSocket();
  const before = raw.listenerCount('timeout') + socket.listenerCount('timeout');
  for (let count = 0; count < 100; count += 1) socket.setTimeout(5000);
  expect(raw.timeouts).toHaveLength(100);
  expect(raw.listenerCount('timeout') + socket.listenerCount('timeout')).toBe(before);
});

it('passes the raw socket’s timeout on', () => {
  const socket = makeSocket();
  let timeouts = 0;
  socket.setTimeout(5000, () => (timeouts += 1));
  raw.emit('timeout');
  expect(timeouts).toBe(1);
});
