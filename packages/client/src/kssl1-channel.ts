import type { Duplex } from 'node:stream';
import {
  type AnswerDecoding,
  decodeAnswer,
  encodeRequest,
  FrameDecoder,
  keyServiceErrorOf,
} from '@latchkey/codec/kssl1';
import type { Attempt, Channel, ChannelProgress } from './channel.js';
import { BreakOffError } from './failure.js';
import { toKssl1Request } from './kssl1-request.js';
import { Liveness } from './liveness.js';
import { RequestIds } from './request-ids.js';

export interface Kssl1ChannelOptions {
  /** Requests in flight. */
  readonly maximumInFlight: number;
  /** Milliseconds of silence after which the key server is pinged; 0 for never. */
  readonly pingInterval: number;
  /** Milliseconds that it may stay silent after a ping. */
  readonly pingTimeout: number;
  /** The id of the first request. Default 0. */
  readonly firstId?: number;
  readonly onProgress: ChannelProgress;
}

/** A request that the key server owes an answer. */
interface Owed {
  /** Undefined for a ping of the channel's own. */
  readonly attempt: Attempt | undefined;
  readonly sentAt: number;
  cancelled: boolean;
}

/** A connection on which Keyless SSL v1 is spoken: many requests in flight, answers in any order. */
export class Kssl1Channel implements Channel {
  readonly #socket: Duplex;
  readonly #maximumInFlight: number;
  readonly #onProgress: ChannelProgress;
  readonly #decoder: FrameDecoder;
  readonly #liveness: Liveness;
  /** By id, the oldest first. */
  readonly #owed = new Map<number, Owed>();
  readonly #ids: RequestIds;
  #pings = 0;
  #cancelled = 0;
  #answered = false;
  #corked = false;

  /** @param socket after its handshake; errors and its end are the caller's to watch */
  constructor(socket: Duplex, options: Kssl1ChannelOptions) {
    this.#socket = socket;
    this.#maximumInFlight = options.maximumInFlight;
    this.#onProgress = options.onProgress;
    this.#ids = new RequestIds(this.#owed, options.firstId ?? 0);
    this.#decoder = new FrameDecoder({
      onFrame: (id, bytes, start, end) => this.#onFrame(id, decodeAnswer(bytes, start, end)),
      onVersionMismatch: (_id, version) =>
        this.#breakOff(
          'protocol',
          `answered in something that is not Keyless SSL v1 (version byte ${version})`,
        ),
    });
    this.#liveness = new Liveness({
      pingInterval: options.pingInterval,
      pingTimeout: options.pingTimeout,
      ping: () => this.#sendPing(),
      onDead: () => this.#breakOff('timeout', 'has fallen silent'),
    });
    socket.on('data', (chunk: Buffer) => {
      this.#liveness.heard();
      this.#decoder.push(chunk);
    });
    socket.on('drain', this.#onProgress);
    // The first answer shows that the server has accepted our certificate and that it speaks the protocol.
    this.ping();
  }

  get inFlight(): number {
    return this.#owed.size - this.#pings;
  }

  get hasCapacity(): boolean {
    return (
      this.inFlight < this.#maximumInFlight &&
      this.#socket.writable &&
      this.#socket.writableLength < MAXIMUM_UNSENT_LENGTH
    );
  }

  get answered(): boolean {
    return this.#answered;
  }

  silence(now: number): number {
    for (const { sentAt } of this.#owed.values()) return now - Math.max(sentAt, this.#liveness.lastHeard);
    return 0;
  }

  send(attempt: Attempt): number {
    const id = this.#ids.take();
    const frame = encodeRequest(id, toKssl1Request(attempt.request));
    this.#owed.set(id, { attempt, sentAt: performance.now(), cancelled: false });
    this.#write(frame);
    return id;
  }

  cancel(id: number): void {
    const owed = this.#owed.get(id);
    if (owed === undefined || owed.cancelled) return;
    owed.cancelled = true;
    this.#cancelled += 1;
    // The server still owes their answers, and so their ids stay taken; where it owes nothing else, it is no use.
    if (this.#cancelled === this.#maximumInFlight) this.#breakOff('timeout', 'leaves requests unanswered');
  }

  ping(): void {
    this.#liveness.ping();
  }

  abandon(): Attempt[] {
    this.#liveness.stop();
    const unanswered: Attempt[] = [];
    for (const { attempt, cancelled } of this.#owed.values()) {
      if (attempt !== undefined && !cancelled) unanswered.push(attempt);
    }
    this.#owed.clear();
    this.#pings = 0;
    return unanswered;
  }

  #onFrame(id: number, answer: AnswerDecoding): void {
    // After the channel was broken off there may be more frames in the chunk.
    if (this.#socket.destroyed) return;
    if (answer.kind === 'malformed') {
      this.#breakOff('protocol', `sent an answer that is malformed (${answer.reason})`);
      return;
    }
    this.#answered = true;
    const owed = this.#owed.get(id);
    // An id that nobody asked with.
    if (owed === undefined) return;
    this.#owed.delete(id);
    if (owed.cancelled) this.#cancelled -= 1;
    const { attempt } = owed;
    if (attempt === undefined) {
      this.#pings -= 1;
      this.#liveness.pong();
    } else if (answer.kind === 'error') {
      attempt.fail(keyServiceErrorOf(answer.code));
    } else {
      attempt.succeed(takeOut(answer.payload));
    }
    this.#onProgress();
  }

  #sendPing(): void {
    const id = this.#ids.take();
    this.#pings += 1;
    this.#owed.set(id, { attempt: undefined, sentAt: performance.now(), cancelled: false });
    this.#write(encodeRequest(id, { key: {}, operation: { type: 'ping', payload: NOTHING } }));
  }

  /** All that is written in a turn of the event loop goes out in one write, and so in as few TLS records as can be. */
  #write(frame: Uint8Array): void {
    if (!this.#corked) {
      this.#corked = true;
      this.#socket.cork();
      setImmediate(() => {
        this.#corked = false;
        this.#socket.uncork();
      });
    }
    this.#socket.write(frame);
  }

  #breakOff(reason: BreakOffError['reason'], message: string): void {
    this.#socket.destroy(new BreakOffError(reason, message));
  }
}

const NOTHING = new Uint8Array(0);

/** Bytes that the server may leave unread before it gets no further operation: the bound against one that never reads. */
const MAXIMUM_UNSENT_LENGTH = 1_048_576;

/** Copies a payload, which may be a decrypted secret, out of the chunk that it came in and leaves nothing behind. */
function takeOut(payload: Uint8Array): Uint8Array {
  const copy = new Uint8Array(payload);
  payload.fill(0);
  return copy;
}
