import { createHash } from 'node:crypto';
import { type ClientIdentity, parseConfiguration, parsePolicy, type PolicyKey } from '@latchkey/server';
import { describe, expect, it } from 'vitest';
import { readDocuments } from './documents.js';

const guide = readDocuments().find(({ path }) => path === 'docs/guides/policy.md')!;
const policy = parsePolicy(snippet('policy.yaml'), '/etc/keyless/policy.yaml');

const site: PolicyKey = keyIn('site.example.com');
const bank: PolicyKey = keyIn('bank.example.com');
const customersKey: PolicyKey = keyIn('customer/shop.example');
const oldKey: PolicyKey = { ...site, ski: Buffer.from('7d0fd2e2a4e29c6ab44fb5a0d0f6d3f4ba1f9d12', 'hex') };

const ourEdge = client({ dnsNames: ['edge7.fra.edge.example.com'] });
const stranger = client({ dnsNames: ['edge7.ams.edge.example.com'] });
const customersUri = 'spiffe://customer.example/edge/1';
const customersEdge = client({
  uris: [customersUri],
  issuer: { name: '["CN=Customer CA","O=Customer"]', fingerprints: [] },
});
const oldEdge = client({
  fingerprint: '6b1f0e4e5a5c3d0b9a51077c473c129d310e3bc41a95569d3d2eba9b2d3f5160',
});

function snippet(file: string): string {
  return guide.blocks.find(({ code }) => code.startsWith(`# ${file}\n`))!.code;
}

function keyIn(path: string): PolicyKey {
  const ski = createHash('sha1').update(path).digest();
  return { ski, label: path.split('/').at(-1)!, file: `/etc/keyless/keys/${path}.key` };
}

function client(names: Partial<ClientIdentity>): ClientIdentity {
  return {
    subject: undefined,
    fingerprint: createHash('sha256').update(JSON.stringify(names)).digest('hex'),
    commonNames: [],
    dnsNames: [],
    uris: [],
    ipAddresses: [],
    emails: [],
    issuer: { name: '["CN=Edge CA"]', fingerprints: [] },
    ...names,
  };
}

describe('the policy of the guide', () => {
  it.each([
    ['our edges sign', ourEdge, site, 'rsa_pkcs1_sha256', 'allowed'],
    ['not with SHA-1', ourEdge, site, 'rsa_pkcs1_sha1', 'denied'],
    ["not with PKCS#1 and the bank's key", ourEdge, bank, 'rsa_pkcs1_sha256', 'denied'],
    ["with PSS and the bank's key", ourEdge, bank, 'rsa_pss_sha256', 'allowed'],
    ['not decrypting', ourEdge, site, 'decrypt_premaster', 'not_allowed'],
    ['sealing', ourEdge, undefined, 'seal', 'allowed'],
    ['strangers do nothing', stranger, site, 'ecdsa_sha256', 'not_allowed'],
    ['nor seal', stranger, undefined, 'seal', 'not_allowed'],
    ["the customer's key", customersEdge, customersKey, 'ecdsa_sha256', 'allowed'],
    ['with the hashes of TLS 1.3', customersEdge, customersKey, 'ecdsa_sha512', 'not_allowed'],
    ['no key of others', customersEdge, site, 'ecdsa_sha256', 'not_allowed'],
    ['none of another CA', client({ uris: [customersUri] }), customersKey, 'ecdsa_sha256', 'not_allowed'],
    ['the old edge decrypts for one site', oldEdge, oldKey, 'decrypt_premaster', 'allowed'],
    ['what it is told to', oldEdge, oldKey, 'decrypt_block', 'not_allowed'],
    ['for no other', oldEdge, site, 'decrypt_premaster', 'not_allowed'],
  ] as const)('means what it says: %s', (_what, who, key, operation, verdict) => {
    expect(policy.permissionsOf(who).verdict(key, operation)).toBe(verdict);
  });

  it('confines clients to purposes as it says', () => {
    const purposes = parsePolicy(snippet('purposes.yaml'), '/etc/keyless/purposes.yaml');
    const own = purposes.permissionsOf(client({ dnsNames: ['rome.edge.example.com'] }));
    const paris = purposes.permissionsOf(client({ dnsNames: ['paris.edge.example.com'] }));
    const appliance = purposes.permissionsOf(client({ commonNames: ['appliance'] }));
    const old = keyIn('old.example.com');
    expect(own.verdict(site, 'ecdsa_sha256', 'tls13')).toBe('allowed');
    expect(own.verdict(site, 'rsa_pkcs1_sha256', 'tls12')).toBe('allowed');
    expect(own.verdict(site, 'ecdsa_sha256', 'unstated')).toBe('not_allowed');
    expect(own.verdict(site, 'sign_delegated_credential')).toBe('not_allowed');
    expect(paris.verdict(site, 'sign_delegated_credential')).toBe('allowed');
    expect(appliance.verdict(old, 'ecdsa_sha256', 'unstated')).toBe('allowed');
    expect(appliance.verdict(site, 'ecdsa_sha256', 'unstated')).toBe('not_allowed');
    expect(appliance.verdict(old, 'ecdsa_sha256', 'tls13')).toBe('not_allowed');
    expect(paris.takeToken(0, 'sign_delegated_credential')).toBe(true);
    expect(paris.takeToken(0, 'sign_delegated_credential')).toBe(false);
    expect(paris.takeToken(0, 'ecdsa_sha256', 'tls13')).toBe(true);
  });

  it('limits the clients as it says', () => {
    const burst = (who: ClientIdentity) => {
      const permissions = policy.permissionsOf(who);
      let taken = 0;
      while (permissions.takeToken(0, 'ecdsa_sha256')) taken += 1;
      return taken;
    };
    expect(burst(ourEdge)).toBe(2000);
    expect(burst(customersEdge)).toBe(50);
  });

  it('is named in a configuration that can be used', () => {
    const parse = (file: string) => parseConfiguration(snippet(file), `/etc/keyless/${file}`);
    expect(parse('server.yaml').policyFile).toBe('/etc/keyless/policy.yaml');
    expect(parse('revocation.yaml').channel.revocationListFiles).toEqual(['/etc/keyless/edge-ca.crl']);
  });
});
