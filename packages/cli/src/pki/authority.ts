import 'reflect-metadata'; // @peculiar/x509 wants it to be there first
import { webcrypto } from 'node:crypto';
import { isIP } from 'node:net';
import {
  AuthorityKeyIdentifierExtension,
  BasicConstraintsExtension,
  ExtendedKeyUsage,
  ExtendedKeyUsageExtension,
  Extension,
  KeyUsageFlags,
  KeyUsagesExtension,
  PublicKey,
  SubjectAlternativeNameExtension,
  SubjectKeyIdentifierExtension,
  X509Certificate,
  X509CertificateGenerator,
  X509CrlGenerator,
} from '@peculiar/x509';
import { makeKeyPair, type KeyAlgorithm, type KeyPair } from './keys.js';

/** What a certificate may be used for: its extended key usage (RFC 5280, section 4.2.1.12). */
export type CertificateUsage = 'server' | 'client' | 'code_signing';

/** How long a certificate is valid. */
export interface Validity {
  /** Default: an hour ago, which forgives a clock that is somewhat behind. */
  readonly notBefore?: Date;
  /** Default: a year from now. */
  readonly notAfter?: Date;
}

/** What to put into a certificate. */
export interface CertificateOptions extends Validity {
  readonly commonName: string;
  /** Names in the subjectAltName; those that are IP addresses become iPAddress entries. Default: none. */
  readonly names?: readonly string[];
  /** Default: no extended key usage extension, which allows every use. */
  readonly usages?: readonly CertificateUsage[];
  /** Default: `p-256`. */
  readonly keyAlgorithm?: KeyAlgorithm;
  /** Whether its key may sign delegated credentials (RFC 9345, section 4.2). Default false. */
  readonly allowsDelegation?: boolean;
}

/** A certificate and its private key. */
export interface IssuedCertificate {
  readonly certificatePem: string;
  /** PKCS#8. */
  readonly keyPem: string;
}

/** What to put into a certificate revocation list (RFC 5280, section 5). */
export interface RevocationListOptions {
  readonly revoked: readonly IssuedCertificate[];
  /** Default: an hour ago. */
  readonly thisUpdate?: Date;
  /** Default: a year from now. */
  readonly nextUpdate?: Date;
}

/** A certification authority that lives in memory: its own private key cannot be taken out. */
export interface Authority {
  readonly certificatePem: string;
  /** Makes a key and a certificate for it. */
  issue(options: CertificateOptions): Promise<IssuedCertificate>;
  /** Makes a certificate revocation list, in DER. */
  revoke(options: RevocationListOptions): Promise<Buffer>;
  /** Makes an authority whose certificate this one signs. */
  issueAuthority(commonName: string, validity?: Validity): Promise<Authority>;
}

/** Makes a self-signed certification authority with a P-256 key. */
export async function makeAuthority(
  commonName = 'Latchkey development CA',
  validity: Validity = {},
): Promise<Authority> {
  const keys = await makeKeyPair('p-256');
  return createAuthority({ commonName, keys }, { commonName, keys }, validity);
}

const HOUR = 3_600_000;
const YEAR = 365 * 24 * HOUR;
const SIGNING_ALGORITHM = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };

const USAGES: Readonly<Record<CertificateUsage, ExtendedKeyUsage>> = {
  server: ExtendedKeyUsage.serverAuth,
  client: ExtendedKeyUsage.clientAuth,
  code_signing: ExtendedKeyUsage.codeSigning,
};

/** The extension of RFC 9345, section 4.2. */
const DELEGATION_USAGE = '1.3.6.1.4.1.44363.44';
const DER_NULL = Uint8Array.of(0x05, 0x00);

/** Somebody with a name and keys: who a certificate is for, or who signs it. */
interface Party {
  readonly commonName: string;
  readonly keys: KeyPair;
}

