import type { X509Certificate } from 'node:crypto';
import { isIP, SocketAddress } from 'node:net';
import { nameIndex, parseDistinguishedName } from './distinguished-name.js';
import { type AlternativeName, parseAlternativeNames } from './subject-alternative-name.js';

/** Who a client is, by the certificate that it has authenticated with. All of it is vouched for by the client CA. */
export interface ClientIdentity {
  /** As Node.js prints it, with a name in each line; undefined when there is none. For people only. */
  readonly subject: string | undefined;
  /** SHA-256 of the certificate: 64 hexadecimal digits in lower case. */
  readonly fingerprint: string;
  /** In the order of the subject; as a rule one. */
  readonly commonNames: readonly string[];
  /** dNSName entries of the subjectAltName, in lower case. */
  readonly dnsNames: readonly string[];
  readonly uris: readonly string[];
  /** iPAddress entries, as {@link toIpAddress} has them. */
  readonly ipAddresses: readonly string[];
  /** rfc822Name entries, as {@link toEmail} has them. */
  readonly emails: readonly string[];
  /** The CA that has issued the certificate, not those above it. */
  readonly issuer: {
    /** Its name, by `nameIndex`. */
    readonly name: string;
    /** Of those of its certificates that are among the authorities; none when the client brought it along. */
    readonly fingerprints: readonly string[];
  };
}

/**
 * Reads a client's identity from its certificate, which TLS has checked to be of one of the authorities.
 *
 * Of the certificates that a client sends besides its own nothing is used: they may be anything, and they are missing
 * when a session is resumed.
 *
 * @param authorities the certificates in the client CA's file
 * @returns undefined when the certificate's names cannot be read with certainty
 */
export function clientIdentityOf(
  certificate: X509Certificate,
  authorities: readonly X509Certificate[],
): ClientIdentity | undefined {
  // Node's types do not say that both are undefined where the certificate has none.
  const subject = parseDistinguishedName(certificate.subject ?? '');
  const issuer = parseDistinguishedName(certificate.issuer ?? '');
  const names = parseAlternativeNames(certificate.subjectAltName ?? '');
  if (subject === undefined || issuer === undefined || names === undefined) return undefined;
  return {
    subject: certificate.subject,
    fingerprint: fingerprintOf(certificate),
    commonNames: subject.filter(({ type }) => type === 'CN').map(({ value }) => value),
    dnsNames: valuesOf(names, 'DNS').map((name) => name.toLowerCase()),
    uris: valuesOf(names, 'URI'),
    ipAddresses: valuesOf(names, 'IP Address').flatMap((text) => toIpAddress(text) ?? []),
    emails: valuesOf(names, 'email').map(toEmail),
    issuer: {
      name: nameIndex(issuer),
      fingerprints: authorities
        .filter((authority) => certificate.checkIssued(authority) && certificate.verify(authority.publicKey))
        .map(fingerprintOf),
    },
  };
}

/**
 * Hexadecimal digits in lower case: of a fingerprint or a SKI, whose bytes tools print with or without colons between.
 *
 * @param length in bytes
 * @returns undefined when it is not so many bytes
 */
export function toHexadecimal(text: string, length: number): string | undefined {
  const digits = text.replaceAll(':', '').toLowerCase();
  return /^[\da-f]*$/.test(digits) && digits.length === 2 * length ? digits : undefined;
}

/** An IP address in its one form (RFC 5952 for IPv6); undefined when it is none. */
export function toIpAddress(text: string): string | undefined {
  const version = isIP(text);
  if (version === 0) return undefined;
  return new SocketAddress({ address: text, family: version === 4 ? 'ipv4' : 'ipv6' }).address;
}

/** A mailbox with its host in lower case: only the part before the @ tells cases apart (RFC 5280, section 7.5). */
export function toEmail(text: string): string {
  const at = text.lastIndexOf('@');
  return text.slice(0, at + 1) + text.slice(at + 1).toLowerCase();
}

function fingerprintOf({ fingerprint256 }: X509Certificate): string {
  return fingerprint256.replaceAll(':', '').toLowerCase();
}

function valuesOf(names: readonly AlternativeName[], wanted: string): string[] {
  return names.filter(({ type }) => type === wanted).map(({ value }) => value);
}
