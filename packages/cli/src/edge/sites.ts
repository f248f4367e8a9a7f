import type { EdgeSites, SiteOptions } from '@latchkey/edge';
import type { EdgeConfiguration, EdgeSite } from '../edge-configuration/edge-configuration.js';
import type { KeyServices } from './key-services.js';

/** What an edge serves by its configuration: the first site also to visitors who name no host. */
export function edgeSites({ sites, resumption }: EdgeConfiguration, keyServices: KeyServices): EdgeSites {
  const [defaultSite] = sites;
  return {
    sessionTimeout: resumption.sessionLifetime,
    ticketCount: resumption.ticketCount,
    ...(defaultSite && siteOptions(defaultSite, keyServices)),
    sites: sites.map((site) => ({ serverNames: site.serverNames, ...siteOptions(site, keyServices) })),
  };
}

function siteOptions(
  { certificates, keyServers, profile, allowStaticRsa, delegatedCredentials }: EdgeSite,
  keyServices: KeyServices,
): SiteOptions {
  const stapling = certificates.map((certificate) => certificate.stapling);
  return {
    keyService: keyServices.clientOf(keyServers),
    certificateChain: certificates.map(({ chain }) => chain.text),
    profile,
    allowStaticRsa,
    delegatedCredentials,
    ...(stapling.some((each) => each !== undefined) && { ocspStapling: stapling }),
  };
}
