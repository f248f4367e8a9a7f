import { createHash } from 'node:crypto';
import { SocketAddress } from 'node:net';
import {
  type Operation,
  type OperationRequest,
  type SignatureScheme,
  type SignDelegatedCredentialOperation,
  delegatedCredentialMessage,
  signedContent,
  signatureSchemeOf,
} from '@latchkey/codec';

/** Who asked for an operation. */
export interface AuditClient {
  /** Common name in the subject of the client's certificate; empty where it has none. */
  readonly commonName: string;
  /** SHA-256 of the client's certificate. */
  readonly fingerprint: Uint8Array;
}

/** The key that a request was found to mean. */
export interface AuditKey {
  readonly ski: Uint8Array;
  /** What the operator calls it, e.g. its file. */
  readonly label?: string;
}

/** An operation that was performed or refused. */
export interface AuditEntry {
  readonly client: AuditClient;
  /** Absent when the request names no key of ours: then the line has the SKI that was asked for, if any. */
  readonly key?: AuditKey;
  readonly request: OperationRequest;
  /** `ok`, or the stable name of the failure. */
  readonly result: string;
  /** From the request's arrival to its answer, in milliseconds, e.g. a difference of `performance.now()`. */
  readonly duration: number;
}

/** A request that was refused because it could not be read as one for anything that is done here. */
export interface RefusedAuditEntry {
  readonly client: AuditClient;
  readonly refused: {
    /** What it asked for, as far as that could be read. */
    readonly operation: Operation['type'] | undefined;
    readonly ski: Uint8Array | undefined;
    /** What is wrong with it, in a word. */
    readonly reason: string;
  };
}

/** The fields of the line of a request that was refused unread. */
export function fieldsOfRefused({ client, refused }: RefusedAuditEntry): object {
  return {
    client: shortened(client.commonName),
    client_fingerprint: hexOf(client.fingerprint),
    key: hexOf(refused.ski),
    operation: refused.operation ?? 'unknown',
    result: 'refused',
    reason: refused.reason,
  };
}

/**
 * The fields of an entry's line. None is secret: neither what was decrypted nor what was sealed is among them.
 *
 * `digest` says what was signed: the digest that was sent, or the message's under the hash of the scheme (SHA-256 for
 * Ed25519), so it is the same whichever of both was sent. Of a decryption it is the SHA-256 of the ciphertext: whoever
 * has recorded a handshake can look up whether its premaster secret was ever asked for.
 */
export function fieldsOf({ client, key, request, result, duration }: AuditEntry): object {
  const { operation, key: reference } = request;
  return {
    client: shortened(client.commonName),
    client_fingerprint: hexOf(client.fingerprint),
    key: hexOf(key?.ski ?? reference.ski),
    key_label: shortened(key?.label),
    operation: operation.type,
    scheme: 'scheme' in operation ? operation.scheme : undefined,
    function: operation.type === 'custom' ? shortened(operation.functionName) : undefined,
    digest: digestOf(operation),
    ...handshakeOf(operation),
    server_name: shortened(reference.serverName),
    client_ip: addressOf(reference.clientIp),
    server_ip: addressOf(reference.serverIp),
    result,
    duration_us: Math.round(duration * 1000),
  };
}

/** The length of the longest host name (RFC 1035, section 2.3.4); edges can send 64 kB. */
const MAXIMUM_TEXT_LENGTH = 255;

function shortened(text: string | undefined): string | undefined {
  return text?.slice(0, MAXIMUM_TEXT_LENGTH);
}

function hexOf(bytes: Uint8Array | undefined): string | undefined {
  return bytes && Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('hex');
}

function digestOf(operation: Operation): string | undefined {
  switch (operation.type) {
    case 'sign_digest':
      return hexOf(operation.digest);
    case 'sign_message':
      return createHash(hashOf(operation.scheme)).update(operation.message).digest('hex');
    case 'sign_certificate_verify':
    case 'sign_server_key_exchange':
      return createHash(hashOf(operation.scheme)).update(signedContent(operation)).digest('hex');
    case 'sign_delegated_credential':
      return digestOfCredential(operation);
    case 'decrypt_premaster':
    case 'decrypt_block':
      return createHash('sha256').update(operation.ciphertext).digest('hex');
    default:
      return undefined;
  }
}

function digestOfCredential(operation: SignDelegatedCredentialOperation): string | undefined {
  const scheme = signatureSchemeOf(operation.algorithm);
  if (scheme === undefined) return undefined;
  return createHash(hashOf(scheme)).update(delegatedCredentialMessage(operation)).digest('hex');
}

/** What the visitor's handshake, or the credential, is recognized by. */
function handshakeOf(operation: Operation): object {
  switch (operation.type) {
    case 'sign_certificate_verify':
      return { transcript_hash: hexOf(operation.transcriptHash) };
    case 'sign_server_key_exchange':
      return { client_random: hexOf(operation.clientRandom), server_random: hexOf(operation.serverRandom) };
    case 'sign_delegated_credential':
      return {
        valid_time: operation.validTime,
        credential_key: createHash('sha256').update(operation.subjectPublicKeyInfo).digest('hex'),
      };
    default:
      return {};
  }
}

/** The name that OpenSSL has for the scheme's hash. */
function hashOf(scheme: SignatureScheme): string {
  if (scheme === 'ed25519') return 'sha256';
  const hash = scheme.replace(/^(rsa_pkcs1|rsa_pss|ecdsa)_/, '');
  return hash === 'md5_sha1' ? 'md5-sha1' : hash;
}

function addressOf(bytes: Uint8Array | undefined): string | undefined {
  if (bytes === undefined) return undefined;
  if (bytes.length === 4) return bytes.join('.');
  const groups = hexOf(bytes)?.match(/.{4}/g)?.join(':') ?? '';
  // Gives the text its one form (RFC 5952).
  return new SocketAddress({ family: 'ipv6', address: groups }).address;
}
