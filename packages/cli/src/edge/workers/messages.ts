import type { EdgeStatus } from '../edge-status.js';

/** What the process that supervises an edge tells one that serves visitors. */
export type ToWorker =
  | { readonly type: 'status'; readonly id: number }
  | { readonly type: 'reload' }
  | { readonly type: 'drain' }
  /** The answer to {@link StoreRequest}; without a value where there is none. */
  | { readonly type: 'store'; readonly id: number; readonly value?: Uint8Array };

/** What a process that serves visitors tells the one that supervises it. */
export type FromWorker =
  | { readonly type: 'serving'; readonly port: number }
  | { readonly type: 'status'; readonly id: number; readonly status: EdgeStatus }
  | StoreRequest;

/** Something to be kept for all processes of the edge, or asked for. */
export interface StoreRequest {
  readonly type: 'store';
  readonly id: number;
  readonly method: 'get' | 'set' | 'add';
  readonly key: string;
  /** Of `set` and `add`. */
  readonly value?: Uint8Array;
  /** Of `set` and `add`, in seconds. */
  readonly lifetime?: number;
}
