import type { HandshakesOrder, OperationKind } from '@latchkey/load';
import type { KeyAlgorithm } from '../../pki/index.js';

/** One thing that two versions are compared in, by the CPU time that it takes the server. */
export interface ComparedBenchmark {
  readonly id: string;
  readonly title: string;
  /** From which slowdown on it fails: 0.05 for 5 %. */
  readonly threshold: number;
  readonly load:
    | {
        readonly type: 'operations';
        readonly operation: OperationKind['operation'];
        readonly key?: KeyAlgorithm;
        readonly depth: number;
      }
    | Pick<HandshakesOrder, 'type' | 'version' | 'resumedShare'>;
}

/** The site whose certificate visitors get. */
export const SITE_KEY = 'p-256' satisfies KeyAlgorithm;

/** All that is compared unless some are named. */
export const COMPARED: readonly ComparedBenchmark[] = [
  { id: 'ping', title: 'ping', threshold: 0.05, load: { type: 'operations', operation: 'ping', depth: 256 } },
  {
    id: 'p-256',
    title: 'P-256 signature',
    threshold: 0.05,
    load: { type: 'operations', operation: 'ecdsa_sha256', key: 'p-256', depth: 256 },
  },
  {
    id: 'rsa-2048',
    title: 'RSA-2048 signature',
    threshold: 0.05,
    load: { type: 'operations', operation: 'rsa_pss_sha256', key: 'rsa-2048', depth: 64 },
  },
  {
    id: 'full',
    title: 'full handshake (TLS 1.3)',
    threshold: 0.05,
    load: { type: 'handshakes', version: 'TLSv1.3', resumedShare: 0 },
  },
  {
    id: 'resumed',
    title: 'resumed handshake (TLS 1.3)',
    threshold: 0.05,
    load: { type: 'handshakes', version: 'TLSv1.3', resumedShare: 1 },
  },
];

/** What the keys of the sites are. */
export const KEYS: readonly KeyAlgorithm[] = ['p-256', 'rsa-2048'];
