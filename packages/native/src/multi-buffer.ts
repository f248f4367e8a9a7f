import { addon } from './addon.js';

/**
 * - `in_use`: batches go to the library where that is faster.
 * - `off`: `LATCHKEY_CRYPTO_MB=off`.
 * - `unsupported_cpu`: the machine has no AVX512-IFMA.
 * - `absent`: there is no library, or it cannot be loaded.
 * - `refused`: what was loaded is not the library, or it failed its self-test.
 */
export type MultiBufferState = 'off' | 'absent' | 'unsupported_cpu' | 'refused' | 'in_use';
/** By the key: all that an RSA key of that size does goes side by side. */
export type MultiBufferAlgorithm =
  'rsa_2048' | 'rsa_3072' | 'rsa_4096' | 'p256' | 'p384' | 'p521' | 'ed25519';

/** What the self-test measured on this machine, in microseconds of one thread. */
export interface MultiBufferCosts {
  /** How many operations, 1 to 8, have to come together for the library to be faster; undefined if it never is. */
  readonly breakEven: number | undefined;
  /** One operation with OpenSSL. */
  readonly opensslMicroseconds: number;
  /** One call of the library, which takes as long for one operation as for eight. */
  readonly lanesMicroseconds: number;
}

/**
 * - `avx512_ifma`: eight signatures at a time.
 * - `portable`: one at a time. Only for P-384, at which OpenSSL is slow.
 * - `unsupported_cpu`: the machine has no AVX512-IFMA, or is not to use it, and OpenSSL is as fast without.
 * - `refused`: it failed its self-test.
 * - `off`: `LATCHKEY_CURVES=off`.
 */
export type CurveArithmeticState = 'off' | 'unsupported_cpu' | 'refused' | 'portable' | 'avx512_ifma';

/** Whether this process signs with arithmetic of its own where it has keys of a curve. */
export interface CurveArithmetic {
  readonly state: CurveArithmeticState;
  /** In words, why it is not in use; empty if it is. */
  readonly reason: string;
  /** What the self-test measured on this machine; undefined unless it is in use. */
  readonly costs: CurveArithmeticCosts | undefined;
}

/** In microseconds of one thread. */
export interface CurveArithmeticCosts {
  /** How many signatures have to come together for it to be faster than OpenSSL. */
  readonly breakEven: number;
  /** One signature with OpenSSL. */
  readonly opensslMicroseconds: number;
  /** A call for one signature, or for as many as there are lanes. More of them in one call cost less each. */
  readonly callMicroseconds: number;
  readonly lanes: number;
}

/** How this process does private-key operations that come together. */
export interface MultiBuffer {
  readonly state: MultiBufferState;
  /** In words, why it is not in use; empty if it is. */
  readonly reason: string;
  /** The library, if one has been loaded. */
  readonly library: { readonly path: string; readonly version: string } | undefined;
  /** Empty unless it is in use. */
  readonly algorithms: Readonly<Partial<Record<MultiBufferAlgorithm, MultiBufferCosts>>>;
  /**
   * Operations so far that OpenSSL did again because the library failed, or gave a wrong RSA result, which never
   * leaves. Anything but 0 means that the machine does not compute as it should.
   */
  readonly failures: number;
  readonly curves: Readonly<Record<'p256' | 'p384' | 'ed25519', CurveArithmetic>>;
}

/**
 * What this process computes with besides OpenSSL. {@link performBatch} uses by itself what the self-tests found to be the
 * fastest for as many operations as there are; nothing else depends on it.
 *
 * - Intel's crypto_mb library does up to eight operations at once on a CPU with AVX512-IFMA. The environment variable
 *   `LATCHKEY_CRYPTO_MB` says which file to load, or `off`; by default the system's `libcrypto_mb.so.11` to `.13`.
 * - Arithmetic of our own does ECDSA with P-256 and P-384, and Ed25519. The environment variable `LATCHKEY_CURVES` may be
 *   `off`, or `portable` to do without AVX512-IFMA.
 *
 * The first call in a process, or its first batch, loads and tests them, which takes a few tenths of a second: a server
 * calls this before it takes requests.
 */
export function multiBuffer(): MultiBuffer {
  return (addon as { multiBuffer(): MultiBuffer }).multiBuffer();
}
