import { createPublicKey } from 'node:crypto';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseRevocationLists } from './revocation-list.js';

/** Made by `openssl ca -gencrl`, with the public key that each was signed with. */
const LISTS: readonly { readonly algorithm: string; readonly list: string; readonly publicKey: string }[] = [
  {
    algorithm: 'sha384WithRSAEncryption',
    list: `-----BEGIN X509 CRL-----
MIIBZzBRAgEBMA0GCSqGSIb3DQEBDAUAMA0xCzAJBgNVBAMMAkNBFw0yNjAxMDIw
MzA0MDVaGA8yMDUxMDEwMjAzMDQwNVqgDjAMMAoGA1UdFAQDAgEBMA0GCSqGSIb3
DQEBDAUAA4IBAQC6onSeCMKuk3YmGZ04k6CHYCJwVA0zf5VDMB9uodyxy7xKcxsw
iwVOkOX6SUP97AMUr53UocyU1PWAlZRBNvrFeBm0LyrMeO4XjjeNZtxs27Pm9b1M
6zn8na2mwvrwjSMAKg2hVhA0zPLfgNix9uhFFrclED9hObRMTfeNY1LxGyREJn1O
MDuCgXz/MqwBjWvjQGwvAvWhjJBTzbzeIf/n4UDOzhIlJH/JXq3IhxEgaosVhHyH
yG8YT5Gnr8tdKUewZuTCzGV6TJo1gxd6SajugYc70R1/xHaFRXnZsJ3oAqO8nKMg
fPN2SF4DlSKKI50A8wVe0l18l6ZJor4mEfBT
-----END X509 CRL-----
`,
    publicKey: `-----BEGIN PUBLIC KEY-----
MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEAxTkkXABY/+FQHdhz68kM
N/l7Dk9AH6oasolbPpusfJdSkRiOSyEN/eVDCIxFLQDSCVXReMWaRSBussE12no7
9NxqGBqQHW1IwZh4hZPX+G84sZDk5V601YcrCf/vv3S1W9LpeYROuUM2sqL8lfN+
lQHhq4x/f5sD3iRJxiM1Q8ezyQ8TzxVNKsdR6m0MCwZCajEczkeAl44SEdx0j1a5
zPwZ/HKzdcmSnT33EXGT1CEczxHqaaReBIIMtK1sNXPu2HGXmNmzdFTil7gCbXhc
vvZ3qg7olFiyQE2Kg0VhQxdeJ/xGmIE143pJGxZDjebkQwMIEnZqeLZb6doZ3zWa
LwIDAQAB
-----END PUBLIC KEY-----
`,
  },
  {
    algorithm: 'RSASSA-PSS',
    list: `-----BEGIN X509 CRL-----
MIIB0DCBhQIBATBBBgkqhkiG9w0BAQowNKAPMA0GCWCGSAFlAwQCAgUAoRwwGgYJ
KoZIhvcNAQEIMA0GCWCGSAFlAwQCAgUAogMCATAwDTELMAkGA1UEAwwCQ0EXDTI2
MDEwMjAzMDQwNVoYDzIwNTEwMTAyMDMwNDA1WqAOMAwwCgYDVR0UBAMCAQEwQQYJ
KoZIhvcNAQEKMDSgDzANBglghkgBZQMEAgIFAKEcMBoGCSqGSIb3DQEBCDANBglg
hkgBZQMEAgIFAKIDAgEwA4IBAQB7Xyq4vncVV7QBEWFJQPdIYyRlWZ94LgC1GKK8
GjM7DQfqikoeknmkICTCUxaHtBr6QPyOVKdPKMx2vwRQ/8Jx2QhzCC+3sKW8SMM5
keYiUz8aABZC3Gsubs5CvxbnhTFfFN0NNwyXMAM7ot6rRJJnhn32CZZGNXowh6vS
wc2YxDhrzKep1QNeasC2erk9/L+OtbksW0zmeGGMHblGEwnKnnwIoc1mu71Y6Jm0
alNsD24xKcfLtdg+dvyVhRSgYON484C7FaSnhlzxFJXWOEbWaGwkdniPDriJPlVR
Plej1Uop0O0dqVFO9Pcjet24upnx94soY2h2vzzWECnwZjjh
-----END X509 CRL-----
`,
    publicKey: `-----BEGIN PUBLIC KEY-----
MIIBIDALBgkqhkiG9w0BAQoDggEPADCCAQoCggEBAK9kSWQhlAH+difmKK/h1d+x
Xe3/OakcO/fxb1Sk4hFJ3NCETx6Vl5XChL9qV/4jn0+eiWF3Vg3oOjeZTj6UNMaq
QYpKUK22SUIEfRvY9cqsoBGHhtKC8rg5RwYll2KIfYiPlUVzCc7HkiePbD7geKq5
tYvCbsArcn8HerMagfnivIgvFwZxCL9/rnkF3aeJJ5Wo00I5ebP9Fg0ZtdjWjszD
9HKT792HUAEjiaIXe3Zn9vMoLefkKCXVzssc1qHi8PkF5IPw829t8CSZ/wXC0pQo
T2m6iRIig7j7mkxj3OB1slTJdKbPtut2uokFkCnqUwL0ygH6QHtTm+be/eFYz3UC
AwEAAQ==
-----END PUBLIC KEY-----
`,
  },
  {
    algorithm: 'ecdsa-with-SHA384',
    list: `-----BEGIN X509 CRL-----
MIHGME4CAQEwCgYIKoZIzj0EAwMwDTELMAkGA1UEAwwCQ0EXDTI2MDEwMjAzMDQw
NVoYDzIwNTEwMTAyMDMwNDA1WqAOMAwwCgYDVR0UBAMCAQEwCgYIKoZIzj0EAwMD
aAAwZQIxAP9HBiy05oYbWmwfCgxQnHa4OuRMUfhSNFQdYYDCYCCjGyKnH6w2aH2/
WZbwFtG3KQIwdvc3hBGX1TWJ3Pc2/0fMP3vcaxWKMszowuCytqrEqKaO0ONbng99
kSj/WIFq7PGO
-----END X509 CRL-----
`,
    publicKey: `-----BEGIN PUBLIC KEY-----
MHYwEAYHKoZIzj0CAQYFK4EEACIDYgAE9XzwfskcqD1NieWiNQKLhXIwrxlmxSSM
AWYvJrcuu3xzpvMs4NthkLp3m2kSGyTTjYHHvRpl4i9ebWO3L/tJOwNLQxDpyiCy
83HVaujgcddQkRd4hpz6eAuvwocfV/Q0
-----END PUBLIC KEY-----
`,
  },
  {
    algorithm: 'Ed25519',
    list: `-----BEGIN X509 CRL-----
MIGVMEkCAQEwBQYDK2VwMA0xCzAJBgNVBAMMAkNBFw0yNjAxMDIwMzA0MDVaGA8y
MDUxMDEwMjAzMDQwNVqgDjAMMAoGA1UdFAQDAgEBMAUGAytlcANBAGg/pDT8WE1N
QVi1EZw809d6CvfgvPO8WU2xSoAQH8S9Kx/j/QePQeCUBbtBKumQmoUZEFnorP7J
2TQYrhjolQw=
-----END X509 CRL-----
`,
    publicKey: `-----BEGIN PUBLIC KEY-----
MCowBQYDK2VwAyEAH9Mp/M6nbm0pu0q2eMvIW2iQyF1h8Y7URLHI5iQzlyU=
-----END PUBLIC KEY-----
`,
  },
];

