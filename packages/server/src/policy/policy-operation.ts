import type { Operation, SignatureScheme } from '@latchkey/codec';

/** What a policy tells apart: signatures by their scheme, all else by its type. A ping needs no permission. */
export type PolicyOperation = SignatureScheme | Exclude<Operation['type'], SignatureType>;

/**
 * What a signature is for, as far as the key server sees it: the handshake of a server in TLS 1.3 or 1.2; or `unstated`, all
 * that Keyless SSL v1 can ask for, which may be anything.
 */
export type SignaturePurpose = (typeof SIGNATURE_PURPOSES)[number];

export const SIGNATURE_PURPOSES = ['tls13', 'tls12', 'unstated'] as const;

/** What a signature is for; undefined for what is no signature, or one whose operation says it all. */
export function purposeOf({ type }: Operation): SignaturePurpose | undefined {
  switch (type) {
    case 'sign_certificate_verify':
      return 'tls13';
    case 'sign_server_key_exchange':
      return 'tls12';
    case 'sign_digest':
    case 'sign_message':
      return 'unstated';
    default:
      return undefined;
  }
}

/** Those that a policy calls by their scheme. */
type SignatureType = 'sign_certificate_verify' | 'sign_server_key_exchange' | 'sign_digest' | 'sign_message';

/** What a policy calls the operation. */
export function policyOperationOf(operation: Operation): PolicyOperation {
  return 'scheme' in operation ? operation.scheme : operation.type;
}

/** Whether it is performed with a private key, of which a policy says whose it is. */
export function usesPrivateKey(operation: PolicyOperation): boolean {
  return KEY_OPERATIONS.includes(operation);
}

/** Whether it is a signature that has a {@link SignaturePurpose}. */
export function hasPurpose(operation: PolicyOperation): boolean {
  return SIGNATURES.includes(operation);
}

/**
 * The operations that a word in a policy means: the name of one; `sign` and `decrypt` for all of their kind; or a
 * pattern of signature schemes with `*` for any characters, e.g. `rsa_pss_*`. There is no word for everything: to decrypt
 * is never allowed by accident.
 *
 * @returns none when the word means nothing
 */
export function operationsNamed(word: string): readonly PolicyOperation[] {
  if (word === 'sign') return SIGNATURES;
  if (word === 'decrypt') return DECRYPTIONS;
  if (!word.includes('*')) return ALL_OPERATIONS.filter((operation) => operation === word);
  const pattern = new RegExp(`^${word.split(/\*+/).map(escapeForRegExp).join('.*')}$`);
  return SIGNATURES.filter((operation) => pattern.test(operation));
}

const SIGNATURES: readonly PolicyOperation[] = [
  'rsa_pkcs1_md5_sha1',
  'rsa_pkcs1_sha1',
  'rsa_pkcs1_sha224',
  'rsa_pkcs1_sha256',
  'rsa_pkcs1_sha384',
  'rsa_pkcs1_sha512',
  'rsa_pss_sha256',
  'rsa_pss_sha384',
  'rsa_pss_sha512',
  'ecdsa_md5_sha1',
  'ecdsa_sha1',
  'ecdsa_sha224',
  'ecdsa_sha256',
  'ecdsa_sha384',
  'ecdsa_sha512',
  'ed25519',
];

const DECRYPTIONS: readonly PolicyOperation[] = ['decrypt_block', 'decrypt_premaster'];

/** Leave to act in the site's name without asking again, for days: not a signature like others. */
const DELEGATION = 'sign_delegated_credential';

const KEY_OPERATIONS: readonly PolicyOperation[] = [...SIGNATURES, ...DECRYPTIONS, DELEGATION];

/** Each of which a policy has a say once: those with a private key first. */
export const ALL_OPERATIONS: readonly PolicyOperation[] = [
  ...KEY_OPERATIONS,
  'seal',
  'unseal',
  'custom',
  'rpc',
];

/** What an edge may ask for when a visitor shakes hands, where the key server sees what it is for. */
export const HANDSHAKE_OPERATIONS: readonly {
  readonly operation: PolicyOperation;
  readonly purpose: SignaturePurpose | undefined;
}[] = [
  ...SIGNATURES.flatMap((operation) => [
    { operation, purpose: 'tls13' as const },
    { operation, purpose: 'tls12' as const },
  ]),
  { operation: 'decrypt_premaster', purpose: undefined },
];

function escapeForRegExp(text: string): string {
  return text.replaceAll(/[^\w]/g, String.raw`\$&`);
}
