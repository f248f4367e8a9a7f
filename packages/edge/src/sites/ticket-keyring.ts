import type { TlsContext } from '@latchkey/native';

/** The ticket keys that the contexts of one server share. */
export class TicketKeyring {
  #keys: readonly Uint8Array[];
  /** Weakly: whoever makes a context says how long it lives. */
  readonly #contexts = new Set<WeakRef<TlsContext>>();
  #pruneAt = 64;

  /** @param keys the first protects new tickets, all are accepted */
  constructor(keys: readonly Uint8Array[]) {
    this.#keys = keys;
  }

  get keys(): readonly Uint8Array[] {
    return this.#keys;
  }

  /** Gives a context, which has the present keys, all later ones. */
  add(context: TlsContext): void {
    if (this.#contexts.size >= this.#pruneAt) {
      for (const reference of this.#contexts)
        if (reference.deref() === undefined) this.#contexts.delete(reference);
      this.#pruneAt = 2 * this.#contexts.size + 64;
    }
    this.#contexts.add(new WeakRef(context));
  }

  /** @throws TlsContextError when these are no ticket keys; then nothing has changed */
  update(keys: readonly Uint8Array[]): void {
    for (const reference of this.#contexts) reference.deref()?.setTicketKeys(keys);
    this.#keys = keys;
  }
}
