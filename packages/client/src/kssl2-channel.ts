import type { Duplex } from 'node:stream';
import {
  type Answer,
  type Capabilities,
  type Certificates,
  EdgeField,
  encodeCancel,
  encodeCertificateSubscription,
  encodePing,
  encodeRequest,
  FrameDecoder,
  FrameWriter,
  keyServiceErrorOf,
  type KeyServerFrameHandler,
  MAXIMUM_BATCH_LENGTH,
  readKeyServerFrame,
} from '@latchkey/codec/kssl2';
import type { CertificateNames } from './certificate-names.js';
import {
  CertificateSubscriptions,
  type CertificateSubscriptionsOptions,
} from './certificate-subscriptions.js';
import type { Attempt, Channel, ChannelProgress } from './channel.js';
import { BreakOffError } from './failure.js';
import { Liveness } from './liveness.js';
import { RequestIds } from './request-ids.js';

export interface Kssl2ChannelOptions {
  /** Requests in flight; the key server may take fewer. */
  readonly maximumInFlight: number;
  /** Milliseconds of silence after which the key server is pinged; 0 for never. */
  readonly pingInterval: number;
  /** Milliseconds that it may stay silent after a ping. */
  readonly pingTimeout: number;
  readonly onProgress: ChannelProgress;
  /** The sites whose certificates are wanted. */
  readonly certificateNames: CertificateNames;
  readonly onCertificates: CertificateSubscriptionsOptions['onReceived'];
}

/** A request that the key server owes an answer. */
interface Owed {
  readonly attempt: Attempt;
  readonly sentAt: number;
  cancelled: boolean;
}

/** A connection on which kssl2 is spoken: batches of requests and answers, with deadlines and cancels. */
export class Kssl2Channel implements Channel, KeyServerFrameHandler {
  readonly #socket: Duplex;
  readonly #options: Kssl2ChannelOptions;
  readonly #decoder: FrameDecoder;
  readonly #liveness: Liveness;
  /** By id, the oldest first. */
  readonly #owed = new Map<number, Owed>();
  readonly #ids: RequestIds;
  readonly #certificates: CertificateSubscriptions;
  /** What goes out at the end of this turn of the event loop. */
  readonly #frames = new FrameWriter(MAXIMUM_BATCH_LENGTH);
  #maximumInFlight: number;
  /** The ids of the pings whose pongs are to come, in this order. */
  readonly #pings: number[] = [];
  #pingedAt: number | undefined;
  #answered = false;
  #isGoingAway = false;
  #flushIsDue = false;

