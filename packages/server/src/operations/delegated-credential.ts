import { createPublicKey, X509Certificate } from 'node:crypto';
import { MAXIMUM_CREDENTIAL_LIFETIME, type SignDelegatedCredentialOperation } from '@latchkey/codec';
import { subjectKeyIdentifier } from '@latchkey/native';
import { type DerElement, readElements } from '../der.js';

/**
 * Why a delegated credential is not signed:
 * - `credential_certificate`: the certificate cannot be read, is not that of the key, or does not allow delegation
 * - `credential_lifetime`: the credential would end in more than 7 days, after the certificate, or has ended
 * - `credential_key`: its public key cannot be read or does not fit the scheme that it is for
 */
export type CredentialRefusal = 'credential_certificate' | 'credential_lifetime' | 'credential_key';

/**
 * Looks whether a delegated credential may be signed (RFC 9345, sections 4.1.3 and 4.2). That the certificate is one that
 * visitors trust is not looked at: a credential is for one certificate only, and no use with another.
 *
 * @param ski of the key that would sign it
 * @param now in milliseconds since 1970
 */
export function refusalOfCredential(
  operation: SignDelegatedCredentialOperation,
  ski: Uint8Array,
  now: number,
): CredentialRefusal | undefined {
  const certificate = readCertificate(operation.certificate);
  if (certificate === undefined || !allowsDelegation(certificate, ski)) return 'credential_certificate';
  const end = Date.parse(certificate.validFrom) + operation.validTime * 1000;
  const lastEnd = Math.min(now + MAXIMUM_CREDENTIAL_LIFETIME * 1000, Date.parse(certificate.validTo));
  if (!(end > now && end <= lastEnd)) return 'credential_lifetime';
  return isKeyFor(operation.dcCertVerifyAlgorithm, operation.subjectPublicKeyInfo)
    ? undefined
    : 'credential_key';
}

function readCertificate(der: Uint8Array): X509Certificate | undefined {
  try {
    const certificate = new X509Certificate(der);
    // Bytes behind the certificate would be signed too. PEM is read as well, and is not what is signed.
    return certificate.raw.equals(der) ? certificate : undefined;
  } catch {
    return undefined;
  }
}

function allowsDelegation({ raw }: X509Certificate, ski: Uint8Array): boolean {
  try {
    if (Buffer.compare(subjectKeyIdentifier(raw), ski) !== 0) return false;
    const extensions = extensionsOf(raw);
    // BIT STRING: the number of unused bits, then the bits, of which digitalSignature is the first.
    const [keyUsage] = readElements(extensions.get(KEY_USAGE) ?? NOTHING);
    return extensions.has(DELEGATION_USAGE) && ((keyUsage?.content[1] ?? 0) & 0x80) !== 0;
  } catch {
    return false;
  }
}

/** DER of the OIDs 2.5.29.15 (RFC 5280, section 4.2.1.3) and 1.3.6.1.4.1.44363.44 (RFC 9345, section 4.2), in hexadecimal. */
const KEY_USAGE = '551d0f';
const DELEGATION_USAGE = '2b0601040182da4b2c';
const NOTHING = new Uint8Array(0);

/** The values of a certificate's extensions by their OIDs (RFC 5280, section 4.1). */
function extensionsOf(certificate: Uint8Array): ReadonlyMap<string, Uint8Array> {
  const [tbsCertificate] = inside(certificate);
  const extensions = readElements(tbsCertificate?.content ?? NOTHING).find(({ tag }) => tag === 0xa3);
  return new Map(
    inside(extensions?.content ?? NOTHING).map(({ content }) => {
      const parts = readElements(content);
      return [Buffer.from(parts[0]?.content ?? NOTHING).toString('hex'), parts.at(-1)?.content ?? NOTHING];
    }),
  );
}

/** The elements within the one that the bytes are. */
function inside(bytes: Uint8Array): DerElement[] {
  return readElements(readElements(bytes)[0]?.content ?? NOTHING);
}

function isKeyFor(algorithm: number, subjectPublicKeyInfo: Uint8Array): boolean {
  try {
    const key = createPublicKey({ key: Buffer.from(subjectPublicKeyInfo), format: 'der', type: 'spki' });
    // What is read must be all that is signed.
    if (!key.export({ type: 'spki', format: 'der' }).equals(subjectPublicKeyInfo)) return false;
    return (key.asymmetricKeyDetails?.namedCurve ?? key.asymmetricKeyType) === KEYS.get(algorithm);
  } catch {
    return false;
  }
}

/**
 * Curves and key types, by OpenSSL's names, of the SignatureSchemes that credentials can be for. RSA is not among them: its
 * credentials need keys of the type RSASSA-PSS (RFC 9345, section 4), which no visitor is known to take.
 */
const KEYS: ReadonlyMap<number, string> = new Map([
  [0x0403, 'prime256v1'],
  [0x0503, 'secp384r1'],
  [0x0603, 'secp521r1'],
  [0x0807, 'ed25519'],
]);
