import { KEY_TYPES, type KeyType } from '../service-times.js';

/** The operations that are under way, by number: a million objects would keep the collector busier than the simulation. */
export class Jobs {
  #sentAt = new Float64Array(1024);
  #keyTypes = new Uint8Array(1024);
  #senders = new Int32Array(1024);
  readonly #free: number[] = [];
  #used = 0;

  /** How many are under way. */
  get count(): number {
    return this.#used - this.#free.length;
  }

  /** @param sender the number of whoever waits for it */
  begin(sentAt: number, keyType: number, sender: number): number {
    const job = this.#free.pop() ?? this.#used++;
    if (job >= this.#sentAt.length) this.#grow();
    this.#sentAt[job] = sentAt;
    this.#keyTypes[job] = keyType;
    this.#senders[job] = sender;
    return job;
  }

  end(job: number): void {
    this.#free.push(job);
  }

  sentAt(job: number): number {
    return this.#sentAt[job] ?? 0;
  }

  /** The place of its key type in {@link KEY_TYPES}. */
  keyTypeNumber(job: number): number {
    return this.#keyTypes[job] ?? 0;
  }

  keyType(job: number): KeyType {
    return KEY_TYPES[this.keyTypeNumber(job)] ?? 'p-256';
  }

  sender(job: number): number {
    return this.#senders[job] ?? 0;
  }

  #grow(): void {
    const [sentAt, keyTypes, senders] = [this.#sentAt, this.#keyTypes, this.#senders];
    this.#sentAt = new Float64Array(sentAt.length * 2);
    this.#sentAt.set(sentAt);
    this.#keyTypes = new Uint8Array(keyTypes.length * 2);
    this.#keyTypes.set(keyTypes);
    this.#senders = new Int32Array(senders.length * 2);
    this.#senders.set(senders);
  }
}
