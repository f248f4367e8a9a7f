import type { Duplex } from 'node:stream';
import {
  decodeAnswer,
  encodeRequest,
  FrameDecoder,
  keyServiceErrorOf,
  type Frame,
} from '@latchkey/codec/kssl1';
import type { Channel, ChannelProgress } from './channel.js';
import { BreakOffError } from './failure.js';
import { toKssl1Request } from './kssl1-request.js';
import type { PendingOperation } from './pending-operation.js';
import { RequestIds } from './request-ids.js';

export interface Kssl1ChannelOptions {
  /** The key server's name, for messages. */
  readonly server: string;
  /** Requests in flight. */
  readonly maximumInFlight: number;
  /** Milliseconds of silence after which the key server is pinged; 0 for never. */
  readonly pingInterval: number;
  /** The id of the first request. Default 0. */
  readonly firstId?: number;
  readonly onProgress: ChannelProgress;
}

/** A connection on which Keyless SSL v1 is spoken: many requests in flight, answers in any order. */
export class Kssl1Channel implements Channel {
  readonly waitingFor: string;
  readonly #socket: Duplex;
  readonly #maximumInFlight: number;
  readonly #onProgress: ChannelProgress;
  readonly #decoder: FrameDecoder;
  readonly #inFlight = new Map<number, PendingOperation | typeof PING>();
  readonly #ids: RequestIds;
  readonly #pingTimer: NodeJS.Timeout | undefined;
  #givenUp = 0;
  #pinging = false;
  #silent = true;
  #answered = false;
  #corked = false;

  /** @param socket after its handshake; errors and its end are the caller's to watch */
  constructor(socket: Duplex, options: Kssl1ChannelOptions) {
    this.waitingFor = `key server ${options.server} did not answer`;
    this.#socket = socket;
    this.#maximumInFlight = options.maximumInFlight;
    this.#onProgress = options.onProgress;
    this.#ids = new RequestIds(this.#inFlight, options.firstId ?? 0);
    this.#decoder = new FrameDecoder({
      onFrame: (frame) => this.#onFrame(frame),
      onVersionMismatch: (_id, version) =>
        this.#breakOff(
          'protocol',
          `answered in something that is not Keyless SSL v1 (version byte ${version})`,
        ),
    });
    socket.on('data', (chunk: Buffer) => {
      this.#silent = false;
      this.#decoder.push(chunk);
    });
    socket.on('drain', this.#onProgress);
    if (options.pingInterval > 0) {
      // Looks only after what has arrived was read: not the server is to blame when this process was busy.
      const look = (): void => void setImmediate(() => this.#checkAlive());
      this.#pingTimer = setInterval(look, options.pingInterval).unref();
    }
    // The first answer shows that the server has accepted our certificate and that it speaks the protocol.
    this.#ping();
  }

  get inFlight(): number {
    return this.#inFlight.size - (this.#pinging ? 1 : 0);
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

  send(operation: PendingOperation): void {
    const id = this.#ids.take();
    const frame = encodeRequest(id, toKssl1Request(operation.request));
    operation.attempts += 1;
    operation.moveTo(this);
    this.#inFlight.set(id, operation);
    this.#write(frame);
  }

  release(): void {
    this.#givenUp += 1;
    // The server still owes their answers, and so their ids stay taken; where it owes nothing else, it is no use.
    if (this.#givenUp === this.#maximumInFlight) this.#breakOff('timeout', 'leaves requests unanswered');
  }

  abandon(): PendingOperation[] {
    clearInterval(this.#pingTimer);
    const unanswered: PendingOperation[] = [];
    for (const operation of this.#inFlight.values()) {
      if (operation !== PING && !operation.settled) unanswered.push(operation);
    }
    this.#inFlight.clear();
    return unanswered;
  }

  #onFrame({ id, body }: Frame): void {
    // After the channel was broken off there may be more frames in the chunk.
    if (this.#socket.destroyed) return;
    const answer = decodeAnswer(body);
    if (answer.kind === 'malformed') {
      this.#breakOff('protocol', `sent an answer that is malformed (${answer.reason})`);
      return;
    }
    this.#answered = true;
    const operation = this.#inFlight.get(id);
    // An id that nobody asked with.
    if (operation === undefined) return;
    this.#inFlight.delete(id);
    if (operation === PING) {
      this.#pinging = false;
    } else {
      // A late answer to an operation that was given up settles nothing.
      if (operation.settled) this.#givenUp -= 1;
      if (answer.kind === 'error') operation.fail(keyServiceErrorOf(answer.code));
      else operation.succeed(takeOut(answer.payload));
    }
    this.#onProgress();
  }

  #checkAlive(): void {
    if (!this.#silent) {
      this.#silent = true;
    } else if (this.#pinging) {
      this.#breakOff('timeout', 'has fallen silent');
    } else {
      this.#ping();
    }
  }

  #ping(): void {
    const id = this.#ids.take();
    this.#pinging = true;
    this.#inFlight.set(id, PING);
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

const PING = Symbol('ping');
const NOTHING = new Uint8Array(0);

/** Bytes that the server may leave unread before it gets no further operation: the bound against one that never reads. */
const MAXIMUM_UNSENT_LENGTH = 1_048_576;

/** Copies a payload, which may be a decrypted secret, out of the chunk that it came in and leaves nothing behind. */
function takeOut(payload: Uint8Array): Uint8Array {
  const copy = new Uint8Array(payload);
  payload.fill(0);
  return copy;
}
