import type { X509Certificate } from 'node:crypto';

/** A certificate whose end somebody should see coming. */
export interface WatchedCertificate {
  /** The file that it came from. */
  readonly source: string;
  readonly certificate: X509Certificate;
}

/** The labels that the field has for a certificate. */
export function certificateLabels({ source, certificate }: WatchedCertificate): Record<string, string> {
  const usages = certificate.keyUsage as readonly string[] | undefined;
  return {
    source,
    serial_no: BigInt(`0x${certificate.serialNumber}`).toString(),
    cn: /^CN=(.*)$/m.exec(certificate.subject)?.[1] ?? '',
    hostnames: dnsNames(certificate).sort().join(','),
    ca: flag(certificate.ca),
    server: flag(usages?.includes(SERVER_AUTHENTICATION)),
    client: flag(usages?.includes(CLIENT_AUTHENTICATION)),
  };
}

/** In seconds since 1970. */
export function expiryOf({ certificate }: WatchedCertificate): number {
  return Date.parse(certificate.validTo) / 1000;
}

/** Object identifiers of extended key usages (RFC 5280, section 4.2.1.12). */
const SERVER_AUTHENTICATION = '1.3.6.1.5.5.7.3.1';
const CLIENT_AUTHENTICATION = '1.3.6.1.5.5.7.3.2';

/** For a label only: a name that Node had to quote is left out. */
function dnsNames({ subjectAltName = '' }: X509Certificate): string[] {
  return [...subjectAltName.matchAll(/(?:^|, )DNS:([\w.*-]+)(?=, |$)/g)].map(([, name = '']) => name);
}

function flag(value: boolean | undefined): string {
  return value === true ? '1' : '0';
}
