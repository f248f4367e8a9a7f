import type { ResumptionStore } from '@latchkey/edge';
import type { StoreAnswer, StoreRequest } from './messages.js';

/**
 * What the processes of an edge share of their visitors' sessions, seen from one of them: the supervising process has it
 * in memory, and is asked. When that is gone no answer comes, which costs resumption and nothing else.
 */
export class SharedStore implements ResumptionStore {
  readonly #send: (request: StoreRequest) => void;
  readonly #waiting = new Map<number, (value: Uint8Array | undefined) => void>();
  #lastId = 0;

  constructor(send: (request: StoreRequest) => void) {
    this.#send = send;
  }

  get(key: string): Promise<Uint8Array | undefined> {
    return this.#ask({ method: 'get', key });
  }

  async set(key: string, value: Uint8Array, lifetime: number): Promise<void> {
    await this.#ask({ method: 'set', key, value, lifetime });
  }

  async add(key: string, value: Uint8Array, lifetime: number): Promise<Uint8Array> {
    return (await this.#ask({ method: 'add', key, value, lifetime })) ?? value;
  }

  /** To be called with the answers of the supervising process. */
  onAnswer({ id, value }: StoreAnswer): void {
    this.#waiting.get(id)?.(value);
    this.#waiting.delete(id);
  }

  #ask(request: Omit<StoreRequest, 'id'>): Promise<Uint8Array | undefined> {
    this.#lastId += 1;
    const id = this.#lastId;
    return new Promise((resolve) => {
      this.#waiting.set(id, resolve);
      this.#send({ id, ...request });
    });
  }
}

/** Does what a process asks of the store. */
export async function answerStoreRequest(
  store: ResumptionStore,
  { id, method, key, value = new Uint8Array(), lifetime = 1 }: StoreRequest,
): Promise<StoreAnswer> {
  const kept =
    method === 'get'
      ? await store.get(key)
      : method === 'add'
        ? await store.add(key, value, lifetime)
        : await store.set(key, value, lifetime).then(() => undefined);
  return { type: 'store', id, ...(kept !== undefined && { value: kept }) };
}
