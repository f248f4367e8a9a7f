import { X509Certificate } from 'node:crypto';
import { coversServerName } from '@latchkey/server';

/** A site's certificates as a key server has sent them. */
export interface ReceivedChain {
  readonly leaf: X509Certificate;
  /** All of them, the leaf first. */
  readonly certificates: readonly X509Certificate[];
  /** The same. */
  readonly pem: string;
}

/**
 * Reads a chain that a key server has sent, on whose word nothing is taken.
 *
 * @param serverNames the site's
 * @param encoded DER
 * @returns in a few words why it cannot be shown to the site's visitors, where it cannot
 */
export function parseReceivedChain(
  serverNames: readonly string[],
  encoded: readonly Uint8Array[],
): ReceivedChain | string {
  let certificates: X509Certificate[];
  try {
    certificates = encoded.map((certificate) => new X509Certificate(certificate));
  } catch {
    return 'it cannot be read';
  }
  const [leaf] = certificates;
  if (leaf === undefined) return 'it is empty';
  const stranger = serverNames.find((name) => !coversServerName(leaf, name));
  if (stranger !== undefined) return `it is not for ${stranger}`;
  if (Date.parse(leaf.validTo) <= Date.now()) return `it expired on ${leaf.validTo}`;
  for (const [index, certificate] of certificates.entries()) {
    const issuer = certificates[index + 1];
    if (issuer !== undefined && !(certificate.checkIssued(issuer) && certificate.verify(issuer.publicKey)))
      return `its certificate ${index + 2} has not issued the one before it`;
  }
  return { leaf, certificates, pem: certificates.map(String).join('') };
}
