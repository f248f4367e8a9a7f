import type { Duplex } from 'node:stream';
import { Transfer } from './transfer.js';

/** Two connections that speak a protocol which is none of the edge's business, such as WebSocket. */
export class Tunnel {
  readonly #visitor: Duplex;
  readonly #origin: Duplex;
  readonly #fromVisitor: Transfer;
  readonly #fromOrigin: Transfer;
  readonly #onEnd: () => void;
  #isOver = false;

  /** @param onEnd is called once, when both connections are closed or about to be */
  constructor(visitor: Duplex, origin: Duplex, onEnd: () => void) {
    this.#visitor = visitor;
    this.#origin = origin;
    this.#onEnd = onEnd;
    for (const [one, other] of [
      [visitor, origin],
      [origin, visitor],
    ] as const) {
      one.on('error', () => this.destroy());
      one.on('close', () => this.#onClose(other));
    }
    this.#fromVisitor = carry(visitor, origin);
    this.#fromOrigin = carry(origin, visitor);
  }

  get bytesReceived(): number {
    return this.#fromVisitor.bytes;
  }

  get bytesSent(): number {
    return this.#fromOrigin.bytes;
  }

  /** Cuts both connections. Idempotent. */
  destroy(): void {
    this.#visitor.destroy();
    this.#origin.destroy();
    this.#end();
  }

  /** One has closed: the other gets what it is owed, and then nothing more can come. */
  #onClose(other: Duplex): void {
    if (!other.writableEnded) other.end();
    if (other.writableFinished) other.destroy();
    else other.once('finish', () => other.destroy());
    this.#end();
  }

  #end(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#onEnd();
  }
}

function carry(from: Duplex, to: Duplex): Transfer {
  return new Transfer(from, to, {
    onProgress: () => {},
    onEnd: () => {
      if (to.writable) to.end();
    },
  });
}
