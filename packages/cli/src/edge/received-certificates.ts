import { X509Certificate } from 'node:crypto';
import type { WatchedCertificate } from '@latchkey/admin';
import type { KeyServerClientEvent } from '@latchkey/client';
import { coversServerName } from '@latchkey/server';
import type { Logger } from 'pino';
import type { EdgeSite } from '../edge-configuration/edge-configuration.js';

/** What {@link ReceivedCertificates} work with. */
export interface ReceivedCertificatesOptions {
  /** Serves by what {@link ReceivedCertificates.chainsOf} says now; throws where a chain cannot be used. */
  readonly apply: () => void;
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
          const answers =
            known?.keyServers === keyServers ? known.answers : new Map<string, ReceivedChain[]>();
          return [nameOf(site), { keyServers, answers, shown: known?.shown ?? [] }];
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

  /** A key server has said which certificates it has for a site. */
  receive({ server, serverNames, chains }: CertificatesReceived): void {
    const site = this.#sites.get(serverNames.join());
    if (site === undefined) return;
    const { logger } = this.#options;
    const usable = chains.flatMap((certificates): ReceivedChain[] => {
      const chain = parseChain(server, serverNames, certificates);
      if (typeof chain !== 'string') return [chain];
      logger.error({ server, serverNames }, `a certificate from key server ${server} is refused: ${chain}`);
      return [];
    });
    if (usable.length === 0)
      logger.warn(
        { server, serverNames },
        `key server ${server} has no certificate for ${serverNames.join(', ')} that this edge may show`,
      );
    site.answers.set(server, usable);
    this.#show(site, newestOf([...site.answers.values()].flat()), serverNames);
  }

  #show(site: ReceivingSite, chains: readonly ReceivedChain[], serverNames: readonly string[]): void {
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
  /** Where its certificates come from. */
  readonly keyServers: string;
  /** What each of them has said last. */
  readonly answers: Map<string, ReceivedChain[]>;
  shown: readonly ReceivedChain[];
}

interface ReceivedChain {
  readonly server: string;
  readonly leaf: X509Certificate;
  /** All of it. */
  readonly pem: string;
}

/** @returns why it is not shown, where it is not */
function parseChain(
  server: string,
  serverNames: readonly string[],
  certificates: readonly Uint8Array[],
): ReceivedChain | string {
  let parsed: X509Certificate[];
  try {
    parsed = certificates.map((certificate) => new X509Certificate(certificate));
  } catch {
    return 'it cannot be read';
  }
  const [leaf] = parsed;
  if (leaf === undefined) return 'it is empty';
  const stranger = serverNames.find((name) => !coversServerName(leaf, name));
  if (stranger !== undefined) return `it is not for ${stranger}`;
  if (Date.parse(leaf.validTo) <= Date.now()) return `it expired on ${leaf.validTo}`;
  return { server, leaf, pem: parsed.map(String).join('') };
}

/** Of each kind of key the one that was issued last. */
function newestOf(chains: readonly ReceivedChain[]): readonly ReceivedChain[] {
  const byKind = new Map<string, ReceivedChain>();
  for (const chain of chains) {
    const kind = chain.leaf.publicKey.asymmetricKeyType ?? '';
    const other = byKind.get(kind);
    if (other === undefined || issuedAt(other) < issuedAt(chain)) byKind.set(kind, chain);
  }
  return [...byKind.values()];
}

function issuedAt({ leaf }: ReceivedChain): number {
  return Date.parse(leaf.validFrom);
}

function nameOf(site: EdgeSite): string {
  return certificateNamesOf(site).join();
}

function textOf(chains: readonly ReceivedChain[]): string {
  return chains.map(({ pem }) => pem).join();
}
