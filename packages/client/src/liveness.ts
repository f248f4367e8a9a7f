/** When a silent key server is pinged, and when it is given up. In milliseconds. */
export interface LivenessOptions {
  /** The silence after which it is pinged; 0 for never. */
  readonly pingInterval: number;
  /** How long it may stay silent after a ping. */
  readonly pingTimeout: number;
  /** Sends a ping. */
  readonly ping: () => void;
  /** It has stayed silent. */
  readonly onDead: () => void;
}

/**
 * Watches whether the other end of a channel is still there. A pong may be late as long as anything else comes: a server
 * that has much to do is not dead.
 */
export class Liveness {
  readonly #options: LivenessOptions;
  readonly #idleTimer: NodeJS.Timeout | undefined;
  #pongTimer: NodeJS.Timeout | undefined;
  #pingedAt = 0;
  #lastHeard = performance.now();
  #silent = true;

  constructor(options: LivenessOptions) {
    this.#options = options;
    if (options.pingInterval > 0)
      this.#idleTimer = setInterval(this.#onIdleTimer, options.pingInterval).unref();
  }

  /** When anything came last, on the clock of `performance.now()`; at first, when the watch began. */
  get lastHeard(): number {
    return this.#lastHeard;
  }

  /** Something came, be it a pong. */
  heard(): void {
    this.#lastHeard = performance.now();
    this.#silent = false;
  }

  /** Sends a ping unless the pong to one is due. */
  ping(): void {
    if (this.#pongTimer !== undefined) return;
    this.#pingedAt = performance.now();
    this.#awaitPong();
    this.#options.ping();
  }

  /** The pong has come. */
  pong(): void {
    clearTimeout(this.#pongTimer);
    this.#pongTimer = undefined;
  }

  stop(): void {
    clearInterval(this.#idleTimer);
    clearTimeout(this.#pongTimer);
  }

  readonly #onIdleTimer = (): void => {
    afterReading(() => {
      if (this.#silent) this.ping();
      this.#silent = true;
    });
  };

  #awaitPong(): void {
    const look = (): void => {
      if (this.#pongTimer === undefined) return;
      if (this.#lastHeard > this.#pingedAt) {
        this.#pingedAt = this.#lastHeard;
        this.#awaitPong();
      } else {
        this.#options.onDead();
      }
    };
    this.#pongTimer = setTimeout(() => afterReading(look), this.#options.pingTimeout).unref();
  }
}

/** Not the server is to blame when this process was busy: looks only after what has arrived was read. */
export function afterReading(look: () => void): void {
  setImmediate(look);
}
