import { X509Certificate } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { clientIdentityOf, toEmail, toHexadecimal, toIpAddress } from './client-identity.js';

// Certificates of P-256 keys that were thrown away. NAMESAKE is another CA with the name of AUTHORITY; CLIENT has names
// with all the characters that have a meaning in Node's forms, e.g. a dNSName `a.b, DNS:evil.example`.
const AUTHORITY = `-----BEGIN CERTIFICATE-----
MIIBODCB36ADAgECAgEBMAoGCCqGSM49BAMCMCQxEDAOBgNVBAMTB0VkZ2UgQ0Ex
EDAOBgNVBAoTB0V4YW1wbGUwHhcNMjAwMTAxMDAwMDAwWhcNMjAwMTAyMDAwMDAw
WjAkMRAwDgYDVQQDEwdFZGdlIENBMRAwDgYDVQQKEwdFeGFtcGxlMFkwEwYHKoZI
zj0CAQYIKoZIzj0DAQcDQgAEbh7euUKhnAEC2P2+2Gou1h0esi5Y0qttKveHoJKG
XE3s32lOoY1UFTQVdlpaEcW46s4+TpaHKP1vu9Sk24EelaMCMAAwCgYIKoZIzj0E
AwIDSAAwRQIhALEqgvnXkZ3/JVqtWsIy/0LlixGRNlKtcul+0R7RdT01AiAtdiOZ
iItsVCyceo9+jWRGU4F7YDA4T+ZY5nETHHAsTQ==
-----END CERTIFICATE-----`;
const CLIENT = `-----BEGIN CERTIFICATE-----
MIICJzCCAc2gAwIBAgIBAjAKBggqhkjOPQQDAjAkMRAwDgYDVQQDEwdFZGdlIENB
MRAwDgYDVQQKEwdFeGFtcGxlMB4XDTIwMDEwMTAwMDAwMFoXDTIwMDEwMjAwMDAw
MFowOzEWMBQGA1UEAwwNYSwgYiArIGMKQ049ZDEOMAwGA1UECgwFR3LDvG4xETAP
BgNVBAMTCCBzZWNvbmQgMFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEDnEkfZ15
dfjAkzOdg/QGZfO/fNc/2fxk0OVHxjUGt1aZaEVwZgxDokXW63hhzfxRZ/7GRy3r
pOpVf+xg+79iK6OB2DCB1TCB0gYDVR0RBIHKMIHHghFFZGdlMS5FeGFtcGxlLmNv
bYIVYS5iLCBETlM6ZXZpbC5leGFtcGxlggV4InlceoYbc3BpZmZlOi8vZXhhbXBs
ZS5jb20vZWRnZSwxgQ9PcHNARXhhbXBsZS5jb22HECABDbgAAAAAAAAAAAAAAAGH
BAoAAAGkITAfMREwDwYDVQQDEwhmb28sIGJhcjEKMAgGA1UEChMBeKAnBgorBgEE
AYI3FAIDoBkMF3VzImVyLCBETlM6ZXZpbC5leGFtcGxliAIqAzAKBggqhkjOPQQD
AgNIADBFAiEAhSvsP0c4PuPMKA8sLhvKi92UzquZ9K/j9jKqtbl3wqECIDYDr+Zw
bSx44vrffhs6O7Zbtaec7RWi5mQo1bqqnmlq
-----END CERTIFICATE-----`;
const NAMELESS = `-----BEGIN CERTIFICATE-----
MIIBFDCBu6ADAgECAgEDMAoGCCqGSM49BAMCMCQxEDAOBgNVBAMTB0VkZ2UgQ0Ex
EDAOBgNVBAoTB0V4YW1wbGUwHhcNMjAwMTAxMDAwMDAwWhcNMjAwMTAyMDAwMDAw
WjAAMFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEDnEkfZ15dfjAkzOdg/QGZfO/
fNc/2fxk0OVHxjUGt1aZaEVwZgxDokXW63hhzfxRZ/7GRy3rpOpVf+xg+79iK6MC
MAAwCgYIKoZIzj0EAwIDSAAwRQIgNSFZ1UhOsKBItGM+hsgIJfBXR20EC39GUJZh
LJc21xECIQCgJmRrsaW+VeUc50O5a5TdYTKWsWYYPPfMbNJbinItWQ==
-----END CERTIFICATE-----`;
const NAMESAKE = `-----BEGIN CERTIFICATE-----
MIIBODCB36ADAgECAgEBMAoGCCqGSM49BAMCMCQxEDAOBgNVBAMTB0VkZ2UgQ0Ex
EDAOBgNVBAoTB0V4YW1wbGUwHhcNMjAwMTAxMDAwMDAwWhcNMjAwMTAyMDAwMDAw
WjAkMRAwDgYDVQQDEwdFZGdlIENBMRAwDgYDVQQKEwdFeGFtcGxlMFkwEwYHKoZI
zj0CAQYIKoZIzj0DAQcDQgAEdos/TNLjEvL2nMHGcrJCQjoO27TI0+nY+fgiUfsH
N+/v6Xi+SwVvafGcRuPO0ehMXA721Bk9qElBg9kE36skf6MCMAAwCgYIKoZIzj0E
AwIDSAAwRQIhAJ+6yk9QJSAM41CI+HLzaLOJ7JI2x4Z4FRufoEZhrHJ3AiBi0KyK
XWtzLgIxvgtZN7Dokgot4ys/dDturAqckWbfsA==
-----END CERTIFICATE-----`;

