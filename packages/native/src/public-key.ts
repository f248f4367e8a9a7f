import { X509Certificate, createHash, createPublicKey } from 'node:crypto';
import { PublicKeyParseError } from './key-errors.js';

/**
 * The Subject Key Identifier of a public key: the SHA-1 of the BIT STRING contents of its SubjectPublicKeyInfo
 * (RFC 5280, section 4.2.1.2, method 1), whatever the certificate's own extension says.
 *
 * @param bytes a certificate (of a PEM chain, the first) or a SubjectPublicKeyInfo, in PEM or DER
 * @returns 20 bytes
 * @throws PublicKeyParseError if the bytes are neither
 */
export function subjectKeyIdentifier(bytes: Uint8Array): Uint8Array {
  const info = subjectPublicKeyInfo(bytes);
  return new Uint8Array(createHash('sha1').update(publicKeyBits(info)).digest());
}

/** The SHA-256 of an RSA modulus written as upper-case hexadecimal text without leading zeros. */
export function modulusDigest(rsaSubjectPublicKeyInfo: Uint8Array): Uint8Array {
  // RSAPublicKey ::= SEQUENCE { modulus INTEGER, publicExponent INTEGER } (RFC 8017, appendix A.1.1)
  const modulus = contents(contents(publicKeyBits(rsaSubjectPublicKeyInfo)));
  const text = Buffer.from(modulus).toString('hex').toUpperCase().replace(/^0+/, '');
  return new Uint8Array(createHash('sha256').update(text).digest());
}

function subjectPublicKeyInfo(bytes: Uint8Array): Uint8Array {
  const input = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (const read of [certificateKey, bareKey]) {
    try {
      return read(input).export({ type: 'spki', format: 'der' });
    } catch {
      // Not that; maybe the next.
    }
  }
  throw new PublicKeyParseError('this is neither a certificate nor a public key in PEM or DER');
}

function certificateKey(input: Buffer) {
  return new X509Certificate(input).publicKey;
}

function bareKey(input: Buffer) {
  // A private key's PEM would be taken as well, and must not: nobody who holds one asks here.
  if (input.includes('PRIVATE KEY-----')) throw new PublicKeyParseError('this is a private key');
  return input.includes('-----BEGIN ')
    ? createPublicKey(input)
    : createPublicKey({ key: input, format: 'der', type: 'spki' });
}

// SubjectPublicKeyInfo ::= SEQUENCE { algorithm SEQUENCE, subjectPublicKey BIT STRING }
function publicKeyBits(info: Uint8Array): Uint8Array {
  const fields = contents(info);
  const bitString = fields.subarray(end(fields));
  const unusedBitsLength = 1;
  return contents(bitString).subarray(unusedBitsLength);
}

/** What is inside the DER element that `bytes` starts with. */
function contents(bytes: Uint8Array): Uint8Array {
  const { start, length } = header(bytes);
  return bytes.subarray(start, start + length);
}

function end(bytes: Uint8Array): number {
  const { start, length } = header(bytes);
  return start + length;
}

// Only for DER that OpenSSL wrote.
function header(bytes: Uint8Array): { start: number; length: number } {
  const first = bytes[1] ?? 0;
  if (first < 0x80) return { start: 2, length: first };
  const start = 2 + (first & 0x7f);
  return { start, length: bytes.subarray(2, start).reduce((length, byte) => length * 256 + byte, 0) };
}
