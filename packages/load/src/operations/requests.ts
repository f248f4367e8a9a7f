import type { KeyObject } from 'node:crypto';
import type { SignatureScheme } from '@latchkey/codec';
import type { Wire } from './wire.js';

/** What a key server can be asked for again and again, so that whether it answered rightly can be seen. */
export type MeasurableOperation = 'ping' | 'decrypt_block' | Exclude<SignatureScheme, `${string}md5_sha1`>;

/** One kind of request among those that are sent. */
export interface RequestKind {
  readonly operation: MeasurableOperation;
  /** Of the key that is asked for; none for a ping. */
  readonly publicKey?: KeyObject | undefined;
  /** How often it comes beside the others: any number above 0. Default: 1. */
  readonly weight?: number;
}

/** Requests that are encoded once and then sent again and again: making them must not be what takes the time. */
export interface Requests {
  /** Their ids are 0 to `count` - 1. */
  readonly count: number;
  /** In the order of their ids, each of the same length: neighbours can be sent in one write. */
  readonly frames: Buffer;
  /** That of each, in bytes. */
  readonly length: number;
  /** The protocol that they are in. */
  readonly wire: Wire;
  /** The kind of each by its id: its place among the kinds. */
  readonly kinds: Uint8Array;
  /**
   * Whether this is the right answer to the request of that id: a signature is verified, a decrypted block encrypted again, a
   * ping's payload compared.
   */
  isRight(id: number, payload: Uint8Array): boolean;
}
