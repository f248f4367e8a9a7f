import type { Readable } from 'node:stream';

/** What a {@link Transfer} writes to: a stream, or what Node has in the place of one. */
interface Sink {
  write(chunk: Uint8Array): boolean;
  on(event: 'drain', listener: () => void): unknown;
  off(event: 'drain', listener: () => void): unknown;
}

/** Whom a {@link Transfer} tells how it goes. */
export interface TransferListener {
  /** Something has moved. */
  onProgress(): void;
  /** All that there was has been written. */
  onEnd(): void;
}

/** Carries bytes from a source to a sink, no faster than the sink takes them. Ends neither of them. */
export class Transfer {
  readonly #source: Readable;
  readonly #sink: Sink;
  readonly #listener: TransferListener;
  #bytes = 0;
  #isBlocked = false;
  #isOver = false;

  constructor(source: Readable, sink: Sink, listener: TransferListener) {
    this.#source = source;
    this.#sink = sink;
    this.#listener = listener;
    sink.on('drain', this.#onDrain);
    source.on('end', this.#onEnd);
    source.on('data', this.#onData);
  }

  /** Bytes carried so far. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Whether it waits for the sink. */
  get isBlocked(): boolean {
    return this.#isBlocked;
  }

  /** Whether it has come to its end, or was stopped. */
  get isOver(): boolean {
    return this.#isOver;
  }

  /** Leaves the source and the sink alone from now on; what else the source gives is lost. */
  stop(): void {
    this.#leave();
    this.#source.resume();
  }

  readonly #onData = (chunk: Uint8Array): void => {
    this.#bytes += chunk.length;
    if (!this.#sink.write(chunk)) {
      this.#isBlocked = true;
      this.#source.pause();
    }
    this.#listener.onProgress();
  };

  readonly #onDrain = (): void => {
    if (!this.#isBlocked) return;
    this.#isBlocked = false;
    this.#listener.onProgress();
    this.#source.resume();
  };

  readonly #onEnd = (): void => {
    this.#leave();
    this.#listener.onEnd();
  };

  #leave(): void {
    this.#isOver = true;
    this.#isBlocked = false;
    this.#source.off('data', this.#onData);
    this.#source.off('end', this.#onEnd);
    this.#sink.off('drain', this.#onDrain);
  }
}
