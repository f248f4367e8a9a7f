import { once } from 'node:events';
import { connect, type ConnectionOptions, type TLSSocket } from 'node:tls';

// Frames of Keyless SSL v1 made and read by hand, from docs/protocol/kssl1.md alone: what the codec believes must not
// be what it is tested against.

/** An item: its tag and its value. */
export type Item = readonly [tag: number, value: Uint8Array];

/** An answer: its id, its opcode, its payload and how many bytes its frame has in all. */
export interface Answer {
  readonly id: number;
  readonly opcode: number;
  readonly payload: Buffer;
  readonly frameLength: number;
}

/** What of a frame is not the usual. */
export interface FrameOptions {
  readonly id?: number;
  readonly majorVersion?: number;
  readonly minorVersion?: number;
}

export function frame(items: readonly Item[], options?: FrameOptions): Buffer {
  return frameOfBody(Buffer.concat(items.map(encodeItem)), options);
}

export function frameOfBody(
  body: Uint8Array,
  { id = 1, majorVersion = 1, minorVersion = 0 }: FrameOptions = {},
): Buffer {
  const header = Buffer.of(majorVersion, minorVersion, 0, 0, 0, 0, 0, 0);
  header.writeUInt16BE(body.length, 2);
  header.writeUInt32BE(id, 4);
  return Buffer.concat([header, body]);
}

export function encodeItem([tag, value]: Item): Buffer {
  const header = Buffer.of(tag, 0, 0);
  header.writeUInt16BE(value.length, 1);
  return Buffer.concat([header, value]);
}

/** Requesters may close their sending side and read on. Node's types do not know of it. */
const HALF_OPEN = { allowHalfOpen: true };

/** A connection that sends whatever bytes it is told to, and takes the answers apart. */
export class RawConnection {
  readonly socket: TLSSocket;
  readonly answers: Answer[] = [];
  #received = Buffer.alloc(0);

  constructor(socket: TLSSocket) {
    this.socket = socket;
    socket.on('data', (chunk: Buffer) => this.#onData(chunk));
    socket.on('error', () => {});
  }

  static async open(options: ConnectionOptions): Promise<RawConnection> {
    const connection = new RawConnection(connect({ ...HALF_OPEN, ...options }));
    await once(connection.socket, 'secureConnect');
    return connection;
  }

  /** Sends bytes and waits for as many answers more. */
  async exchange(bytes: Uint8Array, count = 1): Promise<readonly Answer[]> {
    const before = this.answers.length;
    this.socket.write(bytes);
    await this.#until(() => this.answers.length >= before + count);
    return this.answers.slice(before);
  }

  /** Sends a frame of these items and waits for its answer. */
  async ask(...items: readonly Item[]): Promise<Answer> {
    const [answer] = await this.exchange(frame(items));
    return answer!;
  }

  /** Waits until the other side has closed. */
  async closed(): Promise<void> {
    await this.#until(() => this.socket.readableEnded || this.socket.destroyed);
  }

  async #until(condition: () => boolean): Promise<void> {
    while (!condition()) {
      if (this.socket.destroyed)
        throw new Error(`the connection has ended after ${this.answers.length} answers`);
      await new Promise<void>((resolve) => {
        const events = ['answer', 'end', 'close'];
        const onEvent = () => {
          for (const event of events) this.socket.off(event, onEvent);
          resolve();
        };
        for (const event of events) this.socket.on(event, onEvent);
      });
    }
  }

  #onData(chunk: Buffer): void {
    this.#received = Buffer.concat([this.#received, chunk]);
    for (;;) {
      const bodyLength = this.#received.length < 8 ? Number.NaN : this.#received.readUInt16BE(2);
      if (!(this.#received.length >= 8 + bodyLength)) return;
      this.answers.push(parseAnswer(this.#received.subarray(0, 8 + bodyLength)));
      this.#received = this.#received.subarray(8 + bodyLength);
      this.socket.emit('answer');
    }
  }
}

function parseAnswer(bytes: Buffer): Answer {
  if (bytes[0] !== 1) throw new Error(`an answer of version ${bytes[0]}`);
  const items = new Map<number, Buffer>();
  for (let offset = 8; offset < bytes.length;) {
    const end = offset + 3 + bytes.readUInt16BE(offset + 1);
    if (end > bytes.length) throw new Error('an item of an answer runs past its body');
    items.set(bytes[offset]!, bytes.subarray(offset + 3, end));
    offset = end;
  }
  const padding = items.get(0x20);
  if (padding?.some((byte) => byte !== 0) === true) throw new Error('the padding of an answer is not zeros');
  return {
    id: bytes.readUInt32BE(4),
    opcode: items.get(0x11)![0]!,
    payload: Buffer.from(items.get(0x12) ?? []),
    frameLength: bytes.length,
  };
}
