import { createHash } from 'node:crypto';
import { TlsContext, type TlsContextOptions } from '@latchkey/native';
import type { EdgeEvent } from '../events.js';
import { OcspStapler } from '../ocsp/ocsp-stapler.js';
import type { OcspStapling } from '../options.js';
import type { TicketKeyring } from './ticket-keyring.js';

/** What makes a context, ticket keys that rotate excepted. */
export interface ContextRecipe {
  readonly options: TlsContextOptions;
  /** By the index of the certificate. */
  readonly stapling: readonly (OcspStapling | undefined)[];
}

interface PooledContext {
  readonly context: TlsContext;
  readonly staplers: readonly OcspStapler[];
}

/**
 * The contexts of a server's sites. A pool that follows another takes over the contexts whose recipe is the same, with
 * the sessions that they keep and the OCSP responses that they have.
 */
export class ContextPool {
  readonly #keyring: TicketKeyring;
  readonly #onEvent: (event: EdgeEvent) => void;
  readonly #inherited: ReadonlyMap<string, PooledContext>;
  readonly #contexts = new Map<string, PooledContext>();

  constructor(keyring: TicketKeyring, onEvent: (event: EdgeEvent) => void, previous?: ContextPool) {
    this.#keyring = keyring;
    this.#onEvent = onEvent;
    this.#inherited = previous === undefined ? new Map() : new Map(previous.#contexts);
  }

  /** @throws TlsContextError */
  get(recipe: ContextRecipe): TlsContext {
    const name = nameOf(recipe);
    const known = this.#contexts.get(name) ?? this.#inherited.get(name) ?? this.#make(recipe);
    this.#contexts.set(name, known);
    return known.context;
  }

  /**
   * A context that belongs to nobody but the caller; nothing is fetched for it.
   *
   * @throws TlsContextError
   */
  makeLoose(options: TlsContextOptions): TlsContext {
    if (options.ticketKeys !== undefined) return new TlsContext(options);
    const context = new TlsContext({ ...options, ticketKeys: this.#keyring.keys });
    this.#keyring.add(context);
    return context;
  }

  /** Ends what this pool has and another has not. */
  closeAllBut(other: ContextPool | undefined): void {
    for (const [name, { staplers }] of this.#contexts) {
      if (other !== undefined && other.#contexts.has(name)) continue;
      for (const stapler of staplers) stapler.close();
    }
  }

  #make({ options, stapling }: ContextRecipe): PooledContext {
    const context = this.makeLoose(options);
    const chains = chainsOf(options.certificateChain);
    const staplers = chains.flatMap((certificateChain, index) => {
      const ofThis = stapling[index];
      if (ofThis === undefined) return [];
      return [
        new OcspStapler({ context, index, certificateChain, stapling: ofThis, onEvent: this.#onEvent }),
      ];
    });
    return { context, staplers };
  }
}

/** The chains of `certificateChain`, of which there may be one or several. */
export function chainsOf(chains: TlsContextOptions['certificateChain']): readonly (string | Uint8Array)[] {
  return typeof chains === 'string' || chains instanceof Uint8Array ? [chains] : chains;
}

/** The same for recipes that make the same. A digest: it may hold ticket keys. */
function nameOf(recipe: ContextRecipe): string {
  const text = JSON.stringify(recipe, (_, value: unknown) =>
    value instanceof Uint8Array ? Buffer.from(value).toString('base64') : value,
  );
  return createHash('sha256').update(text).digest('hex');
}
