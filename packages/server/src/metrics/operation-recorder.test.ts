import { ErrorCode } from '@latchkey/codec/kssl1';
import { beforeEach, describe, expect, it } from 'vitest';
import { OperationRecorder, type TypeDurations } from './operation-recorder.js';

let recorder: OperationRecorder;

beforeEach(() => {
  recorder = new OperationRecorder();
});

function sumsOf(type: 'rsa' | 'ecdsa' | 'other'): Record<keyof TypeDurations, number> {
  const { waiting, computing, writing, total } = recorder.byType.get(type)!;
  const sumOf = ({ waiting: histogram }: Pick<TypeDurations, 'waiting'>) =>
    Number(histogram.snapshot().sum.toFixed(6));
  return {
    waiting: sumOf({ waiting }),
    computing: sumOf({ waiting: computing }),
    writing: sumOf({ waiting: writing }),
    total: sumOf({ waiting: total }),
  };
}

describe('OperationRecorder', () => {
  it('keeps four times apart', () => {
    recorder.record('rsa_pss_sha256', undefined, { arrivedAt: 1000, begunAt: 1001, answeredAt: 1011 }, 1111);
    recorder.record('rsa_pkcs1_sha1', undefined, { arrivedAt: 0, begunAt: 2, answeredAt: 22 }, 222);
    expect(sumsOf('rsa')).toEqual({ waiting: 0.003, computing: 0.03, writing: 0.3, total: 0.333 });
  });

  it('tells what was performed from what failed, and how', () => {
    const times = { arrivedAt: 0, begunAt: 1, answeredAt: 3 };
    recorder.record('ecdsa_sha256', undefined, times, 3);
    recorder.record('ecdsa_sha384', undefined, times, 3);
    recorder.record('ecdsa_sha256', ErrorCode.CRYPTOGRAPHY_FAILURE, times, 3);
    recorder.recordAtOnce('ecdsa_sha256', ErrorCode.KEY_NOT_FOUND);
    const outcomes = [...recorder.outcomes].map(({ type, error, execution, total }) => ({
      type,
      error,
      count: execution.snapshot().count,
      executed: execution.snapshot().sum,
      total: total.snapshot().sum,
    }));
    expect(outcomes).toEqual([
      { type: 'ecdsa', error: undefined, count: 2, executed: 0.004, total: 0.006 },
      { type: 'ecdsa', error: ErrorCode.CRYPTOGRAPHY_FAILURE, count: 1, executed: 0.002, total: 0.003 },
      { type: 'ecdsa', error: ErrorCode.KEY_NOT_FOUND, count: 1, executed: 0, total: 0 },
    ]);
  });

  it('takes an operation that expired before it was begun for one that only waited', () => {
    recorder.record('ecdsa_sha256', ErrorCode.INTERNAL_ERROR, { arrivedAt: 0 }, 10_000);
    expect(sumsOf('ecdsa')).toEqual({ waiting: 0, computing: 0, writing: 0, total: 10 });
    expect(recorder.byType.get('ecdsa')?.waiting.snapshot().count).toBe(0);
  });

  it('counts a worker that never answered as busy until then', () => {
    recorder.record('ecdsa_sha256', ErrorCode.INTERNAL_ERROR, { arrivedAt: 0, begunAt: 1 }, 10_000);
    expect(sumsOf('ecdsa')).toEqual({ waiting: 0.001, computing: 9.999, writing: 0, total: 10 });
  });

  it('has quantiles of signatures that were made, and of nothing else', () => {
    const times = { arrivedAt: 0, begunAt: 1, answeredAt: 2 };
    recorder.record('ed25519', undefined, times, 8);
    recorder.record('ed25519', ErrorCode.CRYPTOGRAPHY_FAILURE, times, 1000);
    recorder.record('decrypt_block', undefined, times, 1000);
    recorder.recordAtOnce('seal', undefined);
    expect(recorder.signatureTotals).toEqual({ count: 1, seconds: 0.008 });
    expect(recorder.signatures.quantiles([1], 1000)).toMatchObject({ count: 1 });
  });
});