async function createAuthority(self: Party, issuer: Party, validity: Validity): Promise<Authority> {
  const certificatePem = await sign(self, issuer, validity, [
    new BasicConstraintsExtension(true, undefined, true),
    new KeyUsagesExtension(KeyUsageFlags.keyCertSign | KeyUsageFlags.cRLSign, true),
  ]);
  return {
    certificatePem,
    issue: async (options) => {
      const keys = await makeKeyPair(options.keyAlgorithm ?? 'p-256');
      const subject = { commonName: options.commonName, keys };
      return {
        certificatePem: await sign(subject, self, options, leafExtensions(options)),
        keyPem: keys.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
      };
    },
    revoke: (options) => signRevocationList(options, self),
    issueAuthority: async (commonName, ownValidity = {}) =>
      createAuthority({ commonName, keys: await makeKeyPair('p-256') }, self, ownValidity),
  };
}

async function sign(
  subject: Party,
  issuer: Party,
  validity: Validity,
  extensions: readonly Extension[],
): Promise<string> {
  const publicKey = toPublicKey(subject.keys);
  const certificate = await X509CertificateGenerator.create({
    subject: [{ CN: [subject.commonName] }],
    issuer: [{ CN: [issuer.commonName] }],
    notBefore: validity.notBefore ?? new Date(Date.now() - HOUR),
    notAfter: validity.notAfter ?? new Date(Date.now() + YEAR),
    publicKey,
    signingKey: await toSigningKey(issuer),
    signingAlgorithm: SIGNING_ALGORITHM,
    extensions: [
      ...extensions,
      await SubjectKeyIdentifierExtension.create(publicKey),
      await AuthorityKeyIdentifierExtension.create(toPublicKey(issuer.keys)),
    ],
  });
  return `${certificate.toString('pem')}\n`;
}

async function signRevocationList(
  { revoked, thisUpdate, nextUpdate }: RevocationListOptions,
  issuer: Party,
): Promise<Buffer> {
  const revocationDate = thisUpdate ?? new Date(Date.now() - HOUR);
  const list = await X509CrlGenerator.create({
    issuer: [{ CN: [issuer.commonName] }],
    thisUpdate: revocationDate,
    nextUpdate: nextUpdate ?? new Date(Date.now() + YEAR),
    entries: revoked.map(({ certificatePem }) => ({
      serialNumber: new X509Certificate(certificatePem).serialNumber,
      revocationDate,
    })),
    signingKey: await toSigningKey(issuer),
    signingAlgorithm: SIGNING_ALGORITHM,
  });
  return Buffer.from(list.rawData);
}

function leafExtensions(options: CertificateOptions): Extension[] {
  const { names = [], usages, keyAlgorithm, allowsDelegation = false } = options;
  const mayDecrypt = keyAlgorithm?.startsWith('rsa-') === true && keyAlgorithm !== 'rsa-pss-2048';
  const extensions: Extension[] = [
    new BasicConstraintsExtension(false, undefined, true),
    mayDecrypt
      ? // Static RSA key exchange, which TLS 1.2 may use, wants keyEncipherment (RFC 5246, section 7.4.2).
        new KeyUsagesExtension(KeyUsageFlags.digitalSignature | KeyUsageFlags.keyEncipherment, true)
      : new KeyUsagesExtension(KeyUsageFlags.digitalSignature, true),
  ];
  if (names.length > 0) {
    extensions.push(
      new SubjectAlternativeNameExtension(
        names.map((value) => ({ type: isIP(value) === 0 ? ('dns' as const) : ('ip' as const), value })),
      ),
    );
  }
  if (usages !== undefined)
    extensions.push(new ExtendedKeyUsageExtension(usages.map((usage) => USAGES[usage])));
  if (allowsDelegation) extensions.push(new Extension(DELEGATION_USAGE, false, DER_NULL));
  return extensions;
}

function toPublicKey(keys: KeyPair): PublicKey {
  return new PublicKey(keys.publicKey.export({ type: 'spki', format: 'der' }));
}

function toSigningKey({ keys }: Party) {
  const pkcs8 = keys.privateKey.export({ type: 'pkcs8', format: 'der' });
  return webcrypto.subtle.importKey('pkcs8', pkcs8, SIGNING_ALGORITHM, false, ['sign']);
}
