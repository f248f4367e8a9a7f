import { isIP } from 'node:net';
import type { z } from 'zod';
import { fail, text } from '../configuration/values.js';
import { type ClientIdentity, toEmail, toHexadecimal, toIpAddress } from './client-identity.js';
import { nameIndex, parseDistinguishedName } from './distinguished-name.js';
import { strictObject } from './values.js';

/** Whether a client is meant. */
type ClientTest = (client: ClientIdentity) => boolean;

/**
 * A pattern of clients: conditions on a client's certificate that all must hold, at least one.
 *
 * Only host names and URIs have wildcards: there they follow the hierarchy of the name.
 */
export function clientPattern() {
  return strictObject({
    common_name: condition('a common name', commonName).optional(),
    dns: condition('a host name, e.g. edge1.example.com or *.edge.example.com', dnsName).optional(),
    uri: condition('a URI, e.g. spiffe://example.com/edge/1 or spiffe://example.com/edge/*', uri).optional(),
    ip: condition('an IP address', ipAddress).optional(),
    email: condition('an e-mail address', email).optional(),
    fingerprint: condition(
      `the certificate's SHA-256 fingerprint, ${FINGERPRINT_FORM}`,
      fingerprint,
    ).optional(),
    issuer: condition('the name of a CA, e.g. "CN=Edge CA, O=Example"', issuer).optional(),
    issuer_fingerprint: condition(
      `the SHA-256 fingerprint of a CA's certificate, ${FINGERPRINT_FORM}`,
      issuerFingerprint,
    ).optional(),
  }).transform((conditions, context): ClientTest => {
    const tests = Object.values(conditions).filter((test) => test !== undefined);
    if (tests.length === 0)
      return fail(context, 'has no condition: write "clients: all" to mean every client');
    return (client) => tests.every((test) => test(client));
  });
}

const FINGERPRINT_FORM = '64 hexadecimal digits with or without colons';

/** @param toTest undefined for a value that cannot be meant */
function condition(what: string, toTest: (value: string) => ClientTest | undefined): z.ZodType<ClientTest> {
  const error = `must be ${what}`;
  return text(error).transform((value, context) => toTest(value) ?? fail(context, error));
}

function commonName(wanted: string): ClientTest {
  return ({ commonNames }) => commonNames.includes(wanted);
}

/** `*` as the first label stands for any one label, as in certificates (RFC 9525, section 6.3). */
function dnsName(text: string): ClientTest | undefined {
  const wanted = text.toLowerCase();
  if (!/^(\*\.)?[a-z\d_-]+(\.[a-z\d_-]+)*$/.test(wanted) || isIP(wanted) !== 0) return undefined;
  if (!wanted.startsWith('*.')) return ({ dnsNames }) => dnsNames.includes(wanted);
  const domain = wanted.slice(1);
  return ({ dnsNames }) =>
    dnsNames.some((name) => name.indexOf('.') > 0 && name.slice(name.indexOf('.')) === domain);
}

/** `*` as the last segment of the path stands for all that is below. */
function uri(wanted: string): ClientTest | undefined {
  if (!/^[a-z][a-z\d+.-]*:[^*]+(\/\*)?$/i.test(wanted)) return undefined;
  if (!wanted.endsWith('/*')) return ({ uris }) => uris.includes(wanted);
  const folder = wanted.slice(0, -1);
  // Below a host only: "spiffe://*" would mean every trust domain.
  if (!/^[^:]+:\/\/[^/]+\//.test(folder)) return undefined;
  return ({ uris }) => uris.some((name) => name.startsWith(folder) && name.length > folder.length);
}

function ipAddress(text: string): ClientTest | undefined {
  const wanted = toIpAddress(text);
  if (wanted === undefined) return undefined;
  return ({ ipAddresses }) => ipAddresses.includes(wanted);
}

function email(text: string): ClientTest | undefined {
  if (!/^[^@\s]+@[^@\s]+$/.test(text)) return undefined;
  const wanted = toEmail(text);
  return ({ emails }) => emails.includes(wanted);
}

function fingerprint(text: string): ClientTest | undefined {
  const wanted = toHexadecimal(text, FINGERPRINT_LENGTH);
  if (wanted === undefined) return undefined;
  return (client) => client.fingerprint === wanted;
}

function issuer(text: string): ClientTest | undefined {
  const name = parseDistinguishedName(text);
  if (name === undefined || name.length === 0) return undefined;
  const wanted = nameIndex(name);
  return (client) => client.issuer.name === wanted;
}

function issuerFingerprint(text: string): ClientTest | undefined {
  const wanted = toHexadecimal(text, FINGERPRINT_LENGTH);
  if (wanted === undefined) return undefined;
  return (client) => client.issuer.fingerprints.includes(wanted);
}

/** SHA-256, in bytes. */
const FINGERPRINT_LENGTH = 32;
