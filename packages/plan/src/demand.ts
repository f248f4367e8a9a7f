import type { Demand } from './queueing/key-server.js';
import type { Scenario } from './scenario.js';
import { KEY_TYPES, type KeyType } from './service-times.js';

type Site = Scenario['sites'][number];

/** What could be changed about the sites. */
export interface Changes {
  /** Certificates with RSA keys give way to P-256. */
  readonly ecdsaCertificates?: boolean;
  /** Visitors who accept delegated credentials get them, at sites with ECDSA certificates and TLS 1.3 (RFC 9345, section 4). */
  readonly delegatedCredentials?: boolean;
}

/**
 * Operations per second of all edges together at the worst moment: every site in its busiest hour and in a burst, all at
 * the same time.
 */
export function peakDemand(sites: readonly Site[], changes: Changes = {}): Demand {
  const total = new Map<KeyType, number>();
  for (const site of sites)
    for (const keyType of KEY_TYPES) {
      const rate = fullHandshakes(site) * (site.keys[keyType] ?? 0);
      const [used, left] = afterChanges(site, keyType, changes);
      if (rate > 0) total.set(used, (total.get(used) ?? 0) + rate * left);
    }
  return Object.fromEntries(total);
}

/** Handshakes per second of all sites together at the worst moment, resumed ones too. */
export function peakHandshakes(sites: readonly Site[]): number {
  return sites.reduce((sum, site) => sum + handshakes(site), 0);
}

/** So much of it. */
export function scaleDemand(demand: Demand, factor: number): Demand {
  return Object.fromEntries(Object.entries(demand).map(([keyType, rate]) => [keyType, rate * factor]));
}

export function addDemands(demands: readonly Demand[]): Demand {
  const entries = KEY_TYPES.map((keyType) => [
    keyType,
    demands.reduce((sum, demand) => sum + (demand[keyType] ?? 0), 0),
  ]);
  return Object.fromEntries(entries.filter(([, rate]) => rate !== 0)) as Demand;
}

/** All key types together. */
export function rateOf(demand: Demand): number {
  return Object.values(demand).reduce((sum, rate) => sum + rate, 0);
}

function handshakes({ handshakes_per_second: mean, day, burst }: Site): number {
  const busiest = day === undefined ? 1 : Math.max(...day) / (day.reduce((sum, hour) => sum + hour, 0) / 24);
  return mean * busiest * burst;
}

function fullHandshakes(site: Site): number {
  return handshakes(site) * (1 - site.resumption);
}

/** @returns the key type that is used instead, and the share of operations that is left */
function afterChanges(site: Site, keyType: KeyType, changes: Changes): readonly [KeyType, number] {
  const used = changes.ecdsaCertificates === true && keyType.startsWith('rsa') ? 'p-256' : keyType;
  const delegates = changes.delegatedCredentials === true && used.startsWith('p-');
  return [used, delegates ? 1 - site.delegated_credentials * (1 - site.tls_1_2) : 1];
}
