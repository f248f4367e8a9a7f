import { promises as dns, type SrvRecord } from 'node:dns';
import { isIP } from 'node:net';
import type { KeyServerConfiguration, KeyServerListing } from './configuration.js';
import { formatHost } from './format-host.js';

/** What turns names into addresses. */
export interface NameResolver {
  /** All addresses of a host, the preferred ones first. */
  addresses(host: string): Promise<readonly string[]>;
  /** SRV records (RFC 2782). */
  services(name: string): Promise<readonly SrvRecord[]>;
}

/**
 * @param nameServers addresses, with a port where it is not 53, of DNS servers to ask; undefined to resolve as other
 *   programs on this machine do, `/etc/hosts` included
 */
export function createResolver(nameServers: readonly string[] | undefined): NameResolver {
  const resolver = new dns.Resolver();
  if (nameServers === undefined) {
    return {
      addresses: async (host) => (await dns.lookup(host, { all: true })).map(({ address }) => address),
      services: (name) => resolver.resolveSrv(name),
    };
  }
  resolver.setServers(nameServers);
  return {
    addresses: async (host) => {
      const answers = await Promise.allSettled([resolver.resolve6(host), resolver.resolve4(host)]);
      const addresses = answers.flatMap((answer) => (answer.status === 'fulfilled' ? answer.value : []));
      const [, refusal] = answers;
      if (addresses.length === 0 && refusal.status === 'rejected') throw refusal.reason;
      return addresses;
    },
    services: (name) => resolver.resolveSrv(name),
  };
}

/**
 * Finds the key servers that a listing stands for: in tiers, the preferred one first.
 *
 * @throws what the resolver throws, where a name has no address
 */
export async function discover(
  listing: KeyServerListing,
  resolver: NameResolver,
): Promise<readonly (readonly KeyServerConfiguration[])[]> {
  const { location, serverName } = listing;
  if (location.type === 'srv') return discoverServices(listing, location.srv, resolver);
  if (location.type === 'fixed')
    return [[{ name: listing.name, endpoint: location.endpoint, serverName, weight: 1 }]];
  const addresses = await resolver.addresses(location.host);
  return [hosts(addresses).map((host) => configure(listing, host, location.port, 1))];
}

/**
 * A host that has addresses of both families is one key server, not two, so that one that listens on one family only is not
 * taken for half broken. Which belong together of several hosts' nobody can say; it does not matter either.
 */
function hosts(addresses: readonly string[]): (readonly string[])[] {
  const families = [6, 4].map((family) => addresses.filter((address) => isIP(address) === family));
  const [first = [], second = []] = families.sort((a, b) => b.length - a.length);
  return first.map((address, index) => [address, ...second.slice(index, index + 1)]);
}

async function discoverServices(
  listing: KeyServerListing,
  name: string,
  resolver: NameResolver,
): Promise<readonly (readonly KeyServerConfiguration[])[]> {
  const records = await resolver.services(name);
  const priorities = [...new Set(records.map(({ priority }) => priority))].sort((a, b) => a - b);
  const failures: unknown[] = [];
  const tiers = await Promise.all(
    priorities.map(async (priority) => {
      const tier = records.filter((record) => record.priority === priority);
      const heaviest = tier.reduce((most, { weight }) => Math.max(most, weight), 0);
      const found = await Promise.allSettled(
        tier.map(async ({ name: target, port, weight }) => {
          const addresses = await resolver.addresses(target);
          return configure(listing, addresses, port, shareOf(weight, heaviest));
        }),
      );
      return found.flatMap((result) => {
        if (result.status === 'fulfilled') return [result.value];
        failures.push(result.reason);
        return [];
      });
    }),
  );
  const usable = tiers.filter((tier) => tier.length > 0);
  if (usable.length === 0 && failures.length > 0) throw failures[0];
  return usable;
}

/** RFC 2782: a weight of 0 beside others means a very small chance, but some. */
function shareOf(weight: number, heaviest: number): number {
  return heaviest === 0 ? 1 : Math.max(weight, heaviest / 1000);
}

function configure(
  { name, serverName }: KeyServerListing,
  addresses: readonly string[],
  port: number,
  weight: number,
): KeyServerConfiguration {
  const [address = ''] = addresses;
  return {
    name: `${formatHost(address)}:${port} (${name})`,
    endpoint: { addresses, port },
    serverName,
    weight,
  };
}
