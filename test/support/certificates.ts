import 'reflect-metadata'; // @peculiar/x509 wants it to be there first
import { generateKeyPairSync, webcrypto, type KeyObject } from 'node:crypto';
import { isIP } from 'node:net';
import {
  AuthorityKeyIdentifierExtension,
  BasicConstraintsExtension,
  ExtendedKeyUsage,
  ExtendedKeyUsageExtension,
  type Extension,
  KeyUsageFlags,
  KeyUsagesExtension,
  PublicKey,
  SubjectAlternativeNameExtension,
  SubjectKeyIdentifierExtension,
  X509Certificate,
  X509CertificateGenerator,
  X509CrlGenerator,
} from '@peculiar/x509';

/** Keys that a certificate can be made for. */
export type KeyAlgorithm =
  'rsa-2048' | 'rsa-3072' | 'rsa-4096' | 'rsa-pss-2048' | 'p-256' | 'p-384' | 'p-521' | 'ed25519';

/** What a certificate may be used for: its extended key usage (RFC 5280, section 4.2.1.12). */
export type CertificateUsage = 'server' | 'client' | 'code_signing';

/** What to put into a certificate. */
export interface CertificateOptions {
  readonly commonName: string;
  /** Names in the subjectAltName; those that are IP addresses become iPAddress entries. Default: none. */
  readonly names?: readonly string[];
  /** Default: no extended key usage extension, which allows every use. */
  readonly usages?: readonly CertificateUsage[];
  /** Default: `p-256`. */
  readonly keyAlgorithm?: KeyAlgorithm;
  /** Default: an hour ago. */
  readonly notBefore?: Date;
  /** Default: a day from now. */
  readonly notAfter?: Date;
}

/** A certificate and its private key. */
export interface IssuedCertificate {
  readonly certificatePem: string;
  /** PKCS#8. */
  readonly keyPem: string;
}

/** What to put into a certificate revocation list. */
export interface RevocationListOptions {
  readonly revoked: readonly IssuedCertificate[];
  /** Default: an hour ago. */
  readonly thisUpdate?: Date;
  /** Default: a day from now. */
  readonly nextUpdate?: Date;
}

/** A certification authority that lives as long as the test. */
export interface Authority {
  readonly certificatePem: string;
  /** Makes a key and a certificate for it. */
  issue(options: CertificateOptions): Promise<IssuedCertificate>;
  /** Makes a certificate revocation list, in DER. */
  revoke(options: RevocationListOptions): Promise<Buffer>;
  /** Makes an authority whose certificate this one signs. */
  issueAuthority(commonName: string): Promise<Authority>;
}

/** Makes a self-signed certification authority with a P-256 key. */
export async function makeAuthority(commonName = 'Test CA'): Promise<Authority> {
  const keys = generateKeyPair('p-256');
  return createAuthority(commonName, keys, { name: `CN=${commonName}`, keys });
}

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const SIGNING_ALGORITHM = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };

const USAGES: Record<CertificateUsage, ExtendedKeyUsage> = {
  server: ExtendedKeyUsage.serverAuth,
  client: ExtendedKeyUsage.clientAuth,
  code_signing: ExtendedKeyUsage.codeSigning,
};

interface KeyPair {
  readonly publicKey: KeyObject;
  readonly privateKey: KeyObject;
}

interface Issuer {
  readonly name: string;
  readonly keys: KeyPair;
}

async function createAuthority(commonName: string, keys: KeyPair, issuer: Issuer): Promise<Authority> {
  const self: Issuer = { name: `CN=${commonName}`, keys };
  const certificatePem = await sign({ commonName }, keys, issuer, [
    new BasicConstraintsExtension(true, undefined, true),
    new KeyUsagesExtension(KeyUsageFlags.keyCertSign | KeyUsageFlags.cRLSign, true),
  ]);
  return {
    certificatePem,
    issue: async (options) => {
      const leafKeys = generateKeyPair(options.keyAlgorithm ?? 'p-256');
      return {
        certificatePem: await sign(options, leafKeys, self, leafExtensions(options)),
        keyPem: leafKeys.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
      };
    },
    revoke: (options) => signRevocationList(options, self),
    issueAuthority: (name) => createAuthority(name, generateKeyPair('p-256'), self),
  };
}

