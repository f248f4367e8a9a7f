import { readFile } from 'node:fs/promises';
import {
  type KeyStoreProvider,
  KeyStoreUnavailableError,
  type ProvidedKeys,
} from '../key-stores/key-store-provider.js';
import { reasonOf } from '../system-error.js';
import { moduleFile } from './module-file.js';
import type { KeyAttributes, Pkcs11Uri } from './pkcs11-uri.js';
import { TokenClient } from './token-client.js';

/** A token by what its URIs have in common, and the keys that each of them names. */
export type TokenConfiguration = Omit<Pkcs11Uri, 'key'> & { readonly keys: readonly KeyAttributes[] };

/**
 * Keys on a PKCS#11 token (OASIS, PKCS#11 v3.1).
 *
 * The module runs in a process of its own. Most of its functions block and some hang when the device does, threads that
 * hang cannot be ended, modules crash, and some never find a device again that was away: a process can be given up and
 * started afresh, and nothing of that touches the key server. There are as many sessions as configured; while the
 * process waits for one of them, the others work.
 */
export class Pkcs11Provider implements KeyStoreProvider {
  readonly name: string;
  readonly #configuration: TokenConfiguration;
  #client: TokenClient | undefined;
  #sessions: number;

  constructor(configuration: TokenConfiguration) {
    this.#configuration = configuration;
    this.#sessions = configuration.maximumSessions;
    this.name = nameOf(configuration);
  }

  get concurrency(): number {
    return this.#sessions;
  }

  /** See {@link KeyStoreProvider.load}. Each time the PIN's file is read anew, and the PIN tried once. */
  async load({ signal }: { readonly signal: AbortSignal }): Promise<ProvidedKeys> {
    this.#client?.close();
    const { module, token, keys, pin, maximumSessions } = this.#configuration;
    const request = { moduleFile: moduleFile(module), token, keys, maximumSessions, pin: await readPin(pin) };
    if (signal.aborted) throw new KeyStoreUnavailableError('it was given up before it was opened');
    const client = new TokenClient(request);
    this.#client = client;
    const giveUp = () => client.close();
    signal.addEventListener('abort', giveUp);
    try {
      const opened = await client.opened;
      this.#sessions = opened.sessions;
      return {
        keys: opened.keys.map((key, index) => ({
          ...key,
          perform: (operation) => client.perform(index, operation),
        })),
        problems: opened.problems,
      };
    } finally {
      signal.removeEventListener('abort', giveUp);
    }
  }

  async close(): Promise<void> {
    this.#client?.close();
    return Promise.resolve();
  }
}

/**
 * One configuration for each token: of several URIs with the same token and PIN, so that a wrong one is tried once and
 * not once for each key.
 */
export function groupByToken(uris: readonly Pkcs11Uri[]): TokenConfiguration[] {
  const groups = new Map<string, TokenConfiguration>();
  for (const { key, ...rest } of uris) {
    const { module, token, pin } = rest;
    const secret = pin?.type === 'value' ? pin.value.reveal() : pin?.path;
    const index = JSON.stringify([module, token, pin?.type, secret]);
    const group = groups.get(index) ?? { ...rest, keys: [] };
    groups.set(index, {
      ...group,
      keys: [...group.keys, key],
      maximumSessions: Math.max(group.maximumSessions, rest.maximumSessions),
    });
  }
  return [...groups.values()];
}

async function readPin(pin: Pkcs11Uri['pin']): Promise<string | undefined> {
  if (pin?.type !== 'file') return pin?.value.reveal();
  try {
    return (await readFile(pin.path, 'utf8')).replace(/\r?\n$/, '');
  } catch (error) {
    throw new KeyStoreUnavailableError(`the PIN cannot be read from ${pin.path}: ${reasonOf(error)}`, {
      cause: error,
    });
  }
}

function nameOf({ module, token }: TokenConfiguration): string {
  const attributes = Object.entries(token).map(([name, value]) => `${name}=${value}`);
  return `pkcs11:${attributes.join(';') || (module.type === 'path' ? module.path : module.name)}`;
}
