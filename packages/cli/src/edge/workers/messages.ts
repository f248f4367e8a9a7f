import type { WorkerProtocol } from '../../supervision/workers/messages.js';
import type { EdgeStatus } from '../edge-status.js';

/** What the processes of an edge say to each other. */
export interface EdgeWorkerProtocol extends WorkerProtocol {
  readonly parameters: undefined;
  readonly serving: { readonly port: number };
  readonly answers: { readonly status: EdgeStatus };
  readonly order: { readonly type: 'reload' } | StoreAnswer;
  readonly notice: StoreRequest;
}

/** The answer to {@link StoreRequest}; without a value where there is none. */
export interface StoreAnswer {
  readonly type: 'store';
  readonly id: number;
  readonly value?: Uint8Array;
}

/** Something to be kept for all processes of the edge, or asked for. */
export interface StoreRequest {
  readonly id: number;
  readonly method: 'get' | 'set' | 'add';
  readonly key: string;
  /** Of `set` and `add`. */
  readonly value?: Uint8Array;
  /** Of `set` and `add`, in seconds. */
  readonly lifetime?: number;
}
