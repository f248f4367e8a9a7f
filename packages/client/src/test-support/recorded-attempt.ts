import type { Operation, OperationRequest } from '@latchkey/codec';
import type { Attempt } from '../channel.js';

/** An attempt whose outcome a test waits for. */
export class RecordedAttempt implements Attempt {
  readonly request: OperationRequest;
  readonly deadline = performance.now() + 60_000;
  /** What the channel told first. */
  readonly outcome: Promise<Uint8Array>;
  succeed: (payload: Uint8Array) => void = () => {};
  fail: (error: Error) => void = () => {};
  interrupt: (error: Error) => void = () => {};

  constructor(operation: Operation) {
    this.request = { key: {}, operation };
    this.outcome = new Promise((resolve, reject) => {
      this.succeed = resolve;
      this.fail = reject;
      this.interrupt = reject;
    });
  }
}
