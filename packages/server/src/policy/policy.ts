import type { ClientIdentity } from './client-identity.js';
import { ALL_OPERATIONS, type PolicyOperation } from './policy-operation.js';
import { type RateLimit, TokenBucket } from './token-bucket.js';

/** What a policy knows a key by. */
export interface PolicyKey {
  readonly ski: Uint8Array;
  /** What the operator calls it: the name of its file without the folder and `.key`, or its label in a token. */
  readonly label: string;
  /** Its path; none for a key that does not come from a file. */
  readonly file?: string;
}

/** Allows or denies some operations with some keys to some clients. */
export interface PolicyRule {
  readonly effect: 'allow' | 'deny';
  readonly operations: ReadonlySet<PolicyOperation>;
  matchesClient(client: ClientIdentity): boolean;
  matchesKey(key: PolicyKey): boolean;
}

/** Bounds how often each of some clients may have operations performed. */
export interface PolicyLimit extends RateLimit {
  matchesClient(client: ClientIdentity): boolean;
}

/** `not_allowed`: no rule allows it. `denied`: a rule denies it. */
export type PolicyVerdict = 'allowed' | 'not_allowed' | 'denied';

/**
 * Who may do what. What no rule allows is not allowed; what a rule denies is not allowed either, whatever others say; the
 * order of the rules does not matter. Does not change: a reload makes another one.
 */
export class Policy {
  readonly #rules: readonly PolicyRule[];
  readonly #limits: readonly PolicyLimit[];
  /** By fingerprint, the one used last at the end. */
  readonly #clients = new Map<string, ClientPermissions>();

  constructor(rules: readonly PolicyRule[], limits: readonly PolicyLimit[] = []) {
    this.#rules = rules;
    this.#limits = limits;
  }

  /**
   * What a client may do, for as long as this policy holds. All connections with the same certificate share it, and so
   * its rate limit: the lowest rate of those limits that match.
   */
  permissionsOf(client: ClientIdentity): ClientPermissions {
    const { fingerprint } = client;
    const permissions = this.#clients.get(fingerprint) ?? this.#compile(client);
    this.#clients.delete(fingerprint);
    this.#clients.set(fingerprint, permissions);
    if (this.#clients.size > MAXIMUM_CLIENTS) {
      for (const oldest of this.#clients.keys()) {
        this.#clients.delete(oldest);
        break;
      }
    }
    return permissions;
  }

  #compile(client: ClientIdentity): ClientPermissions {
    const [limit] = this.#limits
      .filter((candidate) => candidate.matchesClient(client))
      .sort((a, b) => a.rate - b.rate);
    return new ClientPermissions(
      this.#rules.filter((rule) => rule.matchesClient(client)),
      limit,
    );
  }
}

/** What one client may do. Decides once for each key and operation; from then on it only looks up. */
export class ClientPermissions {
  readonly #rules: readonly PolicyRule[];
  readonly #bucket: TokenBucket | undefined;
  readonly #byKey = new WeakMap<PolicyKey, Map<PolicyOperation, PolicyVerdict>>();
  readonly #withoutKey = new Map<PolicyOperation, PolicyVerdict>();

  /** @param rules those that match the client */
  constructor(rules: readonly PolicyRule[], limit?: RateLimit) {
    this.#rules = rules;
    this.#bucket = limit && new TokenBucket(limit);
  }

  /**
   * Whether the client may have an operation performed.
   *
   * @param key the key that the request means, the same object each time; undefined for an operation without a private key
   */
  verdict(key: PolicyKey | undefined, operation: PolicyOperation): PolicyVerdict {
    const verdicts = key === undefined ? this.#withoutKey : this.#verdictsOf(key);
    let verdict = verdicts.get(operation);
    if (verdict === undefined) {
      verdict = this.#decide(key, operation);
      verdicts.set(operation, verdict);
    }
    return verdict;
  }

  /**
   * Counts an operation that is about to be performed.
   *
   * @param now in milliseconds on the clock of `performance.now()`
   * @returns false when the client has had as many as its rate limit allows
   */
  takeToken(now: number): boolean {
    return this.#bucket === undefined || this.#bucket.take(now);
  }

  #verdictsOf(key: PolicyKey): Map<PolicyOperation, PolicyVerdict> {
    let verdicts = this.#byKey.get(key);
    if (verdicts === undefined) {
      verdicts = new Map();
      this.#byKey.set(key, verdicts);
    }
    return verdicts;
  }

  #decide(key: PolicyKey | undefined, operation: PolicyOperation): PolicyVerdict {
    const effects = this.#rules
      .filter(({ operations }) => operations.has(operation))
      .filter((rule) => key === undefined || rule.matchesKey(key))
      .map(({ effect }) => effect);
    if (effects.includes('deny')) return 'denied';
    return effects.includes('allow') ? 'allowed' : 'not_allowed';
  }
}

/** The policy of a key server without a policy file: {@link permissionsWithoutPolicy} for every client. */
export function policyWithoutFile(options: PermissionsWithoutPolicy): Policy {
  return new Policy([ruleWithoutFile(options)]);
}

/** Leave to do everything with every key but RSA decryption and delegated credentials, which the operator must want. */
export function permissionsWithoutPolicy(options: PermissionsWithoutPolicy): ClientPermissions {
  return new ClientPermissions([ruleWithoutFile(options)]);
}

/** What there is to say without a policy file. */
interface PermissionsWithoutPolicy {
  readonly rsaDecrypt: boolean;
  readonly delegatedCredentials: boolean;
}

function ruleWithoutFile({ rsaDecrypt, delegatedCredentials }: PermissionsWithoutPolicy): PolicyRule {
  const operations = ALL_OPERATIONS.filter((operation) =>
    operation === 'sign_delegated_credential'
      ? delegatedCredentials
      : rsaDecrypt || !operation.startsWith('decrypt_'),
  );
  return {
    effect: 'allow',
    operations: new Set(operations),
    matchesClient: () => true,
    matchesKey: () => true,
  };
}

/** Clients whose permissions are kept: many more than a key server has, and not without measure. */
const MAXIMUM_CLIENTS = 10_000;
