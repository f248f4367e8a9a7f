import { type CertificateSubscription, MAXIMUM_CHAINS, MAXIMUM_SUBSCRIPTIONS } from '@latchkey/codec/kssl2';
import type { Certificates } from '@latchkey/codec/kssl2';
import type { X509Certificate } from 'node:crypto';
import type { WatchedCertificate } from '@latchkey/admin';
import type { Logger } from 'pino';
import type { CertificateFileError } from '../errors.js';
import type { LoadedChains, StoredChain } from './chain-files.js';

/** An edge that is connected and may want certificates. */
export interface CertificateSubscriber {
  /** Whether it may use the key of that SKI, and there is such a key. */
  mayUseKey(ski: Uint8Array): boolean;
  sendCertificates(certificates: Certificates): void;
}

/** The certificate chains beside the keys: which edge gets which of them, now and when that changes. */
export class ServedCertificates {
  readonly #logger: Logger;
  #chains: readonly StoredChain[] = [];
  #problems: readonly CertificateFileError[] = [];
  readonly #subscriptions = new Map<CertificateSubscriber, Map<number, Subscription>>();

  constructor(loaded: LoadedChains, logger: Logger) {
    this.#logger = logger;
    this.#use(loaded);
  }

  /** Files that could not be used when they were last loaded. */
  get problems(): readonly CertificateFileError[] {
    return this.#problems;
  }

  /** Those of sites, whose end somebody should see coming. */
  get watchedCertificates(): readonly WatchedCertificate[] {
    return this.#chains.map(({ file, leaf }) => ({ source: file, certificate: leaf }));
  }

  /** Hands out other chains from now on. What a file held that cannot be used any more stays. */
  replace(loaded: LoadedChains): void {
    this.#use(loaded);
    this.refresh();
  }

  /** Keys or the policy have changed: who gets what may have changed too. */
  refresh(): void {
    for (const [subscriber, subscriptions] of this.#subscriptions) {
      for (const [id, subscription] of subscriptions) {
        const chains = this.#chainsFor(subscriber, subscription.serverNames);
        if (isSame(chains, subscription.sent)) continue;
        subscription.sent = chains;
        this.#send(subscriber, id, chains);
      }
    }
  }

  /** @returns false where the edge has as many subscriptions as it may have */
  subscribe(subscriber: CertificateSubscriber, { id, serverNames }: CertificateSubscription): boolean {
    const subscriptions = this.#subscriptions.get(subscriber) ?? new Map<number, Subscription>();
    if (serverNames.length === 0) {
      subscriptions.delete(id);
      return true;
    }
    if (subscriptions.size >= MAXIMUM_SUBSCRIPTIONS && !subscriptions.has(id)) return false;
    const chains = this.#chainsFor(subscriber, serverNames);
    subscriptions.set(id, { serverNames, sent: chains });
    this.#subscriptions.set(subscriber, subscriptions);
    this.#send(subscriber, id, chains);
    return true;
  }

  /** The edge has gone. */
  forget(subscriber: CertificateSubscriber): void {
    this.#subscriptions.delete(subscriber);
  }

  #use({ chains, problems }: LoadedChains): void {
    const unusable = new Set(problems.map(({ file }) => file));
    const retained = this.#chains.filter(({ file }) => unusable.has(file));
    this.#chains = [...chains, ...retained];
    this.#problems = problems;
    const kept = new Set(retained.map(({ file }) => file));
    for (const { file, reason } of problems)
      this.#logger.error(
        { file },
        kept.has(file)
          ? `not reloaded, edges still get what it held before: ${reason}`
          : `edges get no certificate of it: ${reason}`,
      );
  }

  #send(subscriber: CertificateSubscriber, subscription: number, chains: readonly StoredChain[]): void {
    subscriber.sendCertificates({ subscription, chains: chains.map(({ certificates }) => certificates) });
  }

  /** Of each kind of key the certificate that was issued last. */
  #chainsFor(subscriber: CertificateSubscriber, serverNames: readonly string[]): readonly StoredChain[] {
    const now = Date.now();
    const byKind = new Map<string, StoredChain>();
    for (const chain of this.#chains) {
      const { leaf, ski } = chain;
      if (Date.parse(leaf.validTo) <= now) continue;
      if (!serverNames.every((name) => coversServerName(leaf, name))) continue;
      if (!subscriber.mayUseKey(ski)) continue;
      const kind = leaf.publicKey.asymmetricKeyType ?? '';
      const other = byKind.get(kind);
      if (other === undefined || issuedAt(other) < issuedAt(chain)) byKind.set(kind, chain);
    }
    return [...byKind.values()].slice(0, MAXIMUM_CHAINS);
  }
}

/** What one edge wants for one site, and what it was sent last. */
interface Subscription {
  readonly serverNames: readonly string[];
  sent: readonly StoredChain[];
}

/**
 * Whether a certificate is for a host name (RFC 6125, section 6.4).
 *
 * @param serverName with `*.` before it, whether it is for all names directly below it
 */
export function coversServerName(certificate: X509Certificate, serverName: string): boolean {
  const name = serverName.replace(/^\*/, ANY_LABEL);
  return certificate.checkHost(name, { subject: 'never', partialWildcards: false }) !== undefined;
}

/** Nobody has a certificate for this one alone. */
const ANY_LABEL = 'any-label-that-a-wildcard-covers';

function issuedAt({ leaf }: StoredChain): number {
  return Date.parse(leaf.validFrom);
}

function isSame(one: readonly StoredChain[], other: readonly StoredChain[]): boolean {
  const [first, second] = [one, other].map((chains) =>
    chains.map(({ certificates }) => Buffer.concat(certificates).toString('base64')).join(),
  );
  return first === second;
}
