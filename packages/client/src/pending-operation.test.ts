import {
  DeadlineExceededError,
  InternalError,
  OperationCancelledError,
  type Operation,
} from '@latchkey/codec';
import { describe, expect, it } from 'vitest';
import { type PendingAttempt, PendingOperation } from './pending-operation.js';

const request = { key: {}, operation: { type: 'ping', payload: new Uint8Array(0) } } as const;

/** An attempt on its way to a key server of that name. */
class Attempt implements PendingAttempt {
  readonly server: string;
  live = true;

  constructor(server: string) {
    this.server = server;
  }

  cancel(): void {
    this.live = false;
  }
}

function inAMinute(): number {
  return performance.now() + 60_000;
}

function pending(operation: Operation = request.operation): PendingOperation {
  return new PendingOperation({ ...request, operation }, { deadline: inAMinute() }, () => {});
}

describe('PendingOperation', () => {
  it('settles with whatever comes first, and wipes what comes later', async () => {
    const operation = pending();
    const late = Uint8Array.of(2);
    expect(operation.succeed(Uint8Array.of(1))).toBe(true);
    operation.fail(new InternalError('late'));
    expect(operation.succeed(late)).toBe(false);
    expect(await operation.outcome).toEqual(Uint8Array.of(1));
    expect(late).toEqual(Uint8Array.of(0));
  });

  it('cancels what is under way when it is settled', () => {
    const operation = pending();
    const attempts = [new Attempt('a'), new Attempt('b')];
    for (const attempt of attempts) operation.add(attempt);
    expect(operation.isUnderWay).toBe(true);
    operation.succeed(new Uint8Array(0));
    expect(operation.isUnderWay).toBe(false);
    expect(attempts.map(({ live }) => live)).toEqual([false, false]);
  });

  it('fails at its deadline, and says what it waited for', async () => {
    const givenUp: PendingOperation[] = [];
    const expire = (...attempts: PendingAttempt[]): PendingOperation => {
      const operation = new PendingOperation(request, { deadline: performance.now() + 5 }, (one) =>
        givenUp.push(one),
      );
      for (const attempt of attempts) operation.add(attempt);
      return operation;
    };
    const answered = new Attempt('broken');
    answered.live = false;
    const waiting = expire();
    const sent = expire(answered, new Attempt('one'), new Attempt('two'));
    await expect(waiting.outcome).rejects.toThrow('passed while waiting for a connection to a key server');
    await expect(sent.outcome).rejects.toThrow(
      'passed while key server one and key server two did not answer',
    );
    await expect(sent.outcome).rejects.toBeInstanceOf(DeadlineExceededError);
    expect(givenUp).toEqual([waiting, sent]);
  });

  it('fails when it is aborted, and no longer listens to the signal afterwards', async () => {
    const givenUp: PendingOperation[] = [];
    const controller = new AbortController();
    const options = { deadline: inAMinute(), signal: controller.signal };
    const answered = new PendingOperation(request, options, (one) => givenUp.push(one));
    const aborted = new PendingOperation(request, options, (one) => givenUp.push(one));
    answered.succeed(new Uint8Array(0));
    controller.abort();
    await expect(aborted.outcome).rejects.toBeInstanceOf(OperationCancelledError);
    await answered.outcome;
    expect(givenUp).toEqual([aborted]);
  });

  it('may not be repeated where it may have done something', () => {
    const sign = pending({ type: 'sign_message', scheme: 'ed25519', message: new Uint8Array(1) });
    const rpc = pending({ type: 'rpc', payload: new Uint8Array(0) });
    expect([sign.repeatable, rpc.repeatable]).toEqual([true, false]);
    for (const operation of [sign, rpc]) operation.succeed(new Uint8Array(0));
  });

  it('may be repeated until three connections have broken with it, or four key servers were asked', () => {
    const poisonous = pending();
    poisonous.interruptions = 2;
    expect(poisonous.repeatable).toBe(true);
    poisonous.interruptions = 3;
    expect(poisonous.repeatable).toBe(false);
    const unlucky = pending();
    for (const name of ['a', 'b', 'c']) unlucky.add(new Attempt(name));
    expect(unlucky.repeatable).toBe(true);
    unlucky.add(new Attempt('d'));
    expect(unlucky.repeatable).toBe(false);
    expect([unlucky.wasSentTo('a'), unlucky.wasSentTo('e')]).toEqual([true, false]);
    for (const operation of [poisonous, unlucky]) operation.succeed(new Uint8Array(0));
  });
});
