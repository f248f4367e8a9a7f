import {
  DeadlineExceededError,
  OperationCancelledError,
  type Operation,
  type OperationRequest,
  type PerformOptions,
} from '@latchkey/codec';

/** Where a pending operation is at the moment. */
export interface OperationHolder {
  /** Completes the sentence "the deadline passed while ...". */
  readonly waitingFor: string;
  /** The operation has been given up: its deadline passed, or nobody wants it any more. */
  release(operation: PendingOperation): void;
}

/**
 * An operation that somebody waits for. It settles once: with an answer, with a failure, when its deadline passes or
 * when its requester aborts it, whichever is first.
 */
export class PendingOperation {
  readonly request: OperationRequest;
  /** Settles with the operation. */
  readonly outcome: Promise<Uint8Array>;
  /** How often it has been sent to a key server. */
  attempts = 0;
  /** The name of the key server whose connection broke before it answered. */
  failedAt: string | undefined;

  #holder: OperationHolder;
  #settled = false;
  readonly #resolve: (payload: Uint8Array) => void;
  readonly #reject: (error: Error) => void;
  readonly #timer: NodeJS.Timeout;
  readonly #signal: AbortSignal | undefined;

  /** @param holder where the operation is until {@link moveTo} */
  constructor(request: OperationRequest, { deadline, signal }: PerformOptions, holder: OperationHolder) {
    this.request = request;
    this.#holder = holder;
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

  /**
   * Whether it may be sent again after a connection broke with the first attempt unanswered: once, and only where
   * doing it twice is the same as doing it once. What RPCs and custom functions do is not for the client to know.
   */
  get repeatable(): boolean {
    return this.attempts < 2 && IDEMPOTENT[this.request.operation.type];
  }

  moveTo(holder: OperationHolder): void {
    this.#holder = holder;
  }

  succeed(payload: Uint8Array): void {
    if (this.#settle()) this.#resolve(payload);
  }

  fail(error: Error): void {
    if (this.#settle()) this.#reject(error);
  }

  readonly #expire = (): void => {
    this.#giveUp(new DeadlineExceededError(`the deadline passed while ${this.#holder.waitingFor}`));
  };

  readonly #cancel = (): void => {
    this.#giveUp(new OperationCancelledError('the requester called the operation off'));
  };

  #giveUp(error: Error): void {
    this.fail(error);
    this.#holder.release(this);
  }

  #settle(): boolean {
    if (this.#settled) return false;
    this.#settled = true;
    clearTimeout(this.#timer);
    this.#signal?.removeEventListener('abort', this.#cancel);
    return true;
  }
}

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
