import type { MeasurableOperation } from '@latchkey/load/operations';
import type { KeyAlgorithm } from 'latchkey/pki';

/** One thing that a key server is asked for again and again. */
export interface MeasuredOperation {
  /** Names it on the command line and in the report. */
  readonly id: string;
  readonly title: string;
  /** What is signed and how; none: a ping. */
  readonly signature?: MeasuredSignature;
  /** Every request in a TLS record of its own, or as many in one as fit: 16 frames of 1024 bytes. */
  readonly records: 'one_request' | 'shared';
  /** Default: Keyless SSL v1. */
  readonly protocol?: 'kssl2';
  /** Requests under way on each connection while the top rate is measured: a fraction of a second's worth. */
  readonly inFlight: number;
}

/** A signature by the key server, and what it is held against. */
export interface MeasuredSignature {
  readonly keyAlgorithm: KeyAlgorithm;
  readonly scheme: MeasurableOperation;
  /** What `openssl speed` calls it. */
  readonly opensslAlgorithm: string;
  /** The least that the rate's ratio to that of `openssl speed` should be (issues 4 and 6), by whether crypto_mb is in use. */
  readonly bars: Bars;
  /** At most so many microseconds longer than a ping should it take alone; none: not measured (issue 4). */
  readonly aloneBar?: number;
}

/** Bars of a ratio. */
export interface Bars {
  readonly multiBuffer: number;
  readonly opensslAlone: number;
}

/** Below it should be the 99th percentile of a P-256 operation at half of the top rate, in milliseconds (issue 4). */
export const P256_LATENCY_BAR = 5;

const ALONE_BAR = 50;

const P256 = {
  keyAlgorithm: 'p-256',
  scheme: 'ecdsa_sha256',
  opensslAlgorithm: 'ecdsap256',
} as const;

/** All that is measured, in the order of the table. */
export const OPERATIONS: readonly MeasuredOperation[] = [
  { id: 'ping', title: 'ping', records: 'shared', inFlight: 512 },
  {
    id: 'rsa-2048',
    title: 'RSA-2048',
    records: 'shared',
    inFlight: 64,
    signature: {
      keyAlgorithm: 'rsa-2048',
      scheme: 'rsa_pkcs1_sha256',
      opensslAlgorithm: 'rsa2048',
      bars: { multiBuffer: 3, opensslAlone: 0.9 },
    },
  },
  {
    id: 'rsa-4096',
    title: 'RSA-4096',
    records: 'shared',
    inFlight: 32,
    signature: {
      keyAlgorithm: 'rsa-4096',
      scheme: 'rsa_pkcs1_sha256',
      opensslAlgorithm: 'rsa4096',
      bars: { multiBuffer: 4.5, opensslAlone: 0.9 },
    },
  },
  {
    id: 'p-256',
    title: 'P-256, sharing records',
    records: 'shared',
    inFlight: 512,
    signature: { ...P256, bars: { multiBuffer: 3, opensslAlone: 0.85 }, aloneBar: ALONE_BAR },
  },
  {
    id: 'p-256-one-per-record',
    title: 'P-256, one per record',
    records: 'one_request',
    inFlight: 512,
    signature: { ...P256, bars: { multiBuffer: 2.2, opensslAlone: 0.7 } },
  },
  {
    id: 'p-256-kssl2',
    title: 'P-256 over kssl2, sharing records',
    records: 'shared',
    protocol: 'kssl2',
    inFlight: 512,
    signature: { ...P256, bars: { multiBuffer: 3.3, opensslAlone: 0.85 } },
  },
  {
    id: 'p-384',
    title: 'P-384',
    records: 'shared',
    inFlight: 128,
    signature: {
      keyAlgorithm: 'p-384',
      scheme: 'ecdsa_sha384',
      opensslAlgorithm: 'ecdsap384',
      bars: { multiBuffer: 25, opensslAlone: 0.9 },
    },
  },
  {
    id: 'ed25519',
    title: 'Ed25519',
    records: 'shared',
    inFlight: 512,
    signature: {
      keyAlgorithm: 'ed25519',
      scheme: 'ed25519',
      opensslAlgorithm: 'ed25519',
      bars: { multiBuffer: 7, opensslAlone: 0.8 },
      aloneBar: ALONE_BAR,
    },
  },
];

/** The keys that the operations need, each once. */
export const KEY_ALGORITHMS: readonly KeyAlgorithm[] = [
  ...new Set(
    OPERATIONS.flatMap(({ signature }) => (signature === undefined ? [] : [signature.keyAlgorithm])),
  ),
];
