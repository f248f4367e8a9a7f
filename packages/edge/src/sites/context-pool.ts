import { createHash } from 'node:crypto';
import type { KeyService } from '@latchkey/codec';
import { TlsContext, type TlsContextOptions } from '@latchkey/native';
import { CredentialKeeper, takesCredentials } from '../delegation/credential-keeper.js';
import type { EdgeEvent } from '../events.js';
import { OcspStapler } from '../ocsp/ocsp-stapler.js';
import type { OcspStapling } from '../options.js';
import type { TicketKeyring } from './ticket-keyring.js';

/** What makes a context, ticket keys that rotate excepted. */
export interface ContextRecipe {
  readonly options: TlsContextOptions;
  /** By the index of the certificate. */
  readonly stapling: readonly (OcspStapling | undefined)[];
  /** How long delegated credentials last, in seconds; undefined: there are none. */
  readonly credentialLifetime: number | undefined;
}

interface PooledContext {
  readonly context: TlsContext;
  readonly staplers: readonly OcspStapler[];
  readonly credentialKeepers: readonly CredentialKeeper[];
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

  /**
   * @param keyService has the keys of the certificates: it signs the credentials
   * @throws TlsContextError
   */
  get(recipe: ContextRecipe, keyService: KeyService): TlsContext {
    const name = nameOf(recipe);
    const known = this.#contexts.get(name) ?? this.#inherited.get(name) ?? this.#make(recipe, keyService);
    // The one from before may be about to be closed.
    for (const keeper of known.credentialKeepers) keeper.keyService = keyService;
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
    for (const [name, { staplers, credentialKeepers }] of this.#contexts) {
      if (other !== undefined && other.#contexts.has(name)) continue;
      for (const background of [...staplers, ...credentialKeepers]) background.close();
    }
  }

  #make({ options, stapling, credentialLifetime }: ContextRecipe, keyService: KeyService): PooledContext {
    const context = this.makeLoose(options);
    const chains = chainsOf(options.certificateChain);
    const staplers = chains.flatMap((certificateChain, index) => {
      const ofThis = stapling[index];
      if (ofThis === undefined) return [];
      return [
        new OcspStapler({ context, index, certificateChain, stapling: ofThis, onEvent: this.#onEvent }),
      ];
    });
    const credentialKeepers = chains.flatMap((certificateChain, index) => {
      if (credentialLifetime === undefined || !takesCredentials(context.publicKeys[index])) return [];
      const onEvent = this.#onEvent;
      return [
        new CredentialKeeper({
          context,
          index,
          certificateChain,
          keyService,
          lifetime: credentialLifetime,
          onEvent,
        }),
      ];
    });
    return { context, staplers, credentialKeepers };
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
