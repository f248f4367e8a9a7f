import { BatchWriter, OperationCode, performBatch } from '@latchkey/native';
import type { KeyDescription } from '../key-stores/key-description.js';

/**
 * Which operations wait for each other, by what they cost: one that takes 20 us does not wait for one of 4 ms.
 *
 * - `inline`: so little that the way to another thread and back would cost more. The thread that moves the bytes performs
 *   them.
 * - `short`: up to a millisecond or so, `long`: more. Worker threads perform them.
 */
export type Lane = 'inline' | 'short' | 'long';

/**
 * The lane of the operations with a key of this process. The first key of each elliptic curve is tried out, which takes
 * some milliseconds: what they cost depends on the processor, on OpenSSL and on what else there is to compute with.
 */
export function laneOf(key: KeyDescription): Lane {
  if (key.type === 'rsa' || key.type === 'rsa_pss') return key.bits <= 2048 ? 'short' : 'long';
  const kind = key.curve ?? key.type;
  let lane = lanesOfKinds.get(kind);
  if (lane === undefined) {
    lane = costOfBatch(key) <= INLINE_COST ? 'inline' : 'short';
    lanesOfKinds.set(kind, lane);
  }
  return lane;
}

const lanesOfKinds = new Map<string, Lane>();

/** As many as crypto_mb performs side by side. */
const TRIED_AT_ONCE = 8;
/** In milliseconds: longer, the event loop must not stand still for a few operations. */
const INLINE_COST = 0.7;
/** What is measured once may have been disturbed. */
const TRIALS = 5;

function costOfBatch({ handle, type }: KeyDescription): number {
  const writer = new BatchWriter();
  for (let count = 0; count < TRIED_AT_ONCE; count += 1)
    writer.add(
      handle,
      type === 'ed25519' ? OperationCode.ed25519 : OperationCode.ecdsa_sha256,
      new Uint8Array(32),
    );
  const requests = writer.finish();
  const costs = Array.from({ length: TRIALS }, () => {
    const begin = performance.now();
    performBatch(requests);
    return performance.now() - begin;
  });
  return Math.min(...costs);
}
