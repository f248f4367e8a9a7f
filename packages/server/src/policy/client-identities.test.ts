import { X509Certificate } from 'node:crypto';
import { makeAuthority } from 'latchkey/pki';
import { beforeAll, describe, expect, it } from 'vitest';
import { ClientIdentities } from './client-identities.js';
import { clientIdentityOf } from './client-identity.js';

let authority: X509Certificate;
let certificate: X509Certificate;

beforeAll(async () => {
  const issuer = await makeAuthority();
  authority = new X509Certificate(issuer.certificatePem);
  const { certificatePem } = await issuer.issue({ commonName: 'edge', usages: ['client'] });
  certificate = new X509Certificate(certificatePem);
});

describe('ClientIdentities', () => {
  it('finds out who a client is once for each certificate', () => {
    const identities = new ClientIdentities([authority]);
    const identity = identities.of(certificate);
    expect(identity).toEqual(clientIdentityOf(certificate, [authority]));
    expect(
      identities.of({ raw: Buffer.from(certificate.raw), fingerprint256: certificate.fingerprint256 }),
    ).toBe(identity);
  });

  it('knows one certificate from another', () => {
    const identities = new ClientIdentities([authority]);
    identities.of(certificate);
    expect(identities.of(authority)).toEqual(clientIdentityOf(authority, [authority]));
  });

  it('forgets who has been away the longest rather than to grow, and not who keeps coming', () => {
    const identities = new ClientIdentities([authority]);
    const first = identities.of(certificate);
    const second = identities.of(authority);
    for (let other = 0; other < 999; other += 1) {
      identities.of({ raw: authority.raw, fingerprint256: `other ${other}` });
      identities.of(certificate);
    }
    expect(identities.of(certificate)).toBe(first);
    expect(identities.of(authority)).not.toBe(second);
  });
});
