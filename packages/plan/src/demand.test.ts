import { describe, expect, it } from 'vitest';
import { peakDemand, peakHandshakes, rateOf } from './demand.js';
import type { Scenario } from './scenario.js';

type Site = Scenario['sites'][number];

function site(change: Partial<Site> = {}): Site {
  return {
    name: 'bank',
    handshakes_per_second: 1000,
    resumption: 0.5,
    keys: { 'p-256': 0.8, 'rsa-2048': 0.2 },
    tls_1_2: 0,
    delegated_credentials: 0,
    burst: 1,
    ...change,
  };
}

describe('the demand of sites', () => {
  it('is an operation for each full handshake, with the key of its certificate', () => {
    expect(peakDemand([site()])).toEqual({ 'p-256': 400, 'rsa-2048': 100 });
    expect(peakHandshakes([site()])).toBe(1000);
  });

  it('is that of the busiest hour, in a burst, of all sites at once', () => {
    const day = Array.from({ length: 24 }, (_, hour) => (hour === 20 ? 2 : 1));
    const factor = 2 / (25 / 24);
    expect(rateOf(peakDemand([site({ day, burst: 3 }), site()]))).toBeCloseTo(500 * factor * 3 + 500, 6);
  });

  it('loses to delegated credentials what TLS 1.3 visitors of ECDSA sites accept', () => {
    const changed = peakDemand([site({ delegated_credentials: 0.5, tls_1_2: 0.2 })], {
      delegatedCredentials: true,
    });
    expect(changed['p-256']).toBeCloseTo(400 * 0.6, 9);
    expect(changed['rsa-2048']).toBeCloseTo(100, 9);
  });

  it('moves from RSA to P-256 with other certificates, and then to delegated credentials too', () => {
    expect(peakDemand([site()], { ecdsaCertificates: true })).toEqual({ 'p-256': 500 });
    const both = { ecdsaCertificates: true, delegatedCredentials: true };
    expect(rateOf(peakDemand([site({ delegated_credentials: 1 })], both))).toBe(0);
  });
});
