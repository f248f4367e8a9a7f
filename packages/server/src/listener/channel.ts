import { createPrivateKey, type KeyObject, X509Certificate } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { createSecureContext, type TlsOptions } from 'node:tls';
import type { ChannelConfiguration } from '../configuration/configuration.js';
import { ChannelCertificateError } from '../errors.js';
import type { WatchedCertificate } from '@latchkey/admin';
import { loadRevocationLists, type RevocationLists } from '../revocation/load.js';
import { reasonOf } from '../system-error.js';

/** What the channel's TLS works with, checked to belong together. */
export interface ChannelCredentials {
  readonly certificate: Buffer;
  readonly key: Buffer;
  readonly clientCa: Buffer;
  /** The certificates in {@link clientCa}. */
  readonly clientAuthorities: readonly X509Certificate[];
  readonly revocationLists: RevocationLists;
  /** Those whose expiry would end the channel: its own and {@link clientAuthorities}. */
  readonly watchedCertificates: readonly WatchedCertificate[];
  /** What an operator should know although the channel can be opened. */
  readonly warnings: readonly string[];
}

/**
 * Reads the files of the channel between edge and key server.
 *
 * @throws {ChannelCertificateError} that says which file is not what it should be
 * @throws {RevocationListError} likewise
 */
export async function loadChannel(files: ChannelConfiguration): Promise<ChannelCredentials> {
  const { certificateFile, keyFile, clientCaFile, revocationListFiles } = files;
  const [certificatePem, keyPem, clientCaPem] = await Promise.all([
    read(certificateFile),
    read(keyFile),
    read(clientCaFile),
  ]);
  const certificate = parseCertificate(certificateFile, certificatePem);
  const key = parseKey(keyFile, keyPem);
  const clientAuthorities = splitCertificates(clientCaPem).map((pem) => parseCertificate(clientCaFile, pem));
  if (!certificate.checkPrivateKey(key)) {
    throw new ChannelCertificateError(
      keyFile,
      `this key does not belong to the certificate in ${certificateFile}`,
    );
  }
  const revocationLists = await loadRevocationLists(revocationListFiles, clientAuthorities);
  const credentials = {
    certificate: certificatePem,
    key: keyPem,
    clientCa: clientCaPem,
    clientAuthorities,
    revocationLists,
    watchedCertificates: [
      { source: certificateFile, certificate },
      ...clientAuthorities.map((authority) => ({ source: clientCaFile, certificate: authority })),
    ],
  };
  try {
    createSecureContext(channelTlsOptions(credentials));
  } catch (error) {
    throw new ChannelCertificateError(certificateFile, `TLS cannot use it: ${reasonOf(error)}`);
  }
  const warnings = [
    ...validityWarnings(certificateFile, certificate),
    ...clientAuthorities.flatMap((authority) => validityWarnings(clientCaFile, authority)),
    ...revocationLists.warnings,
  ];
  return { ...credentials, warnings };
}

/** TLS as the channel has it: docs/protocol/kssl1.md, "Channel". */
export function channelTlsOptions({
  certificate,
  key,
  clientCa,
  revocationLists,
}: Omit<ChannelCredentials, 'warnings'>): TlsOptions {
  return {
    cert: certificate,
    key,
    ca: clientCa,
    ...(revocationLists.pems.length === 0 ? {} : { crl: [...revocationLists.pems] }),
    requestCert: true,
    rejectUnauthorized: true,
    minVersion: 'TLSv1.2',
    maxVersion: 'TLSv1.3',
    ciphers: CIPHERS.join(':'),
  };
}

/** AEAD with forward secrecy only. The peers in the field speak ECDHE with AES-256-GCM; the first are TLS 1.3's. */
const CIPHERS = [
  'TLS_AES_256_GCM_SHA384',
  'TLS_AES_128_GCM_SHA256',
  'TLS_CHACHA20_POLY1305_SHA256',
  'ECDHE-ECDSA-AES256-GCM-SHA384',
  'ECDHE-RSA-AES256-GCM-SHA384',
  'ECDHE-ECDSA-AES128-GCM-SHA256',
  'ECDHE-RSA-AES128-GCM-SHA256',
  'ECDHE-ECDSA-CHACHA20-POLY1305',
  'ECDHE-RSA-CHACHA20-POLY1305',
];

async function read(file: string): Promise<Buffer> {
  try {
    return await readFile(file);
  } catch (error) {
    throw new ChannelCertificateError(file, reasonOf(error));
  }
}

/** One by one; what holds none stays as it is. */
function splitCertificates(pem: Buffer): Buffer[] {
  const blocks = pem.toString('latin1').match(/-----BEGIN CERTIFICATE-----.*?-----END CERTIFICATE-----/gs);
  return blocks?.map((block) => Buffer.from(block, 'latin1')) ?? [pem];
}

function parseCertificate(file: string, pem: Buffer): X509Certificate {
  try {
    return new X509Certificate(pem);
  } catch {
    const holdsKey = pem.includes('PRIVATE KEY-----');
    throw new ChannelCertificateError(
      file,
      holdsKey ? 'this is a private key where a certificate should be' : 'this is not a certificate in PEM',
    );
  }
}

function parseKey(file: string, pem: Buffer): KeyObject {
  try {
    return createPrivateKey(pem);
  } catch {
    const holdsCertificate = pem.includes('BEGIN CERTIFICATE-----');
    throw new ChannelCertificateError(
      file,
      holdsCertificate
        ? 'this is a certificate where a private key should be'
        : 'this is not a private key in PEM without a passphrase',
    );
  }
}

function validityWarnings(file: string, { validFrom, validTo }: X509Certificate): string[] {
  const now = Date.now();
  if (now > Date.parse(validTo)) return [`${file}: this certificate has expired (${validTo})`];
  if (now < Date.parse(validFrom)) return [`${file}: this certificate is not valid before ${validFrom}`];
  return [];
}
