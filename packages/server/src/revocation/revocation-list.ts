import { constants, type KeyObject, verify } from 'node:crypto';
import { type DerElement, readElements } from '../der.js';

/** A certificate revocation list (RFC 5280, section 5), as far as it matters before TLS takes it. */
export interface RevocationList {
  /** What `node:tls` takes: one list. */
  readonly pem: string;
  readonly thisUpdate: Date;
  /** When a newer one is there; where there is none it never expires. */
  readonly nextUpdate: Date | undefined;
  /** Whether the CA with this key has signed it. */
  isSignedBy(publicKey: KeyObject): boolean;
}

/**
 * Reads all lists in a file: PEM, also of several, or DER.
 *
 * @returns none when there is none in it
 * @throws {RangeError} when one of them is damaged, or its signature algorithm is not known here
 */
export function parseRevocationLists(bytes: Uint8Array): RevocationList[] {
  if (bytes[0] === Tag.SEQUENCE) return [parse(bytes)];
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1');
  return [...text.matchAll(/-----BEGIN X509 CRL-----([\w+/=\s]*)-----END X509 CRL-----/g)].map(
    ([, base64 = '']) => parse(Buffer.from(base64, 'base64')),
  );
}

const Tag = {
  BIT_STRING: 0x03,
  OBJECT_IDENTIFIER: 0x06,
  INTEGER: 0x02,
  UTC_TIME: 0x17,
  GENERALIZED_TIME: 0x18,
  SEQUENCE: 0x30,
} as const;

// CertificateList ::= SEQUENCE { tbsCertList TBSCertList, signatureAlgorithm AlgorithmIdentifier, signatureValue BIT STRING }
function parse(der: Uint8Array): RevocationList {
  const [list] = readElements(der);
  const [toBeSigned, algorithm, signature] = childrenOf(list);
  const { thisUpdate, nextUpdate } = parseTimes(toBeSigned);
  const { hash, isPss } = parseAlgorithm(algorithm);
  if (toBeSigned === undefined || signature?.tag !== Tag.BIT_STRING) throw damaged();
  const unusedBitsLength = 1;
  const signatureBytes = signature.content.subarray(unusedBitsLength);
  return {
    pem: toPem(der),
    thisUpdate,
    nextUpdate,
    isSignedBy: (publicKey) => {
      const key = isPss ? { key: publicKey, padding: constants.RSA_PKCS1_PSS_PADDING } : publicKey;
      try {
        return verify(hash, toBeSigned.encoding, key, signatureBytes);
      } catch {
        // A key of another type.
        return false;
      }
    },
  };
}

// TBSCertList ::= SEQUENCE { version INTEGER OPTIONAL, signature AlgorithmIdentifier, issuer Name, thisUpdate Time,
//   nextUpdate Time OPTIONAL, ... }
function parseTimes(toBeSigned: DerElement | undefined): Pick<RevocationList, 'thisUpdate' | 'nextUpdate'> {
  const fields = childrenOf(toBeSigned);
  const signatureIndex = fields[0]?.tag === Tag.INTEGER ? 1 : 0;
  const [thisUpdate, nextUpdate] = fields.slice(signatureIndex + 2, signatureIndex + 4).map(parseTime);
  if (thisUpdate === undefined) throw damaged();
  return { thisUpdate, nextUpdate };
}

/** A time of RFC 5280, section 4.1.2.5: always in UTC, with seconds; undefined when it is something else. */
function parseTime({ tag, content }: DerElement): Date | undefined {
  if (tag !== Tag.UTC_TIME && tag !== Tag.GENERALIZED_TIME) return undefined;
  const text = Buffer.from(content).toString('latin1');
  const century = tag === Tag.GENERALIZED_TIME ? '' : text < '5' ? '20' : '19';
  const time = new Date(`${century}${text}`.replace(/^(....)(..)(..)(..)(..)(..)Z$/, '$1-$2-$3T$4:$5:$6Z'));
  if (Number.isNaN(time.getTime())) throw damaged();
  return time;
}

// AlgorithmIdentifier ::= SEQUENCE { algorithm OBJECT IDENTIFIER, parameters ANY OPTIONAL }
function parseAlgorithm(element: DerElement | undefined): {
  readonly hash: string | undefined;
  readonly isPss: boolean;
} {
  const [identifier, parameters] = childrenOf(element);
  const isPss = identifier !== undefined && toHex(identifier) === RSASSA_PSS;
  // RSASSA-PSS-params ::= SEQUENCE { hashAlgorithm [0] AlgorithmIdentifier, ... } (RFC 4055, section 3.1)
  const [hashAlgorithm] = isPss ? childrenOf(childrenOf(parameters)[0]) : [];
  const [hashIdentifier] = isPss ? childrenOf(hashAlgorithm) : [identifier];
  const name = hashIdentifier && toHex(hashIdentifier);
  if (name === undefined || !HASHES.has(name)) {
    throw new RangeError('it is signed with an algorithm that is not supported: SHA-1, perhaps?');
  }
  return { hash: HASHES.get(name), isPss };
}

const RSASSA_PSS = '2a864886f70d01010a';

/** By the OID of the signature algorithm, or with RSASSA-PSS of the hash. None where the algorithm has its own. */
const HASHES: ReadonlyMap<string, string | undefined> = new Map([
  ['2a864886f70d01010e', 'sha224'], // sha224WithRSAEncryption (RFC 8017, appendix A.2.4)
  ['2a864886f70d01010b', 'sha256'],
  ['2a864886f70d01010c', 'sha384'],
  ['2a864886f70d01010d', 'sha512'],
  ['2a8648ce3d040301', 'sha224'], // ecdsa-with-SHA224 (RFC 5758, section 3.2)
  ['2a8648ce3d040302', 'sha256'],
  ['2a8648ce3d040303', 'sha384'],
  ['2a8648ce3d040304', 'sha512'],
  ['2b6570', undefined], // id-Ed25519, id-Ed448 (RFC 8410, section 3)
  ['2b6571', undefined],
  ['608648016503040201', 'sha256'], // id-sha256 (RFC 5754, section 2.2)
  ['608648016503040202', 'sha384'],
  ['608648016503040203', 'sha512'],
]);

function childrenOf(element: DerElement | undefined): DerElement[] {
  if (element === undefined) throw damaged();
  return readElements(element.content);
}

function toHex({ content }: DerElement): string {
  return Buffer.from(content).toString('hex');
}

function toPem(der: Uint8Array): string {
  const lines =
    Buffer.from(der)
      .toString('base64')
      .match(/.{1,64}/g) ?? [];
  return ['-----BEGIN X509 CRL-----', ...lines, '-----END X509 CRL-----', ''].join('\n');
}

function damaged(): RangeError {
  return new RangeError('it is damaged');
}