async function sign(
  options: CertificateOptions,
  keys: KeyPair,
  issuer: Issuer,
  extensions: readonly Extension[],
): Promise<string> {
  const publicKey = toPublicKey(keys);
  const certificate = await X509CertificateGenerator.create({
    subject: `CN=${options.commonName}`,
    issuer: issuer.name,
    notBefore: options.notBefore ?? new Date(Date.now() - HOUR),
    notAfter: options.notAfter ?? new Date(Date.now() + DAY),
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
  issuer: Issuer,
): Promise<Buffer> {
  const revocationDate = thisUpdate ?? new Date(Date.now() - HOUR);
  const list = await X509CrlGenerator.create({
    issuer: issuer.name,
    thisUpdate: revocationDate,
    nextUpdate: nextUpdate ?? new Date(Date.now() + DAY),
    entries: revoked.map(({ certificatePem }) => ({
      serialNumber: new X509Certificate(certificatePem).serialNumber,
      revocationDate,
    })),
    signingKey: await toSigningKey(issuer),
    signingAlgorithm: SIGNING_ALGORITHM,
  });
  return Buffer.from(list.rawData);
}

function toSigningKey({ keys }: Issuer): Promise<webcrypto.CryptoKey> {
  const der = keys.privateKey.export({ type: 'pkcs8', format: 'der' });
  return webcrypto.subtle.importKey('pkcs8', der, SIGNING_ALGORITHM, false, ['sign']);
}

function leafExtensions({ names = [], usages, keyAlgorithm }: CertificateOptions): Extension[] {
  const isRsa = keyAlgorithm?.startsWith('rsa-') === true;
  const extensions: Extension[] = [
    new BasicConstraintsExtension(false, undefined, true),
    isRsa
      ? // Static RSA key exchange, which TLS 1.2 may use, wants keyEncipherment (RFC 5246, section 7.4.2).
        new KeyUsagesExtension(KeyUsageFlags.digitalSignature | KeyUsageFlags.keyEncipherment, true)
      : new KeyUsagesExtension(KeyUsageFlags.digitalSignature, true),
  ];
  if (names.length > 0) {
    const general = names.map((value) => ({
      type: isIP(value) === 0 ? ('dns' as const) : ('ip' as const),
      value,
    }));
    extensions.push(new SubjectAlternativeNameExtension(general));
  }
  if (usages !== undefined)
    extensions.push(new ExtendedKeyUsageExtension(usages.map((usage) => USAGES[usage])));
  return extensions;
}

function toPublicKey(keys: KeyPair): PublicKey {
  return new PublicKey(keys.publicKey.export({ type: 'spki', format: 'der' }));
}

function generateKeyPair(algorithm: KeyAlgorithm): KeyPair {
  return GENERATORS[algorithm]();
}

const GENERATORS: Record<KeyAlgorithm, () => KeyPair> = {
  'rsa-2048': () => generateKeyPairSync('rsa', { modulusLength: 2048 }),
  'rsa-3072': () => generateKeyPairSync('rsa', { modulusLength: 3072 }),
  'rsa-4096': () => generateKeyPairSync('rsa', { modulusLength: 4096 }),
  'rsa-pss-2048': () => generateKeyPairSync('rsa-pss', { modulusLength: 2048 }),
  'p-256': () => generateKeyPairSync('ec', { namedCurve: 'P-256' }),
  'p-384': () => generateKeyPairSync('ec', { namedCurve: 'P-384' }),
  'p-521': () => generateKeyPairSync('ec', { namedCurve: 'P-521' }),
  ed25519: () => generateKeyPairSync('ed25519'),
};
