import type { EdgeSites, SiteOptions } from '@latchkey/edge';
import type { EdgeConfiguration, EdgeSite } from '../edge-configuration/edge-configuration.js';
import type { KeyServices } from './key-services.js';
import type { ReceivedCertificates } from './received-certificates.js';

/** What the sites of an edge get from key servers. */
export interface SiteSources {
  readonly keyServices: KeyServices;
  readonly certificates: ReceivedCertificates;
}

/**
 * What an edge serves by its configuration: the first site also to visitors who name no host. Sites without a certificate,
 * because no key server has sent one yet, are left out.
 */
export function edgeSites({ sites, resumption }: EdgeConfiguration, sources: SiteSources): EdgeSites {
  const [defaultSite] = sites;
  const served = sites.flatMap((site) => {
    const options = siteOptions(site, sources);
    return options === undefined ? [] : [{ serverNames: site.serverNames, ...options }];
  });
  if (served.length === 0) return { chooseSite: () => undefined };
  return {
    sessionTimeout: resumption.sessionLifetime,
    ticketCount: resumption.ticketCount,
    ...(defaultSite && siteOptions(defaultSite, sources)),
    sites: served,
  };
}

function siteOptions(site: EdgeSite, { keyServices, certificates }: SiteSources): SiteOptions | undefined {
  const { keyServers, profile, allowStaticRsa, delegatedCredentials } = site;
  const chains = site.certificates.map(({ chain }) => chain.text);
  const received = certificates.chainsOf(site);
  if (chains.length + received.length === 0) return undefined;
  const stapling = [
    ...site.certificates.map((certificate) => certificate.stapling),
    ...received.map(() => (site.fetchesOcsp ? ('fetch' as const) : undefined)),
  ];
  return {
    keyService: keyServices.clientOf(keyServers),
    certificateChain: [...chains, ...received],
    profile,
    allowStaticRsa,
    delegatedCredentials,
    ...(stapling.some((each) => each !== undefined) && { ocspStapling: stapling }),
  };
}
