import { X509Certificate } from 'node:crypto';
import { open } from 'node:fs/promises';
import { isChain } from '@latchkey/codec/kssl2';
import { subjectKeyIdentifier } from '@latchkey/native';
import { CertificateFileError } from '../errors.js';
import { filesBelow } from '../folder-files.js';
import { reasonOf } from '../system-error.js';

/** A site's certificate and those of its issuers, as edges get them. */
export interface StoredChain {
  readonly file: string;
  /** The site's own. */
  readonly leaf: X509Certificate;
  /** All of them in DER, the site's own first. */
  readonly certificates: readonly Uint8Array[];
  /** Names the key of the site's own. */
  readonly ski: Uint8Array;
}

/** What was found where chains should be. */
export interface LoadedChains {
  readonly chains: readonly StoredChain[];
  /** Files and folders that could not be used. */
  readonly problems: readonly CertificateFileError[];
}

/** Loads the chains of folders and their subfolders: `*.pem` and `*.crt`, PEM, the site's certificate first. */
export async function loadChains(folders: readonly string[]): Promise<LoadedChains> {
  const chains: StoredChain[] = [];
  const problems: CertificateFileError[] = [];
  const onProblem = (file: string, error: unknown): void =>
    void problems.push(new CertificateFileError(file, reasonOf(error)));
  for (const folder of folders) {
    for await (const file of filesBelow(folder, ENDINGS, onProblem)) {
      try {
        chains.push(parseChain(await readText(file), file));
      } catch (error) {
        onProblem(file, error);
      }
    }
  }
  return { chains, problems };
}

/**
 * Parses a chain of PEM certificates.
 *
 * @throws {Error} that says in a few words why it is none
 */
export function parseChain(text: string, file: string): StoredChain {
  if (text.includes('PRIVATE KEY-----'))
    throw new Error('it holds a private key, which belongs into a file of its own');
  const blocks = text.match(/-----BEGIN CERTIFICATE-----[^-]*-----END CERTIFICATE-----/g) ?? [];
  const certificates = blocks.map((block) => new X509Certificate(block));
  const [leaf] = certificates;
  if (leaf === undefined) throw new Error('there is no PEM certificate in it');
  if (leaf.ca) throw new Error('its first certificate is an authority’s; the site’s own must come first');
  for (const [index, certificate] of certificates.entries()) {
    const issuer = certificates[index + 1];
    if (issuer !== undefined && !certificate.checkIssued(issuer))
      throw new Error(`its certificate ${index + 2} has not issued the one before it`);
  }
  const encoded = certificates.map(({ raw }) => new Uint8Array(raw));
  if (!isChain(encoded)) throw new Error('it has more than 10 certificates, or 48 kB of them');
  return { file, leaf, certificates: encoded, ski: subjectKeyIdentifier(leaf.raw) };
}

const ENDINGS = ['.pem', '.crt'];

/** Twice what a chain may have, as PEM. */
const MAXIMUM_FILE_LENGTH = 128 * 1024;

async function readText(path: string): Promise<string> {
  const file = await open(path);
  try {
    const facts = await file.stat();
    if (!facts.isFile()) throw new Error('this is not a regular file');
    if (facts.size > MAXIMUM_FILE_LENGTH) throw new Error('this file is longer than any chain');
    return await file.readFile('utf8');
  } finally {
    await file.close();
  }
}
