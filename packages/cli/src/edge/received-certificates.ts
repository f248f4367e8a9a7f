import type { X509Certificate } from 'node:crypto';
import type { WatchedCertificate } from '@latchkey/admin';
import type { KeyServerClientEvent } from '@latchkey/client';
import type { Logger } from 'pino';
import type { EdgeSite } from '../edge-configuration/edge-configuration.js';
import { parseReceivedChain } from '../received-chain.js';

/** What {@link ReceivedCertificates} work with. */
export interface ReceivedCertificatesOptions {
  /** Serves by what {@link ReceivedCertificates.chainsOf} says now; throws where a chain cannot be used. */
  readonly apply: () => void;
  /** Whether the site's key servers sign with the key of a certificate; true also where they cannot be asked now. */
  readonly isKeyServed: (site: EdgeSite, leaf: X509Certificate) => Promise<boolean>;
  readonly logger: Logger;
}

/**
 * The certificates of sites that have none of their own, as key servers send them. Of each kind of key a site shows the one
 * that was issued last, whoever has sent it, so that key servers may be renewed one after the other. What a site has shown
 * it goes on showing until there is another: a key server that is away, or has nothing to say any more, changes nothing.
 */
export class ReceivedCertificates {
  readonly #options: ReceivedCertificatesOptions;
  /** By the sites' names. */
  #sites = new Map<string, ReceivingSite>();
  /** Questions under way, by site and key. */
  readonly #keyTrials = new Map<string, Promise<boolean>>();
  #onComplete: (() => void) | undefined;
  /** Settles once every site has a certificate. */
  readonly complete: Promise<void>;

  constructor(options: ReceivedCertificatesOptions, sites: readonly EdgeSite[]) {
    this.#options = options;
    this.complete = new Promise((resolve) => (this.#onComplete = resolve));
    this.adopt(sites);
  }

  /** Serves these sites from now on. What is known of those that were there before stays known. */
  adopt(sites: readonly EdgeSite[]): void {
    const before = this.#sites;
    this.#sites = new Map(
      sites
        .filter(({ certificates }) => certificates.length === 0)
        .map((site) => {
          const keyServers = JSON.stringify(site.keyServers);
          const known = before.get(nameOf(site));
          const [answers, trials] =
            known?.keyServers === keyServers
              ? [known.answers, known.trials]
              : [new Map<string, ShownChain[]>(), new Map<string, ShownChain[]>()];
          return [nameOf(site), { site, keyServers, answers, trials, shown: known?.shown ?? [] }];
        }),
    );
    this.#checkComplete();
  }

  /** In PEM, one for each kind of key; none: the site cannot be served yet. */
  chainsOf(site: EdgeSite): readonly string[] {
    return this.#sites.get(nameOf(site))?.shown.map(({ pem }) => pem) ?? [];
  }

  /** The names of sites that cannot be served yet. */
  get missing(): readonly string[] {
    return [...this.#sites].filter(([, { shown }]) => shown.length === 0).map(([name]) => name);
  }

  get watchedCertificates(): readonly WatchedCertificate[] {
    return [...this.#sites.values()].flatMap(({ shown }) =>
      shown.map(({ server, leaf }) => ({ source: `key server ${server}`, certificate: leaf })),
    );
  }

  /**
   * A key server has said which certificates it has for a site. Of those that a site has not shown yet it is tried first
   * whether their keys are there: with another key no handshake could be completed.
   */
  async receive({ server, serverNames, chains }: CertificatesReceived): Promise<void> {
    const site = this.#sites.get(serverNames.join());
    if (site === undefined) return;
    const usable: ShownChain[] = [];
    site.trials.set(server, usable);
    for (const certificates of chains) {
      const chain = parseReceivedChain(serverNames, certificates);
      const refusal = typeof chain === 'string' ? chain : await this.#refusalByKey(site, chain.leaf);
      if (typeof chain !== 'string' && refusal === undefined) usable.push({ server, ...chain });
      else
        this.#options.logger.error(
          { server, serverNames },
          `a certificate from key server ${server} is refused: ${refusal}`,
        );
    }
    // It may have said something else meanwhile, and the configuration may have been read again.
    const current = this.#sites.get(serverNames.join());
    if (current?.trials.get(server) !== usable) return;
    current.answers.set(server, usable);
    if (usable.length === 0)
      this.#options.logger.warn(
        { server, serverNames },
        `key server ${server} has no certificate for ${serverNames.join(', ')} that this edge may show`,
      );
    this.#show(current, newestOf([...current.answers.values()].flat()), serverNames);
  }

