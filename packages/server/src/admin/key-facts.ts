import type { StoredKey } from '../keys/key-store.js';

/** What anybody may know of a key. */
export interface KeyFacts {
  /** As hexadecimal text. */
  readonly ski: string;
  readonly type: string;
  readonly bits: number;
  readonly curve?: string;
  /** What the operator calls it: the label in its store, or the file's name. */
  readonly name: string;
}

export function keyFactsOf({ ski, label, privateKey: { type, bits, curve } }: StoredKey): KeyFacts {
  return {
    ski: Buffer.from(ski).toString('hex'),
    type,
    bits,
    ...(curve === undefined ? {} : { curve }),
    name: label,
  };
}