describe('clientIdentityOf', () => {
  const authority = new X509Certificate(AUTHORITY);
  const namesake = new X509Certificate(NAMESAKE);
  const client = new X509Certificate(CLIENT);

  it('finds every name as it stands in the certificate, and makes up none', () => {
    expect(clientIdentityOf(client, [namesake, authority])).toEqual({
      subject: client.subject,
      fingerprint: toHexadecimal(client.fingerprint256, 32),
      commonNames: ['a, b + c\nCN=d', ' second '],
      dnsNames: ['edge1.example.com', 'a.b, dns:evil.example', String.raw`x"y\z`],
      uris: ['spiffe://example.com/edge,1'],
      ipAddresses: ['2001:db8::1', '10.0.0.1'],
      emails: ['Ops@example.com'],
      issuer: {
        name: '["CN=Edge CA","O=Example"]',
        fingerprints: [toHexadecimal(authority.fingerprint256, 32)],
      },
    });
  });

  it('knows a certificate without names', () => {
    expect(clientIdentityOf(new X509Certificate(NAMELESS), [])).toMatchObject({
      commonNames: [],
      dnsNames: [],
      uris: [],
      ipAddresses: [],
      emails: [],
      issuer: { name: '["CN=Edge CA","O=Example"]', fingerprints: [] },
    });
  });

  it('does not take a CA of the same name for the issuer', () => {
    expect(clientIdentityOf(client, [namesake])?.issuer.fingerprints).toEqual([]);
  });

  it('knows none in names that cannot be read with certainty', () => {
    const forged = Object.create(client, { subjectAltName: { value: 'DNS:a, DNS:"b' } }) as X509Certificate;
    expect(clientIdentityOf(forged, [])).toBeUndefined();
  });
});

describe('the one form', () => {
  it('of fingerprints has neither colons nor capitals', () => {
    expect(toHexadecimal('AB:cd', 2)).toBe('abcd');
    expect(toHexadecimal('abcd', 3)).toBeUndefined();
    expect(toHexadecimal('abxy', 2)).toBeUndefined();
  });

  it.each([
    ['2001:DB8:0:0:0:0:0:1', '2001:db8::1'],
    ['::ffff:192.0.2.1', '::ffff:192.0.2.1'],
    ['192.0.2.1', '192.0.2.1'],
    ['192.0.2.1/24', undefined],
    ['<invalid>', undefined],
  ])('of the IP address %s is %s', (text, address) => {
    expect(toIpAddress(text)).toBe(address);
  });

  it('of a mailbox keeps the case before the @', () => {
    expect(toEmail('Ops@Example.COM')).toBe('Ops@example.com');
  });
});
