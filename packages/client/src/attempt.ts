import type { OperationRequest } from '@latchkey/codec';
import { startSpan, type TraceSpan } from '@latchkey/tracing';
import type { Attempt, Channel } from './channel.js';
import type { KeyServer } from './key-server.js';
import { afterReading } from './liveness.js';
import type { PendingAttempt, PendingOperation } from './pending-operation.js';

/** Where an operation is sent. */
export interface Target {
  readonly keyServer: KeyServer;
  readonly channel: Channel;
}

/** Told what becomes of attempts. */
export interface AttemptObserver {
  /** The key server answered, if too late for the operation. */
  onAnswered(attempt: OperationAttempt): void;
  /** The key server answered with an error. */
  onRefused(attempt: OperationAttempt, error: Error): void;
  /** The connection has ended; the error says why. */
  onInterrupted(attempt: OperationAttempt, error: Error): void;
  /** It has had no answer for its patience; told again after each further one. */
  onOverdue(attempt: OperationAttempt): void;
}

/** An operation on its way to one key server and back. */
export class OperationAttempt implements Attempt, PendingAttempt {
  readonly operation: PendingOperation;
  readonly request: OperationRequest;
  readonly target: Target;
  /** Whether it was sent beside another that had no answer yet. */
  readonly isHedge: boolean;
  readonly #observer: AttemptObserver;
  readonly #patience: number;
  readonly #sentAt = performance.now();
  readonly #id: number;
  readonly #span: TraceSpan | undefined;
  #timer: NodeJS.Timeout | undefined;
  #live = true;

  /**
   * Sends the operation.
   *
   * @param patience in milliseconds
   * @throws {UnencodableMessageError} when the protocol cannot say it
   */
  constructor(
    operation: PendingOperation,
    target: Target,
    {
      observer,
      patience,
      isHedge,
    }: { readonly observer: AttemptObserver; readonly patience: number; readonly isHedge: boolean },
  ) {
    this.operation = operation;
    this.target = target;
    this.isHedge = isHedge;
    this.#observer = observer;
    this.#patience = patience;
    const { request } = operation;
    this.#span = startSpan('latchkey.operation', {
      kind: 'client',
      parent: request.traceContext,
      attributes: {
        'latchkey.operation': request.operation.type,
        'latchkey.key_server': target.keyServer.name,
        'latchkey.hedge': isHedge,
      },
    });
    this.request = this.#span === undefined ? request : { ...request, traceContext: this.#span.context };
    try {
      this.#id = target.channel.send(this);
    } catch (error) {
      this.#span?.end(codeOf(error));
      throw error;
    }
    operation.add(this);
  }

  /** Begins to look, again and again after its patience, whether it is overdue. */
  watch(): void {
    this.#timer = setTimeout(() => afterReading(this.#onOverdue), this.#patience).unref();
  }

  get deadline(): number {
    return this.operation.deadline;
  }

  get server(): string {
    return this.target.keyServer.name;
  }

  get live(): boolean {
    return this.#live;
  }

  /** Milliseconds since it was sent. */
  get age(): number {
    return performance.now() - this.#sentAt;
  }

  succeed(payload: Uint8Array): void {
    this.#end();
    this.#observer.onAnswered(this);
    this.operation.succeed(payload);
  }

  fail(error: Error): void {
    // A key server that is told that nobody waits any more may answer that it has dropped the operation.
    if (!this.#live) return;
    this.#end(codeOf(error));
    this.#observer.onRefused(this, error);
  }

  interrupt(error: Error): void {
    this.#end(codeOf(error));
    this.#observer.onInterrupted(this, error);
  }

  cancel(): void {
    this.#end('cancelled');
    this.target.channel.cancel(this.#id);
  }

  readonly #onOverdue = (): void => {
    if (!this.#live) return;
    this.#observer.onOverdue(this);
    this.watch();
  };

  #end(error?: string): void {
    if (this.#live) this.#span?.end(error);
    this.#live = false;
    clearTimeout(this.#timer);
  }
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : 'unknown';
}
