import { createPrivateKey, X509Certificate, type KeyObject } from 'node:crypto';
import { FileError, type TextFile } from './files.js';

/** A file of PEM certificates: the one that counts first, then those that signed it. */
export interface CertificateFile extends TextFile {
  readonly leaf: X509Certificate;
  /** All of them, the leaf included. */
  readonly certificates: readonly X509Certificate[];
}

/** A file with a PEM private key. */
export interface KeyFile extends TextFile {
  readonly key: KeyObject;
}

/** What an edge shows to key servers, and whom it trusts there. */
export interface Channel {
  readonly certificate: CertificateFile;
  readonly key: KeyFile;
  /** The authorities that key servers' certificates must chain to. */
  readonly ca: CertificateFile;
}

/**
 * Parses the certificates of a PEM file.
 *
 * @throws {@link FileError} saying what the file holds instead
 */
export function parseCertificateFile(file: TextFile): CertificateFile {
  const blocks = file.text.match(/-----BEGIN CERTIFICATE-----[^-]*-----END CERTIFICATE-----/g) ?? [];
  const certificates = blocks.map((pem) => parseCertificate(file.path, pem));
  const [leaf] = certificates;
  if (leaf === undefined)
    throw new FileError(file.path, `expected a PEM certificate, found ${contentOf(file)}`);
  return { ...file, leaf, certificates };
}

/**
 * Parses the private key of a PEM file.
 *
 * @throws {@link FileError} saying what the file holds instead
 */
export function parseKeyFile(file: TextFile): KeyFile {
  if (!/-----BEGIN (?:[A-Z]+ )*PRIVATE KEY-----/.test(file.text))
    throw new FileError(file.path, `expected a PEM private key, found ${contentOf(file)}`);
  if (/ENCRYPTED/.test(file.text))
    throw new FileError(
      file.path,
      'the private key is encrypted; the channel needs one without a passphrase',
    );
  try {
    return { ...file, key: createPrivateKey(file.text) };
  } catch {
    // Node's error is left out: it may say more about the key than belongs on a terminal.
    throw new FileError(file.path, 'the private key is damaged or of a kind that is not supported');
  }
}

function parseCertificate(path: string, pem: string): X509Certificate {
  try {
    return new X509Certificate(pem);
  } catch (error) {
    throw new FileError(path, 'the certificate is damaged', { cause: error });
  }
}

function contentOf({ text }: TextFile): string {
  const label = /-----BEGIN ([A-Z0-9 ]+)-----/.exec(text)?.[1];
  if (label !== undefined) return `a ${label.toLowerCase()}`;
  return text.trim() === '' ? 'nothing' : 'something that is not PEM';
}
