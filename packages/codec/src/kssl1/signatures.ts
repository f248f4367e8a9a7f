import type { SignDigestOperation } from '../operation.js';
import { Opcode } from './constants.js';

type DigestScheme = SignDigestOperation['scheme'];

/** How v1 says a signature over a digest. */
export interface DigestSignature {
  readonly opcode: Opcode;
  /** In bytes. */
  readonly digestLength: number;
}

/** Every signature scheme over a digest has its opcode (docs/protocol/kssl1.md, "Operations"). */
export const DIGEST_SIGNATURES: Readonly<Record<DigestScheme, DigestSignature>> = {
  rsa_pkcs1_md5_sha1: { opcode: Opcode.RSA_PKCS1_MD5_SHA1, digestLength: 36 },
  rsa_pkcs1_sha1: { opcode: Opcode.RSA_PKCS1_SHA1, digestLength: 20 },
  rsa_pkcs1_sha224: { opcode: Opcode.RSA_PKCS1_SHA224, digestLength: 28 },
  rsa_pkcs1_sha256: { opcode: Opcode.RSA_PKCS1_SHA256, digestLength: 32 },
  rsa_pkcs1_sha384: { opcode: Opcode.RSA_PKCS1_SHA384, digestLength: 48 },
  rsa_pkcs1_sha512: { opcode: Opcode.RSA_PKCS1_SHA512, digestLength: 64 },
  ecdsa_md5_sha1: { opcode: Opcode.ECDSA_MD5_SHA1, digestLength: 36 },
  ecdsa_sha1: { opcode: Opcode.ECDSA_SHA1, digestLength: 20 },
  ecdsa_sha224: { opcode: Opcode.ECDSA_SHA224, digestLength: 28 },
  ecdsa_sha256: { opcode: Opcode.ECDSA_SHA256, digestLength: 32 },
  ecdsa_sha384: { opcode: Opcode.ECDSA_SHA384, digestLength: 48 },
  ecdsa_sha512: { opcode: Opcode.ECDSA_SHA512, digestLength: 64 },
  rsa_pss_sha256: { opcode: Opcode.RSA_PSS_SHA256, digestLength: 32 },
  rsa_pss_sha384: { opcode: Opcode.RSA_PSS_SHA384, digestLength: 48 },
  rsa_pss_sha512: { opcode: Opcode.RSA_PSS_SHA512, digestLength: 64 },
};

/** The scheme that an opcode stands for; none where the opcode does not sign a digest. */
export function digestSchemeOf(opcode: number): DigestScheme | undefined {
  return SCHEMES.get(opcode);
}

const SCHEMES: ReadonlyMap<number, DigestScheme> = new Map(
  (Object.keys(DIGEST_SIGNATURES) as DigestScheme[]).map((scheme) => [
    DIGEST_SIGNATURES[scheme].opcode,
    scheme,
  ]),
);