  /** @param socket after its handshake; errors and its end are the caller's to watch */
  constructor(socket: Duplex, options: Kssl2ChannelOptions) {
    this.#socket = socket;
    this.#options = options;
    this.#maximumInFlight = options.maximumInFlight;
    this.#ids = new RequestIds(this.#owed, FIRST_ID);
    this.#decoder = new FrameDecoder({
      onFrame: (bytes, start, end) => this.#onFrame(bytes.subarray(start, end)),
      onFrameTooLong: () => this.#breakOff('protocol', 'answered in something that is not kssl2'),
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
    socket.on('drain', options.onProgress);
    // Answered like kssl1's, so that a key server that accepts us and is silent is found out.
    this.ping();
    this.#certificates = new CertificateSubscriptions({
      names: options.certificateNames,
      send: (subscription) =>
        this.#write(EdgeField.CERTIFICATE_SUBSCRIPTIONS, encodeCertificateSubscription(subscription)),
      onReceived: options.onCertificates,
    });
  }

  get inFlight(): number {
    return this.#owed.size;
  }

  get hasCapacity(): boolean {
    return (
      !this.#isGoingAway &&
      this.inFlight < this.#maximumInFlight &&
      this.#socket.writable &&
      this.#socket.writableLength + this.#frames.length < MAXIMUM_UNSENT_LENGTH
    );
  }

  get answered(): boolean {
    return this.#answered;
  }

  silence(now: number): number {
    const [oldest] = this.#owed.values();
    const since = Math.min(oldest?.sentAt ?? Infinity, this.#pingedAt ?? Infinity);
    return since === Infinity ? 0 : now - Math.max(since, this.#liveness.lastHeard);
  }

  send(attempt: Attempt): number {
    const now = performance.now();
    const id = this.#takeId();
    const { operation } = attempt.request;
    if (operation.type === 'ping') {
      this.#write(EdgeField.PING, encodePing(operation.payload));
      this.#pings.push(id);
    } else {
      this.#write(EdgeField.REQUESTS, encodeRequest(id, attempt.request, attempt.deadline - now));
    }
    this.#owed.set(id, { attempt, sentAt: now, cancelled: false });
    return id;
  }

  /** The answer is still owed, and comes early. */
  cancel(id: number): void {
    const owed = this.#owed.get(id);
    if (owed === undefined || owed.cancelled) return;
    owed.cancelled = true;
    if (owed.attempt.request.operation.type === 'ping') return;
    this.#write(EdgeField.CANCELS, encodeCancel(id));
  }

  ping(): void {
    this.#liveness.ping();
  }

  abandon(): Attempt[] {
    this.#liveness.stop();
    this.#certificates.stop();
    const unanswered = [...this.#owed.values()].filter(({ cancelled }) => !cancelled);
    this.#owed.clear();
    this.#pingedAt = undefined;
    return unanswered.map(({ attempt }) => attempt);
  }

  onAnswer(id: number, answer: Answer): void {
    this.#answered = true;
    const owed = this.#owed.get(id);
    // An id that nobody asked with.
    if (owed === undefined) return;
    this.#owed.delete(id);
    if (answer.kind === 'error') owed.attempt.fail(keyServiceErrorOf(answer));
    else owed.attempt.succeed(takeOut(answer.result));
  }

  onCapabilities({ maximumInFlight }: Capabilities): void {
    this.#answered = true;
    this.#maximumInFlight = Math.min(this.#options.maximumInFlight, maximumInFlight);
  }

  onPong(payload: Uint8Array): void {
    const id = this.#pings.shift();
    if (id === undefined) return;
    if (id === OWN_PING) {
      this.#pingedAt = undefined;
      this.#liveness.pong();
    } else {
      this.onAnswer(id, { kind: 'result', result: payload });
    }
  }

  onCertificates(certificates: Certificates): void {
    this.#certificates.receive(certificates);
  }

  onGoingAway(): void {
    this.#isGoingAway = true;
  }

  #onFrame(message: Uint8Array): void {
    // After the channel was broken off there may be more frames in the chunk.
    if (this.#socket.destroyed) return;
    const malformation = readKeyServerFrame(message, this);
    if (malformation === undefined) this.#options.onProgress();
    else this.#breakOff('protocol', `sent an answer that is malformed (${malformation})`);
  }

  /** Ids begin at 1 again when they have all been used: 0 is none. */
  #takeId(): number {
    const id = this.#ids.take();
    return id === 0 ? this.#ids.take() : id;
  }

  #sendPing(): void {
    this.#pingedAt = performance.now();
    this.#pings.push(OWN_PING);
    this.#write(EdgeField.PING, encodePing(NOTHING));
  }

  /** All that is sent in a turn of the event loop goes out in one frame, where one is enough. */
  #write(field: number, message: Uint8Array): void {
    this.#frames.add(field, message);
    if (this.#flushIsDue) return;
    this.#flushIsDue = true;
    setImmediate(() => {
      this.#flushIsDue = false;
      if (this.#socket.writable) this.#socket.write(this.#frames.take());
    });
  }

  #breakOff(reason: BreakOffError['reason'], message: string): void {
    this.#socket.destroy(new BreakOffError(reason, message));
  }
}

const FIRST_ID = 1;
/** In the place of an id: one of the channel's own, for which nobody waits. */
const OWN_PING = 0;
const NOTHING = new Uint8Array(0);

/** Bytes that the server may leave unread before it gets no further operation: the bound against one that never reads. */
const MAXIMUM_UNSENT_LENGTH = 1_048_576;

/** Copies a result, which may be a secret, out of the chunk that it came in and leaves nothing behind. */
function takeOut(result: Uint8Array): Uint8Array {
  const copy = new Uint8Array(result);
  result.fill(0);
  return copy;
}
