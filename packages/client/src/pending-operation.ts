import {
  DeadlineExceededError,
  OperationCancelledError,
  type Operation,
  type OperationRequest,
  type PerformOptions,
} from '@latchkey/codec';

/** One sending of a pending operation, as the operation sees it. */
export interface PendingAttempt {
  /** The name of the key server. */
  readonly server: string;
  /** Whether it may still be answered. */
  readonly live: boolean;
  /** Nobody waits for it any more. */
  cancel(): void;
}

/**
 * An operation that somebody waits for. It settles once: with an answer, with a failure, when its deadline passes or
 * when its requester aborts it, whichever is first; then all its attempts that have not been answered are cancelled.
 */
export class PendingOperation {
  readonly request: OperationRequest;
  /** In milliseconds on the clock of `performance.now()`. */
  readonly deadline: number;
  /** Settles with the operation. */
  readonly outcome: Promise<Uint8Array>;
  /** How many connections broke that it was sent over and not answered. */
  interruptions = 0;

  #settled = false;
  readonly #attempts: PendingAttempt[] = [];
  readonly #resolve: (payload: Uint8Array) => void;
  readonly #reject: (error: Error) => void;
  readonly #onGivenUp: (operation: PendingOperation) => void;
  readonly #timer: NodeJS.Timeout;
  readonly #signal: AbortSignal | undefined;

  /** @param onGivenUp told when the deadline has passed or nobody wants the answer any more */
  constructor(
    request: OperationRequest,
    { deadline, signal }: PerformOptions,
    onGivenUp: (operation: PendingOperation) => void,
  ) {
    this.request = request;
    this.deadline = deadline;
    this.#onGivenUp = onGivenUp;
    const { promise, resolve, reject } = withResolvers<Uint8Array>();
    this.outcome = promise;
    this.#resolve = resolve;
    this.#reject = reject;
    this.#timer = setTimeout(this.#expire, deadline - performance.now());
    this.#signal = signal;
    signal?.addEventListener('abort', this.#cancel);
  }

  get settled(): boolean {
    return this.#settled;
  }

  /** Whether a key server may still answer it. */
  get isUnderWay(): boolean {
    return this.#attempts.some(({ live }) => live);
  }

  /**
   * Whether it may be sent once more: only where doing it twice is the same as doing it once, which is not for the client
   * to know of RPCs and custom functions; and not where it has broken three connections, since it may be what breaks them.
   */
  get repeatable(): boolean {
    return (
      IDEMPOTENT[this.request.operation.type] &&
      this.interruptions < MAXIMUM_INTERRUPTIONS &&
      this.#attempts.length < MAXIMUM_ATTEMPTS
    );
  }

  /** Whether it has been sent to the key server of that name. */
  wasSentTo(server: string): boolean {
    return this.#attempts.some((attempt) => attempt.server === server);
  }

  add(attempt: PendingAttempt): void {
    this.#attempts.push(attempt);
  }

  /** @returns whether that settled it; the payload is wiped where it did not, since it may be secret */
  succeed(payload: Uint8Array): boolean {
    const settles = this.#settle();
    if (settles) this.#resolve(payload);
    else payload.fill(0);
    return settles;
  }

  fail(error: Error): void {
    if (this.#settle()) this.#reject(error);
  }

  readonly #expire = (): void => {
    const servers = this.#attempts.filter(({ live }) => live).map(({ server }) => `key server ${server}`);
    const waitedFor =
      servers.length === 0
        ? 'waiting for a connection to a key server'
        : `${servers.join(' and ')} did not answer`;
    this.#giveUp(new DeadlineExceededError(`the deadline passed while ${waitedFor}`));
  };

  readonly #cancel = (): void => {
    this.#giveUp(new OperationCancelledError('the requester called the operation off'));
  };

  #giveUp(error: Error): void {
    this.fail(error);
    this.#onGivenUp(this);
  }

  #settle(): boolean {
    if (this.#settled) return false;
    this.#settled = true;
    clearTimeout(this.#timer);
    this.#signal?.removeEventListener('abort', this.#cancel);
    for (const attempt of this.#attempts) if (attempt.live) attempt.cancel();
    return true;
  }
}

/** A key server's process that dies breaks several connections, and two of them may be read to have ended one after the other. */
const MAXIMUM_INTERRUPTIONS = 3;

/** Enough for a key server that dies, one that is silent, and one that answers. */
const MAXIMUM_ATTEMPTS = 4;

const IDEMPOTENT: Readonly<Record<Operation['type'], boolean>> = {
  sign_certificate_verify: true,
  sign_server_key_exchange: true,
  sign_digest: true,
  sign_message: true,
  sign_delegated_credential: true,
  decrypt_premaster: true,
  decrypt_block: true,
  seal: true,
  unseal: true,
  ping: true,
  custom: false,
  rpc: false,
};

/** `Promise.withResolvers`, which Node 20 does not have. */
function withResolvers<T>(): {
  promise: Promise<T>;
  resolve: (value: T) => void;
  reject: (error: Error) => void;
} {
  let resolve!: (value: T) => void;
  let reject!: (error: Error) => void;
  const promise = new Promise<T>((onResolve, onReject) => {
    resolve = onResolve;
    reject = onReject;
  });
  return { promise, resolve, reject };
}
