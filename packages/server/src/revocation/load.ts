import type { X509Certificate } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { RevocationListError } from '../errors.js';
import { reasonOf } from '../system-error.js';
import { parseRevocationLists, type RevocationList } from './revocation-list.js';

/** Certificate revocation lists that TLS can use. */
export interface RevocationLists {
  /** One PEM for each, as `node:tls` wants it; empty when nothing is to be checked. */
  readonly pems: readonly string[];
  /** When the first of them expires. */
  readonly nextUpdate: Date | undefined;
  /** What an operator should know although they can be used. */
  readonly warnings: readonly string[];
}

/**
 * Reads certificate revocation lists and checks that each is in force and of one of the authorities.
 *
 * @param authorities the client CAs, and where there are intermediate CAs those as well
 * @throws {RevocationListError} that says which file is not what it should be
 */
export async function loadRevocationLists(
  files: readonly string[],
  authorities: readonly X509Certificate[],
): Promise<RevocationLists> {
  if (files.length === 0) return { pems: [], nextUpdate: undefined, warnings: [] };
  const now = new Date();
  const lists = (await Promise.all(files.map((file) => readLists(file, authorities, now)))).flat();
  const [nextUpdate] = lists
    .flatMap((list) => list.nextUpdate ?? [])
    .sort((a, b) => a.getTime() - b.getTime());
  const warnings = authorities
    .filter(({ publicKey }) => !lists.some((list) => list.isSignedBy(publicKey)))
    .map(
      ({ subject }) =>
        `crl_files: there is no revocation list of ${subject.replaceAll('\n', ', ')}: its clients are refused`,
    );
  return { pems: lists.map(({ pem }) => pem), nextUpdate, warnings };
}

async function readLists(
  file: string,
  authorities: readonly X509Certificate[],
  now: Date,
): Promise<RevocationList[]> {
  let lists: RevocationList[];
  try {
    lists = parseRevocationLists(await readFile(file));
  } catch (error) {
    throw new RevocationListError(file, reasonOf(error));
  }
  if (lists.length === 0) throw new RevocationListError(file, 'this is not a revocation list in PEM or DER');
  for (const list of lists) {
    const problem = problemOf(list, authorities, now);
    if (problem !== undefined) throw new RevocationListError(file, problem);
  }
  return lists;
}

function problemOf(
  list: RevocationList,
  authorities: readonly X509Certificate[],
  now: Date,
): string | undefined {
  const { thisUpdate, nextUpdate } = list;
  if (!authorities.some(({ publicKey }) => list.isSignedBy(publicKey))) {
    return 'this revocation list is of no CA in cloudflare_ca_cert, where the CA that signed it must be';
  }
  if (nextUpdate !== undefined && nextUpdate < now) {
    return `this revocation list has expired (${nextUpdate.toISOString()}): get a new one from the CA`;
  }
  if (thisUpdate > now) {
    return `this revocation list is not valid before ${thisUpdate.toISOString()}: mind the clocks`;
  }
  return undefined;
}
