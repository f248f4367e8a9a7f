import { performBatch } from '@latchkey/native';
import { move } from 'piscina';

/** What a thread of the pool does: performs a batch, which came as a whole buffer and whose answers leave as one. */
export function performTransferred(requests: ArrayBuffer): ReturnType<typeof move> {
  return move(performBatch(requests));
}
