import type { KeyObject, X509Certificate } from 'node:crypto';

const SERVER_AUTH = '1.3.6.1.5.5.7.3.1';
const CLIENT_AUTH = '1.3.6.1.5.5.7.3.2';

/** Whether a certificate's extended key usage, if it has any, lets a server show it (RFC 5280, section 4.2.1.12). */
export function isForServers(certificate: X509Certificate): boolean {
  return allows(certificate, SERVER_AUTH);
}

/** Whether a certificate's extended key usage, if it has any, lets a client show it. */
export function isForClients(certificate: X509Certificate): boolean {
  return allows(certificate, CLIENT_AUTH);
}

/** Whether two certificates are for the same key. */
export function haveSameKey(one: X509Certificate, other: X509Certificate): boolean {
  return one.publicKey.equals(other.publicKey);
}

/** Whether one of the authorities signed the chain, or is part of it. */
export function isVouchedFor(
  chain: readonly X509Certificate[],
  authorities: readonly X509Certificate[],
): boolean {
  return chain.some((certificate) =>
    authorities.some(
      (authority) => isIssuedBy(certificate, authority) || haveSameKey(certificate, authority),
    ),
  );
}

/** Whether a certificate says that the authority issued it, and the signature proves it. */
export function isIssuedBy(certificate: X509Certificate, authority: X509Certificate): boolean {
  return certificate.checkIssued(authority) && certificate.verify(authority.publicKey);
}

/** When a certificate is valid, seen from the clock of this machine. */
export type ValidityState = 'valid' | 'not_yet_valid' | 'expired';

/** Compares a certificate's validity with a moment. */
export function validityAt(certificate: X509Certificate, now: Date): ValidityState {
  if (now < new Date(certificate.validFrom)) return 'not_yet_valid';
  return now > new Date(certificate.validTo) ? 'expired' : 'valid';
}

/** Says when a certificate is valid and what time it is here, for whoever has to find out which of the two is wrong. */
export function describeValidity(certificate: X509Certificate, now: Date): string {
  const from = formatMoment(new Date(certificate.validFrom));
  const to = formatMoment(new Date(certificate.validTo));
  return `it is valid from ${from} to ${to}, and this machine's clock says ${formatMoment(now)}`;
}

/** `2026-01-31 12:00 UTC`. */
export function formatMoment(moment: Date): string {
  return `${moment.toISOString().slice(0, 16).replace('T', ' ')} UTC`;
}

/** A certificate's subject in one line; its common name where it has one. */
export function subjectOf(certificate: X509Certificate): string {
  return nameOf(certificate.subject) ?? nameOf(certificate.subjectAltName) ?? 'no name';
}

/** The issuer's name in one line. */
export function issuerOf(certificate: X509Certificate): string {
  return nameOf(certificate.issuer) ?? 'no name';
}

/** The names that a server's certificate is for, as text; empty without a subjectAltName. */
export function namesOf(certificate: X509Certificate): string {
  return (certificate.subjectAltName ?? '').replaceAll(/(?:DNS|IP Address):/g, '');
}

/** The type and size of a key, e.g. `ECDSA P-256` or `RSA 2048`. */
export function describeKey({ asymmetricKeyType, asymmetricKeyDetails }: KeyObject): string {
  switch (asymmetricKeyType) {
    case 'ec':
      return `ECDSA ${CURVES[asymmetricKeyDetails?.namedCurve ?? ''] ?? asymmetricKeyDetails?.namedCurve}`;
    case 'rsa':
      return `RSA ${asymmetricKeyDetails?.modulusLength}`;
    case 'rsa-pss':
      return `RSA-PSS ${asymmetricKeyDetails?.modulusLength}`;
    case 'ed25519':
      return 'Ed25519';
    default:
      return String(asymmetricKeyType);
  }
}

const CURVES: Readonly<Record<string, string>> = {
  prime256v1: 'P-256',
  secp384r1: 'P-384',
  secp521r1: 'P-521',
};

function allows({ keyUsage }: X509Certificate, purpose: string): boolean {
  // What Node.js calls keyUsage is the extended key usage.
  const purposes = keyUsage as readonly string[] | undefined;
  return purposes === undefined || purposes.length === 0 || purposes.includes(purpose);
}

function nameOf(distinguishedName: string | undefined): string | undefined {
  if (distinguishedName === undefined || distinguishedName === '') return undefined;
  return /^CN=(.*)$/m.exec(distinguishedName)?.[1] ?? distinguishedName.replaceAll('\n', ', ');
}
