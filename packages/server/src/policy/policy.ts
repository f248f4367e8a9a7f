import type { ClientIdentity } from './client-identity.js';
import {
  ALL_OPERATIONS,
  HANDSHAKE_OPERATIONS,
  type PolicyOperation,
  type SignaturePurpose,
} from './policy-operation.js';
import { type RateLimit, TokenBucket } from './token-bucket.js';
import type { TokenLedger, TokenUse } from './token-ledger.js';

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
  /** Signatures for these only. Default: for any. */
  readonly purposes?: ReadonlySet<SignaturePurpose> | undefined;
  matchesClient(client: ClientIdentity): boolean;
  matchesKey(key: PolicyKey): boolean;
}

/** Bounds how often each of some clients may have operations performed. */
export interface PolicyLimit extends RateLimit {
  /** Only these count. Default: all. */
  readonly operations?: ReadonlySet<PolicyOperation> | undefined;
  /** Of signatures, those for these only. Default: for any. */
  readonly purposes?: ReadonlySet<SignaturePurpose> | undefined;
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
  #ledger: TokenLedger | undefined;

  constructor(rules: readonly PolicyRule[], limits: readonly PolicyLimit[] = []) {
    this.#rules = rules;
    this.#limits = limits;
  }

  /**
   * What a client may do, for as long as this policy holds. All connections with the same certificate share it, and so
   * its rate limits: for each operation the lowest rate of those limits that match.
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

  /** Has tokens written down that clients use, those who connect from now on. */
  recordUses(ledger: TokenLedger): void {
    this.#ledger = ledger;
  }

  /**
   * Counts tokens that clients have used in another process with the same policy. Those of clients that have never
   * connected here are not kept.
   *
   * @param now in milliseconds on the clock of `performance.now()`
   */
  chargeUses(uses: readonly TokenUse[], now: number): void {
    for (const { fingerprint, limit, count } of uses)
      this.#clients.get(fingerprint)?.chargeTokens(now, limit, count);
  }

  #compile(client: ClientIdentity): ClientPermissions {
    const ledger = this.#ledger;
    return new ClientPermissions(
      this.#rules.filter((rule) => rule.matchesClient(client)),
      this.#limits.filter((limit) => limit.matchesClient(client)),
      ledger && ((limit) => ledger.record(client.fingerprint, limit)),
    );
  }
}

/** What one client may do. Decides once for each key and operation; from then on it only looks up. */
export class ClientPermissions {
  readonly #rules: readonly PolicyRule[];
  /** The lowest rate first. */
  readonly #limits: readonly { readonly limit: ClientLimit; readonly bucket: TokenBucket }[];
  readonly #onUse: ((limit: number) => void) | undefined;
  readonly #byKey = new WeakMap<PolicyKey, Verdicts>();
  readonly #withoutKey: Verdicts = new Map();

  /**
   * @param rules those that match the client
   * @param limits likewise
   * @param onUse told of each token that is used: of which of the limits, the lowest rate first
   */
  constructor(
    rules: readonly PolicyRule[],
    limits: readonly ClientLimit[] = [],
    onUse?: (limit: number) => void,
  ) {
    this.#rules = rules;
    this.#onUse = onUse;
    this.#limits = [...limits]
      .sort((a, b) => a.rate - b.rate)
      .map((limit) => ({ limit, bucket: new TokenBucket(limit) }));
  }

  /**
   * Whether the client may have an operation performed.
   *
   * @param key the key that the request means, the same object each time; undefined for an operation without a private key
   * @param purpose what a signature is for
   */
  verdict(key: PolicyKey | undefined, operation: PolicyOperation, purpose?: SignaturePurpose): PolicyVerdict {
    const verdicts = this.#verdictsOf(key, purpose);
    let verdict = verdicts.get(operation);
    if (verdict === undefined) {
      verdict = this.#decide(key, operation, purpose);
      verdicts.set(operation, verdict);
    }
    return verdict;
  }

  /** Whether the client may have some operation of a handshake performed with a key: then it may have its certificate. */
  mayShakeHandsWith(key: PolicyKey): boolean {
    return HANDSHAKE_OPERATIONS.some(
      ({ operation, purpose }) => this.verdict(key, operation, purpose) === 'allowed',
    );
  }

  /**
   * Counts an operation that is about to be performed.
   *
   * @param now in milliseconds on the clock of `performance.now()`
   * @returns false when the client has had as many as its rate limit allows
   */
  takeToken(now: number, operation: PolicyOperation, purpose?: SignaturePurpose): boolean {
    const index = this.#limitOf(operation, purpose);
    if (index === NO_LIMIT) return true;
    const isWithin = this.#limits[index]?.bucket.take(now) ?? true;
    if (isWithin) this.#onUse?.(index);
    return isWithin;
  }

  /** Counts operations that were performed elsewhere; `limit` is what `onUse` was told there. */
  chargeTokens(now: number, limit: number, count: number): void {
    this.#limits[limit]?.bucket.charge(now, count);
  }

  /** For how long an operation is of no use that the rate limit has just refused, in milliseconds. */
  timeToToken(operation: PolicyOperation, purpose?: SignaturePurpose): number {
    return this.#limits[this.#limitOf(operation, purpose)]?.bucket.timeToToken ?? 0;
  }

  /** @returns {@link NO_LIMIT} where there is none */
  #limitOf(operation: PolicyOperation, purpose: SignaturePurpose | undefined): number {
    // A loop: for each request, a closure would be garbage.
    for (let index = 0; index < this.#limits.length; index += 1) {
      const entry = this.#limits[index];
      if (entry !== undefined && appliesTo(entry.limit, operation, purpose)) return index;
    }
    return NO_LIMIT;
  }

  #verdictsOf(
    key: PolicyKey | undefined,
    purpose: SignaturePurpose | undefined,
  ): Map<PolicyOperation, PolicyVerdict> {
    let byPurpose = key === undefined ? this.#withoutKey : this.#byKey.get(key);
    if (byPurpose === undefined) {
      byPurpose = new Map();
      if (key !== undefined) this.#byKey.set(key, byPurpose);
    }
    let verdicts = byPurpose.get(purpose);
    if (verdicts === undefined) {
      verdicts = new Map();
      byPurpose.set(purpose, verdicts);
    }
    return verdicts;
  }

  #decide(
    key: PolicyKey | undefined,
    operation: PolicyOperation,
    purpose: SignaturePurpose | undefined,
  ): PolicyVerdict {
    const effects = this.#rules
      .filter((rule) => appliesTo(rule, operation, purpose))
      .filter((rule) => key === undefined || rule.matchesKey(key))
      .map(({ effect }) => effect);
    if (effects.includes('deny')) return 'denied';
    return effects.includes('allow') ? 'allowed' : 'not_allowed';
  }
}

/** A limit that matches a client. */
type ClientLimit = Omit<PolicyLimit, 'matchesClient'>;

const NO_LIMIT = -1;

type Verdicts = Map<SignaturePurpose | undefined, Map<PolicyOperation, PolicyVerdict>>;

function appliesTo(
  { operations, purposes }: Pick<PolicyLimit, 'operations' | 'purposes'>,
  operation: PolicyOperation,
  purpose: SignaturePurpose | undefined,
): boolean {
  if (operations?.has(operation) === false) return false;
  return purposes === undefined || (purpose !== undefined && purposes.has(purpose));
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
