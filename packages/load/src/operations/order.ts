import type { MeasurableOperation } from './requests.js';

/** Private-key operations of any key server that speaks Keyless SSL v1, or kssl2. */
export interface OperationsOrder {
  readonly type: 'operations';
  /** Where it is and what a client needs to be let in; certificates and keys as PEM. */
  readonly channel: {
    readonly host: string;
    readonly port: number;
    /** The name that its certificate must be for. Default: the host. */
    readonly servername?: string;
    readonly ca: string;
    readonly cert: string;
    readonly key: string;
  };
  /** What it is asked for, mixed by weight; 1 to 256. */
  readonly kinds: readonly OperationKind[];
  /** At least 1. Edges keep few. */
  readonly connections: number;
  /** Requests under way on each connection at most, 1 to 65,536. */
  readonly depth: number;
  /** Default: Keyless SSL v1. kssl2 is for signatures with one P-256 key. */
  readonly protocol?: 'kssl2';
  /** Every request in a TLS record of its own, or as many in one as fit: 16 frames of 1024 bytes. */
  readonly records: 'one_request' | 'shared';
}

/** One kind of operation among others. */
export interface OperationKind {
  /** Names it in the result. */
  readonly label: string;
  readonly operation: MeasurableOperation;
  /** The public key, PEM; none for a ping. */
  readonly publicKey?: string;
  /** How often it comes beside the others: any number above 0. Default: 1. */
  readonly weight?: number;
}
