import { DeadlineExceededError, InternalError, OperationCancelledError } from '@latchkey/codec';
import { describe, expect, it } from 'vitest';
import { PendingOperation } from './pending-operation.js';

const request = { key: {}, operation: { type: 'ping', payload: new Uint8Array(0) } } as const;

class Holder {
  readonly waitingFor: string;
  readonly released: PendingOperation[] = [];

  constructor(waitingFor: string) {
    this.waitingFor = waitingFor;
  }

  release(operation: PendingOperation): void {
    this.released.push(operation);
  }
}

function inAMinute(): number {
  return performance.now() + 60_000;
}

describe('PendingOperation', () => {
  it('settles with whatever comes first', async () => {
    const operation = new PendingOperation(request, { deadline: inAMinute() }, new Holder('idle'));
    operation.succeed(Uint8Array.of(1));
    operation.fail(new InternalError('late'));
    operation.succeed(Uint8Array.of(2));
    expect(await operation.outcome).toEqual(Uint8Array.of(1));
  });

  it('fails at its deadline, says where it was, and is released from there only', async () => {
    const first = new Holder('waiting for a connection');
    const second = new Holder('waiting for an answer');
    const operation = new PendingOperation(request, { deadline: performance.now() + 5 }, first);
    operation.moveTo(second);
    await expect(operation.outcome).rejects.toThrow('the deadline passed while waiting for an answer');
    await expect(operation.outcome).rejects.toBeInstanceOf(DeadlineExceededError);
    expect(first.released).toEqual([]);
    expect(second.released).toEqual([operation]);
    expect(operation.settled).toBe(true);
  });

  it('fails when it is aborted, and no longer listens to the signal afterwards', async () => {
    const holder = new Holder('idle');
    const controller = new AbortController();
    const options = { deadline: inAMinute(), signal: controller.signal };
    const answered = new PendingOperation(request, options, holder);
    const aborted = new PendingOperation(request, options, holder);
    answered.succeed(new Uint8Array(0));
    controller.abort();
    await expect(aborted.outcome).rejects.toBeInstanceOf(OperationCancelledError);
    await answered.outcome;
    expect(holder.released).toEqual([aborted]);
  });

  it('may be repeated once, unless it may have done something', () => {
    const operations = [
      { ...request, operation: { type: 'sign_message', scheme: 'ed25519', message: new Uint8Array(1) } },
      { ...request, operation: { type: 'rpc', payload: new Uint8Array(0) } },
    ] as const;
    const [sign, rpc] = operations.map(
      (request) => new PendingOperation(request, { deadline: inAMinute() }, new Holder('idle')),
    );
    sign!.attempts = 1;
    expect([sign!.repeatable, rpc!.repeatable]).toEqual([true, false]);
    sign!.attempts = 2;
    expect(sign!.repeatable).toBe(false);
    for (const operation of [sign!, rpc!]) operation.succeed(new Uint8Array(0));
  });
});
