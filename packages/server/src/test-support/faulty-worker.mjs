// A worker of the pool's that does as the payloads of its batch tell it, so that tests see what becomes of the jobs.

import { performBatch } from '@latchkey/native';
import { move } from 'piscina';

export function performTransferred(requests) {
  const batch = Buffer.from(requests);
  if (batch.includes('exit')) process.exit(1);
  if (batch.includes('throw')) throw new Error('as told');
  if (batch.includes('garbage')) return move(new ArrayBuffer(2));
  if (batch.includes('hang')) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
  return move(performBatch(requests));
}
