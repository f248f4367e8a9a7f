import type {
  DecryptBlockOperation,
  PerformOptions,
  SignDigestOperation,
  SignMessageOperation,
} from '@latchkey/codec';
import { KeyServerError } from '../errors.js';

/**
 * Where keys are that never come into this process: a hardware token, a cloud KMS. Whoever implements these two methods
 * has a key store; queueing, deadlines, reconnection and health are the key server's, which gives each provider a lane of
 * its own, so that a slow one delays no other key. docs/guides/key-stores.md has an example.
 */
export interface KeyStoreProvider {
  /** For logs and health; holds no secret. */
  readonly name: string;
  /** Operations under way at once at most, read after each {@link load}. Default 4; sensible from 1 to 256. */
  readonly concurrency?: number;
  /**
   * Connects, afresh if it was connected before, and says which keys there are. Called at the start and, after a failure,
   * again after a while that grows from a quarter of a second to half a minute.
   *
   * @param options `signal` is aborted when the server closes or after 30 s: what has been begun is then given up
   * @throws {KeyStoreUnavailableError} (or any other error) when it cannot connect; that will be tried again
   * @throws {KeyStoreCredentialsError} when it is refused; that is not tried again, since it might lock a token
   */
  load(options: { readonly signal: AbortSignal }): Promise<ProvidedKeys>;
  /** Gives up what is under way and frees everything. Idempotent. */
  close(): Promise<void>;
}

/** What a {@link KeyStoreProvider} has. */
export interface ProvidedKeys {
  readonly keys: readonly ProvidedKey[];
  /** Keys that cannot be used, with the reason in a few words. Default: none. */
  readonly problems?: readonly KeyProblem[];
}

/** A key that cannot be used. */
export interface KeyProblem {
  readonly label: string;
  /** Why not, in a few words. */
  readonly reason: string;
}

/** A private key that somebody else holds. */
export interface ProvidedKey {
  /** DER of the public key (RFC 5280, section 4.1.2.7). RSA, EC on P-256, P-384 or P-521, and Ed25519. */
  readonly subjectPublicKeyInfo: Uint8Array;
  /** What the operator calls it. */
  readonly label: string;
  /**
   * Performs one operation. It fits the key's type, its digest has its hash's length, its ciphertext the modulus's.
   *
   * @param options past the deadline the answer is dropped, and `signal` is aborted; until the promise settles the
   *   operation counts against {@link KeyStoreProvider.concurrency}, so that no more is sent to a store that hangs
   * @returns the signature (ECDSA: DER of r and s; RFC 3279, section 2.2.3), or the whole decrypted block with its padding;
   *   an array of its own, which the server wipes
   * @throws {KeyStoreUnavailableError} when the connection is gone: all keys then answer with an internal error at once
   *   until the next {@link KeyStoreProvider.load} ends well
   * @throws {CryptographyFailedError} when the store refuses the operation; any other error is an internal one
   */
  perform(operation: ProvidedKeyOperation, options: PerformOptions): Promise<Uint8Array>;
}

/** What a {@link ProvidedKey} is asked to do. Messages other than Ed25519's have been hashed before. */
export type ProvidedKeyOperation =
  SignDigestOperation | (SignMessageOperation & { readonly scheme: 'ed25519' }) | DecryptBlockOperation;

/** A key store cannot be reached, or not any more. It will be tried again. */
export class KeyStoreUnavailableError extends KeyServerError {
  readonly code = 'LATCHKEY_KEY_STORE_UNAVAILABLE';
}

/** A key store refuses our credentials: a wrong PIN. It will not be tried again before somebody says so. */
export class KeyStoreCredentialsError extends KeyServerError {
  readonly code = 'LATCHKEY_KEY_STORE_CREDENTIALS_REFUSED';
}
