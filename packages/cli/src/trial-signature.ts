import { constants, type KeyObject, randomBytes, verify, type X509Certificate } from 'node:crypto';
import { type KeyService, type SignCertificateVerifyOperation, signedContent } from '@latchkey/codec';
import { subjectKeyIdentifier } from '@latchkey/native';

type Scheme = SignCertificateVerifyOperation['scheme'];

/** The scheme that TLS 1.3 uses with a key (RFC 8446, section 4.2.3); undefined for kinds that are not supported. */
export function trialSchemeFor({ asymmetricKeyType, asymmetricKeyDetails }: KeyObject): Scheme | undefined {
  return asymmetricKeyType === 'ec'
    ? CURVE_SCHEMES[asymmetricKeyDetails?.namedCurve ?? '']
    : SCHEMES[asymmetricKeyType ?? ''];
}

/**
 * Has a key server sign with the key of a certificate what an edge would have it sign: the hash of a transcript that never was.
 *
 * @param scheme {@link trialSchemeFor} the certificate's key
 * @param timeout in milliseconds
 * @returns whether the signature is one by that key; rejects as {@link KeyService.perform} does where there is none
 */
export async function signOnTrial(
  keyService: KeyService,
  { raw, publicKey }: X509Certificate,
  scheme: Scheme,
  timeout: number,
): Promise<boolean> {
  const ski = subjectKeyIdentifier(raw);
  const operation = { type: 'sign_certificate_verify', scheme, transcriptHash: randomBytes(32) } as const;
  const deadline = performance.now() + timeout;
  const signature = await keyService.perform({ key: { ski }, operation }, { deadline });
  return isSignature(publicKey, scheme, signedContent(operation), signature);
}

const SCHEMES: Readonly<Record<string, Scheme>> = {
  rsa: 'rsa_pss_sha256',
  'rsa-pss': 'rsa_pss_sha256',
  ed25519: 'ed25519',
};

const CURVE_SCHEMES: Readonly<Record<string, Scheme>> = {
  prime256v1: 'ecdsa_sha256',
  secp384r1: 'ecdsa_sha384',
  secp521r1: 'ecdsa_sha512',
};

function isSignature(key: KeyObject, scheme: Scheme, message: Uint8Array, signature: Uint8Array): boolean {
  const hash = /sha\d+$/.exec(scheme)?.[0];
  return scheme.startsWith('rsa_pss')
    ? verify(
        hash,
        message,
        { key, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: constants.RSA_PSS_SALTLEN_DIGEST },
        signature,
      )
    : verify(hash, message, key, signature);
}
