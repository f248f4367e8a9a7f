import { addon } from './addon.js';
import { BatchReader, BatchWriter, performBatch } from './batch.js';
import { KeyOperationError, KeyParseError } from './key-errors.js';
import type { KeyParseReason } from './key-errors.js';
import { BatchStatus } from './operation-code.js';
import type { OperationCode, OperationFailure, OperationOptions } from './operation-code.js';
import { modulusDigest, subjectKeyIdentifier } from './public-key.js';

/** `rsa_pss` is a key whose OID is id-RSASSA-PSS: it makes PSS signatures only. */
export type KeyType = 'rsa' | 'rsa_pss' | 'ecdsa' | 'ed25519';
/** By the names of RFC 8422, section 5.1.1. */
export type KeyCurve = 'secp256r1' | 'secp384r1' | 'secp521r1';

/** How a private key is read. */
export interface KeyParseOptions {
  /** For an encrypted key. The caller's own copy is the caller's to wipe. */
  readonly passphrase?: Uint8Array;
}

interface KeyFacts {
  readonly handle: number;
  readonly type: KeyType;
  readonly bits: number;
  readonly curve: KeyCurve | undefined;
  readonly subjectPublicKeyInfo: Uint8Array;
  readonly maximumAnswerLength: number;
}

interface KeyAddon {
  /** The object that describes the key owns it: once that is collected, or its thread ends, the key is disposed of. */
  parseKey(bytes: Uint8Array, passphrase: Uint8Array | undefined): KeyFacts | KeyParseReason;
  disposeKey(handle: number): void;
  countKeys(): number;
}

const keys = addon as KeyAddon;
const failures = Object.keys(BatchStatus) as (keyof typeof BatchStatus)[];

/**
 * A private key in the memory of this process, but outside of JavaScript's. It is wiped once it has been disposed of
 * and operations under way have ended. Copies of a key file's bytes that OpenSSL makes while it parses are freed at once,
 * but not wiped: they are gone when that memory is used again.
 */
export class PrivateKey {
  /**
   * Names the key in every thread of this process. Valid until {@link dispose}, until this object is collected as
   * garbage, or until the thread that parsed the key ends; operations find no such key from then on.
   */
  readonly handle: number;
  readonly type: KeyType;
  /** Of the RSA modulus, 1024 to 16384, or of the curve: 256, 384, 521. */
  readonly bits: number;
  /** For ECDSA keys only. */
  readonly curve: KeyCurve | undefined;
  /** DER of the public key (RFC 5280, section 4.1.2.7). */
  readonly subjectPublicKeyInfo: Uint8Array;
  /** 20 bytes, see {@link subjectKeyIdentifier}. */
  readonly ski: Uint8Array;
  /** For RSA keys: the historic certificate digest of Keyless SSL v1, the SHA-256 of the modulus as hexadecimal text. */
  readonly modulusDigest: Uint8Array | undefined;
  /** No answer to an operation with this key is longer, in bytes. */
  readonly maximumAnswerLength: number;
  // Held as long as this object, since it owns the key.
  readonly #facts: KeyFacts;

  /**
   * Reads a private key: PEM or DER; PKCS#8, also encrypted, PKCS#1 or SEC1. In PEM other blocks may stand before it.
   * RSA and RSA-PSS of 1024 to 16384 bits, EC on P-256, P-384 or P-521, and Ed25519. Takes a few milliseconds.
   *
   * @param bytes a whole key file, at most 1 MiB; the caller's own copy is the caller's to wipe
   * @throws KeyParseError with the reason why that is no key that can be used
   */
  static parse(bytes: Uint8Array, options?: KeyParseOptions): PrivateKey {
    const facts = keys.parseKey(bytes, options?.passphrase);
    if (typeof facts === 'string') throw new KeyParseError(facts);
    return new PrivateKey(facts);
  }

  private constructor(facts: KeyFacts) {
    this.#facts = facts;
    this.handle = facts.handle;
    this.type = facts.type;
    this.bits = facts.bits;
    this.curve = facts.curve;
    this.subjectPublicKeyInfo = facts.subjectPublicKeyInfo;
    this.maximumAnswerLength = facts.maximumAnswerLength;
    this.ski = subjectKeyIdentifier(facts.subjectPublicKeyInfo);
    this.modulusDigest =
      facts.type === 'rsa' || facts.type === 'rsa_pss'
        ? modulusDigest(facts.subjectPublicKeyInfo)
        : undefined;
  }

  /**
   * Performs one operation in the calling thread. Where there are many, {@link performBatch} does them for less.
   *
   * @returns the signature or plaintext, a copy that is the caller's to wipe
   * @throws KeyOperationError with the failure
   */
  perform(operation: OperationCode, payload: Uint8Array, options?: OperationOptions): Uint8Array {
    const writer = new BatchWriter(payload.length + 16);
    writer.add(this.handle, operation, payload, options);
    const answers = performBatch(writer.finish());
    const reader = new BatchReader(answers);
    const status = reader.status(0);
    if (status !== BatchStatus.ok) throw new KeyOperationError(failures[status] as OperationFailure);
    const answer = reader.answer(0).slice();
    new Uint8Array(answers).fill(0);
    return answer;
  }

  /** Forgets the key: see {@link handle}. Idempotent. */
  dispose(): void {
    keys.disposeKey(this.#facts.handle);
  }
}

/** How many private keys this process holds in all its threads, with those that only operations under way still use. */
export function countPrivateKeys(): number {
  return keys.countKeys();
}
