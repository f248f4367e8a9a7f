import { makeAuthority, type Authority, type IssuedCertificate, type Validity } from './authority.js';
import type { KeyAlgorithm } from './keys.js';

/** A site to make a certificate for. */
export interface SiteOptions {
  /** Its host name, which also names its files. */
  readonly name: string;
  /** Default: `p-256`. */
  readonly keyAlgorithm?: KeyAlgorithm;
  /** Further names for its certificate. Default: `localhost`, `127.0.0.1` and `::1`. */
  readonly alternativeNames?: readonly string[];
  /** Whether its key may sign delegated credentials (RFC 9345), which visitors take of ECDSA keys only. Default false. */
  readonly allowsDelegation?: boolean;
}

/** What {@link createDevelopmentPki} makes. */
export interface DevelopmentPkiOptions {
  /** Default: {@link DEFAULT_SITES}. */
  readonly sites?: readonly SiteOptions[];
  /** Where edges reach the key server, besides `localhost`, `127.0.0.1` and `::1`: host names or IP addresses. Default: none. */
  readonly keyServerNames?: readonly string[];
  /** How long all certificates are valid. */
  readonly validity?: Validity;
}

/** A site's certificate and its key: two things that part ways, the one to the edge and the other to the key server. */
export interface DevelopmentSite {
  readonly name: string;
  readonly keyAlgorithm: KeyAlgorithm;
  /** The site's certificate and the intermediate authority's that signed it, PEM: for the edge. */
  readonly certificateChainPem: string;
  readonly allowsDelegation: boolean;
  /** PKCS#8: for the key server alone. */
  readonly keyPem: string;
}

/** Everything that a key server, an edge and its visitors need to trust one another. Not for production. */
export interface DevelopmentPki {
  /** The mutually authenticated channel between edge and key server. */
  readonly channel: {
    /** The authority that both ends of the channel trust, PEM. */
    readonly caPem: string;
    readonly keyServer: IssuedCertificate;
    readonly edge: IssuedCertificate;
  };
  /** The authority that visitors trust, PEM. */
  readonly siteCaPem: string;
  readonly sites: readonly DevelopmentSite[];
}

/** One site with an ECDSA key and one with an RSA key. */
export const DEFAULT_SITES: readonly SiteOptions[] = [
  { name: 'ecdsa.localhost', keyAlgorithm: 'p-256' },
  { name: 'rsa.localhost', keyAlgorithm: 'rsa-2048' },
];

/**
 * Makes two certification authorities, one for the channel and one for the sites, and the certificates below them, all
 * in memory. The authorities' own keys are dropped, so nothing can be added to a PKI later: it is cheaper to make another.
 */
export async function createDevelopmentPki({
  sites = DEFAULT_SITES,
  keyServerNames = [],
  validity = {},
}: DevelopmentPkiOptions = {}): Promise<DevelopmentPki> {
  const [channelCa, siteCa] = await Promise.all([
    makeAuthority('Latchkey development channel CA', validity),
    makeAuthority('Latchkey development site CA', validity),
  ]);
  const siteIssuer = await siteCa.issueAuthority('Latchkey development site intermediate CA', validity);
  const [keyServer, edge, issuedSites] = await Promise.all([
    channelCa.issue({
      ...validity,
      commonName: 'Latchkey development key server',
      names: distinct([...LOOPBACK, ...keyServerNames]),
      usages: ['server'],
    }),
    channelCa.issue({ ...validity, commonName: 'Latchkey development edge', usages: ['client'] }),
    Promise.all(sites.map((site) => createSite(site, siteIssuer, validity))),
  ]);
  return {
    channel: { caPem: channelCa.certificatePem, keyServer, edge },
    siteCaPem: siteCa.certificatePem,
    sites: issuedSites,
  };
}

const LOOPBACK = ['localhost', '127.0.0.1', '::1'];

async function createSite(
  { name, keyAlgorithm = 'p-256', alternativeNames = LOOPBACK, allowsDelegation = false }: SiteOptions,
  issuer: Authority,
  validity: Validity,
): Promise<DevelopmentSite> {
  const { certificatePem, keyPem } = await issuer.issue({
    ...validity,
    commonName: name,
    names: distinct([name, ...alternativeNames]),
    usages: ['server'],
    keyAlgorithm,
    allowsDelegation,
  });
  const certificateChainPem = certificatePem + issuer.certificatePem;
  return { name, keyAlgorithm, certificateChainPem, allowsDelegation, keyPem };
}

function distinct(names: readonly string[]): string[] {
  return [...new Set(names)];
}
