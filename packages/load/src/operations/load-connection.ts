import { once } from 'node:events';
import type { OnReadOpts } from 'node:net';
import { connect, type ConnectionOptions, type TLSSocket } from 'node:tls';
import type { Answers } from './answers.js';
import { BenchmarkError } from '../benchmark-error.js';
import type { Requests } from './requests.js';
import type { AnswerTaker, Wire } from './wire.js';

/** Where the key server is and what a client needs to be let in. */
export type ChannelOptions = Pick<ConnectionOptions, 'host' | 'port' | 'ca' | 'cert' | 'key'>;

/** What a connection sends and where its answers go. */
export interface Load {
  readonly requests: Requests;
  /** Every request in a TLS record of its own, or as many in one as fit: 16 frames of 1024 bytes. */
  readonly records: 'one_request' | 'shared';
  readonly answers: Answers;
}

/**
 * A connection that sends prepared requests as fast as it is told to.
 *
 * A request is only sent again once it has been answered: its place among the prepared ones is its id.
 */
export class LoadConnection {
  /** Called after the answers of one read have been taken. */
  onRead: () => void = () => {};
  /** Bytes within TLS, in each direction. */
  bytesSent = 0;
  bytesReceived = 0;
  /** Rejects when the connection ends before it is {@link close}d. */
  readonly broken: Promise<never>;
  readonly #socket: TLSSocket;
  readonly #requests: Requests;
  readonly #answers: Answers;
  readonly #scanner: ReturnType<Wire['scanner']>;
  /** When the request of each id was due; 0: it is not under way. */
  readonly #dueAt: Float64Array;
  #next = 0;
  #firstUnwritten = 0;
  #inFlight = 0;
  #readAt = 0;
  #failure: BenchmarkError | undefined;

  /** Connects and waits until the handshake is done. */
  static async open(channel: ChannelOptions, load: Load): Promise<LoadConnection> {
    const connection = new LoadConnection(channel, load);
    await Promise.race([once(connection.#socket, 'secureConnect'), connection.broken]);
    return connection;
  }

  private constructor(channel: ChannelOptions, { requests, records, answers }: Load) {
    const { alpnProtocols } = requests.wire;
    this.#requests = requests;
    this.#scanner = requests.wire.scanner(this.#takeAnswer);
    this.#answers = answers;
    this.#dueAt = new Float64Array(requests.count);
    // One buffer for all reads: a new one for each would cost more than what is done with its bytes.
    const onread: OnReadOpts = {
      buffer: Buffer.allocUnsafe(READ_LENGTH),
      callback: (length, buffer) => this.#read((buffer as Buffer).subarray(0, length)),
    };
    const options: ConnectionOptions & { readonly onread: OnReadOpts } = {
      ...channel,
      ...(alpnProtocols.length > 0 && { ALPNProtocols: [...alpnProtocols] }),
      onread,
    };
    this.#socket = connect(options);
    this.#socket.setNoDelay(true);
    // All frames are of this length, so each write of many is cut into records that hold one.
    if (records === 'one_request') this.#socket.setMaxSendFragment(requests.length);
    this.broken = new Promise((_resolve, reject) => {
      const fail = (reason: string, cause?: Error) => {
        this.#failure ??= new BenchmarkError(reason, { cause });
        reject(this.#failure);
      };
      this.#socket.once('error', (error) => fail(`the connection broke: ${error.message}`, error));
      this.#socket.once('close', () => fail('the key server closed the connection'));
    });
    // Whoever waits for it hears of it; once nobody does, it does not matter.
    this.broken.catch(() => {});
  }

  /** Requests that are not answered yet. */
  get inFlight(): number {
    return this.#inFlight;
  }

  /** The TLS version and cipher suite of the channel, and what is spoken over it where that was agreed upon (ALPN). */
  get protocol(): string {
    const { alpnProtocol } = this.#socket;
    const spoken = typeof alpnProtocol === 'string' ? ` ${alpnProtocol}` : '';
    return `${this.#socket.getProtocol()} ${this.#socket.getCipher().standardName}${spoken}`;
  }

  /**
   * Puts the next request into the next {@link flush}.
   *
   * @param dueAt from when on its latency counts, in the milliseconds of `performance.now()`
   * @returns false, and nothing else, when its turn to be sent again comes before its last answer
   */
  enqueue(dueAt: number): boolean {
    if (this.#dueAt[this.#next] !== 0) return false;
    this.#dueAt[this.#next] = dueAt;
    this.#inFlight += 1;
    this.#next += 1;
    if (this.#next === this.#requests.count) {
      this.flush();
      this.#next = 0;
      this.#firstUnwritten = 0;
    }
    return true;
  }

  /** Sends what is enqueued, in one write. */
  flush(): void {
    if (this.#next === this.#firstUnwritten) return;
    const { frames, length, wire } = this.#requests;
    const unwritten = frames.subarray(this.#firstUnwritten * length, this.#next * length);
    const bytes = wire.frame(unwritten, length);
    this.bytesSent += bytes.length;
    this.#socket.write(bytes);
    this.#firstUnwritten = this.#next;
  }

  /** For loops, which nothing else would end: throws when the connection has ended. */
  requireOpen(): void {
    if (this.#failure !== undefined) throw this.#failure;
  }

  close(): void {
    this.#socket.destroy();
  }

  #read(chunk: Buffer): boolean {
    this.#readAt = performance.now();
    this.bytesReceived += chunk.length;
    this.#scanner.push(chunk);
    this.onRead();
    return true;
  }

  readonly #takeAnswer: AnswerTaker = (id, bytes, start, end) => {
    const dueAt = this.#dueAt[id] ?? 0;
    if (dueAt === 0) {
      this.#socket.destroy(new Error(`it answered ${id}, which nobody asked`));
      return;
    }
    this.#dueAt[id] = 0;
    this.#inFlight -= 1;
    this.#answers.take(id, dueAt, this.#readAt, bytes, start, end);
  };
}

/** As much as libuv takes from a socket in one go. */
const READ_LENGTH = 64 * 1024;
