import { latchkey } from '../../generated/kssl2.js';
import {
  MAXIMUM_CHAIN_CERTIFICATES,
  MAXIMUM_CHAIN_LENGTH,
  MAXIMUM_CHAINS,
  MAXIMUM_SERVER_NAMES,
} from './constants.js';
import { FieldCursor, type FieldMalformation } from './fields.js';

/** The wish for the certificates of a site, now and whenever they change. */
export interface CertificateSubscription {
  /** From 1 on, chosen by the edge. */
  readonly id: number;
  /** In lower case; `*.` before one means any name below it. None: the edge does not want them any more. */
  readonly serverNames: readonly string[];
}

/** The certificates for a subscription: all that there are at that time. */
export interface Certificates {
  /** The id of the subscription. */
  readonly subscription: number;
  readonly chains: readonly CertificateChain[];
}

/** Certificates in DER: the site's own first, each one's issuer after it. At least one. */
export type CertificateChain = readonly Uint8Array[];

/**
 * What is wrong with a subscription, or with what answers it:
 * - `subscription_id`: none
 * - `server_names`: too many, or one that is no host name
 * - `certificate_chain`: too many chains, or one that is empty or too long
 */
export type CertificatesMalformation =
  FieldMalformation | 'subscription_id' | 'server_names' | 'certificate_chain';

export function encodeCertificateSubscription({ id, serverNames }: CertificateSubscription): Uint8Array {
  return latchkey.kssl2.CertificateSubscription.encode({ id, serverNames: [...serverNames] }).finish();
}

export function readCertificateSubscription(
  message: Uint8Array,
): CertificateSubscription | CertificatesMalformation {
  const fields = readIdAndParts(message);
  if (typeof fields === 'string') return fields;
  const serverNames = fields.parts.map((part) => Buffer.from(part).toString('latin1').toLowerCase());
  if (serverNames.length > MAXIMUM_SERVER_NAMES || !serverNames.every(isServerName)) return 'server_names';
  return { id: fields.id, serverNames };
}

/** @param certificates within the bounds that the constants state */
export function encodeCertificates({ subscription, chains }: Certificates): Uint8Array {
  return latchkey.kssl2.Certificates.encode({
    subscription,
    chains: chains.map((certificates) => ({ certificates: [...certificates] })),
  }).finish();
}

/** @returns the certificates in memory of their own: they are kept */
export function readCertificates(message: Uint8Array): Certificates | CertificatesMalformation {
  const fields = readIdAndParts(message);
  if (typeof fields === 'string') return fields;
  if (fields.parts.length > MAXIMUM_CHAINS) return 'certificate_chain';
  const chains: CertificateChain[] = [];
  for (const part of fields.parts) {
    const chain = readChain(part);
    if (typeof chain === 'string') return chain;
    chains.push(chain);
  }
  return { subscription: fields.id, chains };
}

/** Whether an edge may ask for certificates of that name: a host name (RFC 6066, section 3), or `*.` and one. */
export function isServerName(text: string): boolean {
  return text.length <= MAXIMUM_NAME_LENGTH && SERVER_NAME.test(text);
}

/** Of a host name (RFC 1035, section 2.3.4), and of the wildcard before it. */
const MAXIMUM_NAME_LENGTH = 255;

const SERVER_NAME = /^(?:\*\.)?(?:[a-z0-9_-]+\.)*[a-z0-9_-]+$/;

/** Both messages are an id, field 1, and parts, field 2. */
function readIdAndParts(
  message: Uint8Array,
): { readonly id: number; readonly parts: readonly Uint8Array[] } | CertificatesMalformation {
  let id = 0;
  const parts: Uint8Array[] = [];
  const field = new FieldCursor(message);
  while (field.next()) {
    if (field.number > 2) continue;
    if ((field.number === 1) !== field.isNumber) return 'field_type';
    if (!field.isNumber) parts.push(field.view());
    else if (id === 0) id = field.value;
    else return 'field_twice';
  }
  if (field.malformation !== undefined) return field.malformation;
  return id === 0 ? 'subscription_id' : { id, parts };
}

function readChain(message: Uint8Array): CertificateChain | CertificatesMalformation {
  const certificates: Uint8Array[] = [];
  const field = new FieldCursor(message);
  while (field.next()) {
    if (field.number !== 1) continue;
    if (field.isNumber) return 'field_type';
    // Not slice(): of a Buffer that would be a view.
    certificates.push(new Uint8Array(field.view()));
  }
  if (field.malformation !== undefined) return field.malformation;
  return isChain(certificates) ? certificates : 'certificate_chain';
}

/** Whether certificates are within the bounds of the protocol. */
export function isChain(certificates: readonly Uint8Array[]): boolean {
  const length = certificates.reduce((sum, certificate) => sum + certificate.length, 0);
  return (
    certificates.length > 0 &&
    certificates.length <= MAXIMUM_CHAIN_CERTIFICATES &&
    length <= MAXIMUM_CHAIN_LENGTH &&
    certificates.every((certificate) => certificate.length > 0)
  );
}