  async #refusalByKey({ site, shown }: ReceivingSite, leaf: X509Certificate): Promise<string | undefined> {
    if (shown.some((chain) => chain.leaf.publicKey.equals(leaf.publicKey))) return undefined;
    return (await this.#isKeyServed(site, leaf)) ? undefined : 'no key server signs with its key';
  }

  /** Asks once for all who tell of the same key at a time: each connection of each key server does. */
  #isKeyServed(site: EdgeSite, leaf: X509Certificate): Promise<boolean> {
    const key = `${nameOf(site)} ${leaf.publicKey.export({ type: 'spki', format: 'der' }).toString('base64')}`;
    const asked =
      this.#keyTrials.get(key) ??
      this.#options.isKeyServed(site, leaf).finally(() => this.#keyTrials.delete(key));
    this.#keyTrials.set(key, asked);
    return asked;
  }

  #show(site: ReceivingSite, chains: readonly ShownChain[], serverNames: readonly string[]): void {
    const before = site.shown;
    if (chains.length === 0 || textOf(chains) === textOf(before)) return;
    const { apply, logger } = this.#options;
    site.shown = chains;
    try {
      apply();
    } catch (error) {
      site.shown = before;
      const reason = error instanceof Error ? error.message : String(error);
      logger.error({ serverNames }, `certificates from key servers cannot be used: ${reason}`);
      return;
    }
    for (const { server, leaf } of chains)
      logger.info(
        { server, serverNames, fingerprint: leaf.fingerprint256, notAfter: leaf.validTo },
        'a certificate from a key server is shown to visitors',
      );
    this.#checkComplete();
  }

  #checkComplete(): void {
    if (this.missing.length === 0) this.#onComplete?.();
  }
}

/** What a site is called that key servers are asked about. */
export function certificateNamesOf({ serverNames }: Pick<EdgeSite, 'serverNames'>): readonly string[] {
  return serverNames.map((name) => name.toLowerCase());
}

type CertificatesReceived = Extract<KeyServerClientEvent, { readonly type: 'certificates_received' }>;

interface ReceivingSite {
  readonly site: EdgeSite;
  /** Where its certificates come from. */
  readonly keyServers: string;
  /** What each of them has said last. */
  readonly answers: Map<string, ShownChain[]>;
  /** The answer of each that is being tried or has been last. */
  readonly trials: Map<string, ShownChain[]>;
  shown: readonly ShownChain[];
}

/** A chain that may be shown. */
interface ShownChain {
  readonly server: string;
  readonly leaf: X509Certificate;
  /** All of it. */
  readonly pem: string;
}

/** Of each kind of key the one that was issued last. */
function newestOf(chains: readonly ShownChain[]): readonly ShownChain[] {
  const byKind = new Map<string, ShownChain>();
  for (const chain of chains) {
    const kind = chain.leaf.publicKey.asymmetricKeyType ?? '';
    const other = byKind.get(kind);
    if (other === undefined || issuedAt(other) < issuedAt(chain)) byKind.set(kind, chain);
  }
  return [...byKind.values()];
}

function issuedAt({ leaf }: ShownChain): number {
  return Date.parse(leaf.validFrom);
}

function nameOf(site: EdgeSite): string {
  return certificateNamesOf(site).join();
}

function textOf(chains: readonly ShownChain[]): string {
  return chains.map(({ pem }) => pem).join();
}
