import type { Operation } from '@latchkey/codec';
import { describe, expect, it } from 'vitest';
import { Hedging } from './hedging.js';

const ecdsa: Operation = { type: 'sign_message', scheme: 'ecdsa_sha256', message: new Uint8Array(1) };
const pss: Operation = { type: 'sign_message', scheme: 'rsa_pss_sha256', message: new Uint8Array(1) };
const block: Operation = { type: 'decrypt_block', ciphertext: new Uint8Array(1) };

function answer(hedging: Hedging, operation: Operation, latencies: readonly number[]): void {
  // Later by so much that each is looked at.
  for (const [index, latency] of latencies.entries()) hedging.onAnswer(operation, latency, index * 300);
}

describe('Hedging', () => {
  it('waits for the time in which 95 of 100 were answered, of each kind of key its own', () => {
    const hedging = new Hedging({ share: 0.05, minimumDelay: 5 });
    answer(
      hedging,
      ecdsa,
      Array.from({ length: 100 }, (_, index) => index + 1),
    );
    answer(hedging, pss, Array<number>(100).fill(300));
    expect(Math.abs(hedging.delayFor(ecdsa) - 95)).toBeLessThan(2);
    expect(Math.abs(hedging.delayFor(pss) - 300)).toBeLessThan(5);
    expect(hedging.delayFor(block)).toBe(hedging.delayFor(pss));
    expect(hedging.longestDelay).toBe(hedging.delayFor(pss));
    expect(Object.keys(hedging.delays)).toEqual(['ecdsa', 'rsa']);
  });

  it('waits for at least as long as it is told to', () => {
    const hedging = new Hedging({ share: 0.05, minimumDelay: 20 });
    answer(hedging, ecdsa, Array<number>(100).fill(2));
    expect([hedging.delayFor(ecdsa), hedging.longestDelay]).toEqual([20, 20]);
    expect(hedging.delays).toEqual({ ecdsa: 20 });
  });

  it('waits for a while as long as it knows next to nothing', () => {
    const hedging = new Hedging({ share: 0.05, minimumDelay: 1 });
    expect([hedging.delayFor(ecdsa), hedging.longestDelay]).toEqual([100, 100]);
    answer(hedging, ecdsa, Array<number>(19).fill(2));
    expect([hedging.delayFor(ecdsa), hedging.longestDelay]).toEqual([100, 100]);
  });

  it('lets no more than its share of operations be hedged, beside ten that were saved up', () => {
    const hedging = new Hedging({ share: 0.05, minimumDelay: 1 });
    let hedged = 0;
    for (let operation = 0; operation < 10_000; operation++) {
      hedging.onOperation();
      if (!hedging.mayHedge) continue;
      hedging.spend();
      hedged += 1;
    }
    expect(hedged).toBeGreaterThanOrEqual(500);
    expect(hedged).toBeLessThanOrEqual(510);
  });

  it('saves up no more than ten, and nothing where the share is 0', () => {
    const hedging = new Hedging({ share: 1, minimumDelay: 1 });
    for (let operation = 0; operation < 100; operation++) hedging.onOperation();
    let hedged = 0;
    while (hedging.mayHedge) {
      hedging.spend();
      hedged += 1;
    }
    expect(hedged).toBe(10);
    const off = new Hedging({ share: 0, minimumDelay: 1 });
    off.onOperation();
    expect(off.mayHedge).toBe(false);
  });
});