function toDer(pem: string): Buffer {
  return Buffer.from(pem.replaceAll(/-----.*-----|\n/g, ''), 'base64');
}

const ders = LISTS.map(({ list }) => toDer(list));

function outcomeOf(bytes: Uint8Array): unknown {
  try {
    return parseRevocationLists(bytes);
  } catch (error) {
    return error;
  }
}

describe('parseRevocationLists', () => {
  it.each(LISTS)('takes a list with a signature of $algorithm', ({ list, publicKey }) => {
    const [parsed, ...others] = parseRevocationLists(Buffer.from(list));
    expect(others).toEqual([]);
    expect(parsed).toMatchObject({
      pem: list,
      thisUpdate: new Date('2026-01-02T03:04:05Z'),
      nextUpdate: new Date('2051-01-02T03:04:05Z'),
    });
    for (const candidate of LISTS) {
      const isOwn = candidate.publicKey === publicKey;
      expect(parsed!.isSignedBy(createPublicKey(candidate.publicKey))).toBe(isOwn);
    }
  });

  it('takes DER as it takes PEM', () => {
    for (const { list } of LISTS) expect(parseRevocationLists(toDer(list))[0]!.pem).toBe(list);
  });

  it('takes every list in a file and passes over what stands between', () => {
    const text = LISTS.map(({ list }) => `Certificate Revocation List (CRL):\n${list}`).join('\n');
    expect(parseRevocationLists(Buffer.from(text)).map(({ pem }) => pem)).toEqual(
      LISTS.map(({ list }) => list),
    );
  });

  it('knows a list that was changed after it was signed', () => {
    const changed = Uint8Array.from(ders[0]!);
    // A minute of thisUpdate.
    changed[changed.indexOf(0x17) + 10]! ^= 1;
    const [parsed] = parseRevocationLists(changed);
    expect(parsed!.isSignedBy(createPublicKey(LISTS[0]!.publicKey))).toBe(false);
  });

  it('finds none where there is none', () => {
    expect(parseRevocationLists(Buffer.from('no list'))).toEqual([]);
    expect(parseRevocationLists(new Uint8Array(0))).toEqual([]);
  });

  it('says when a list is cut off, wherever', () => {
    fc.assert(
      fc.property(fc.constantFrom(...ders), fc.nat(), (der, length) => {
        const cut = der.subarray(0, 1 + (length % (der.length - 1)));
        expect(outcomeOf(cut)).toBeInstanceOf(RangeError);
      }),
    );
  });

  it('takes any bytes for a list or says what is wrong with them', () => {
    const bytes = fc.uint8Array({ maxLength: 100 }).map((rest) => Uint8Array.of(0x30, ...rest));
    const mutated = fc
      .tuple(fc.constantFrom(...ders), fc.nat(), fc.nat(255))
      .map(([der, index, value]) =>
        Uint8Array.from(der).fill(value, index % der.length, (index % der.length) + 1),
      );
    fc.assert(
      fc.property(fc.oneof(bytes, mutated), (candidate) => {
        const outcome = outcomeOf(candidate);
        expect(Array.isArray(outcome) || outcome instanceof RangeError).toBe(true);
      }),
      { numRuns: 1000 },
    );
  });
});
