import type { KeyService, OperationRequest, PerformOptions } from '@latchkey/codec';
import type { KeyStore } from '../keys/key-store.js';
import { errorOf } from '../operations/failure.js';
import { toPrivateKeyOperation } from '../operations/private-key-operation.js';
import { type ClientPermissions, permissionsWithoutPolicy } from '../policy/policy.js';
import { Turn } from '../turn.js';
import { OperationLanes } from './operation-lanes.js';
import { PromisedJob } from './promised-job.js';

/** What a {@link PoolKeyService} works with. */
export interface PoolKeyServiceOptions {
  /** They stay the caller's to dispose of. */
  readonly keys: KeyStore;
  /** Threads, 1 or more. Default 1. */
  readonly workers?: number;
  /** Whether RSA decryption is performed. Default false. */
  readonly rsaDecrypt?: boolean;
  /** Whether delegated credentials are signed. Default true: who has the keys in the own process needs no leave. */
  readonly delegatedCredentials?: boolean;
}

/** Private keys in the own process as a key service: what an edge that holds its keys itself runs on. */
export class PoolKeyService implements KeyService {
  readonly #keys: KeyStore;
  readonly #permissions: ClientPermissions;
  readonly #lanes: OperationLanes;

  constructor({ keys, workers = 1, rsaDecrypt = false, delegatedCredentials = true }: PoolKeyServiceOptions) {
    this.#keys = keys;
    this.#permissions = permissionsWithoutPolicy({ rsaDecrypt, delegatedCredentials });
    // A failed thread needs no word here: whoever waits for its operations hears of it.
    this.#lanes = new OperationLanes({ workers, turn: new Turn(), onWorkerFailure: () => {} });
  }

  /** See {@link KeyService.perform}. The bytes of the request must stay as they are until the answer is there. */
  async perform(request: OperationRequest, { deadline, signal }: PerformOptions): Promise<Uint8Array> {
    if (request.operation.type === 'ping') return request.operation.payload;
    const operation = toPrivateKeyOperation(request, this.#keys, this.#permissions);
    if (typeof operation === 'string') throw errorOf(operation);
    const job = new PromisedJob(operation, deadline);
    const cancel = () => job.cancel();
    if (signal?.aborted === true) cancel();
    else this.#lanes.submit(job);
    signal?.addEventListener('abort', cancel);
    try {
      return await job.answer;
    } finally {
      signal?.removeEventListener('abort', cancel);
    }
  }

  async close(): Promise<void> {
    await this.#lanes.close();
  }
}
