import {
  constants,
  createPrivateKey,
  createPublicKey,
  privateDecrypt,
  sign,
  type KeyObject,
} from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import {
  delegatedCredentialMessage,
  InternalError,
  KeyNotFoundError,
  type KeyService,
  type Operation,
  type OperationRequest,
  type PerformOptions,
  type SignatureScheme,
  signedContent,
} from '@latchkey/codec';
import { subjectKeyIdentifier } from '@latchkey/native';

/** A key service on Node's own crypto, which can be told to misbehave. */
export class TestKeyService implements KeyService {
  readonly requests: OperationRequest[] = [];
  answered = 0;
  /** How many operations were called off. */
  cancelled = 0;
  /** In milliseconds; a number, or made anew for each operation. */
  latency: number | (() => number) = 0;
  behaviour:
    'answers' | 'fails' | 'throws at once' | 'never answers' | 'answers garbage' | 'answers nothing' =
    'answers';
  readonly #keys: ReadonlyMap<string, KeyObject>;

  constructor(keyPems: readonly string[]) {
    this.#keys = new Map(
      keyPems.map((keyPem) => {
        const key = createPrivateKey(keyPem);
        const publicKey = createPublicKey(key).export({ type: 'spki', format: 'der' });
        return [hex(subjectKeyIdentifier(publicKey)), key];
      }),
    );
  }

  perform(request: OperationRequest, options: PerformOptions): Promise<Uint8Array> {
    this.requests.push(request);
    options.signal?.addEventListener('abort', () => (this.cancelled += 1), { once: true });
    if (this.behaviour === 'throws at once') throw new InternalError('told to throw');
    return this.#answer(request);
  }

  async close(): Promise<void> {}

  async #answer({ key, operation }: OperationRequest): Promise<Uint8Array> {
    const latency = typeof this.latency === 'number' ? this.latency : this.latency();
    if (latency > 0) await delay(latency);
    if (this.behaviour === 'never answers') return new Promise(() => {});
    if (this.behaviour === 'fails') throw new InternalError('told to fail');
    if (this.behaviour === 'answers nothing') return new Uint8Array();
    const privateKey = this.#keys.get(hex(key.ski ?? new Uint8Array()));
    if (privateKey === undefined) throw new KeyNotFoundError('no such key');
    const answer = performWith(privateKey, operation);
    this.answered += 1;
    return this.behaviour === 'answers garbage' ? answer.map((byte) => byte ^ 1) : answer;
  }
}

function performWith(key: KeyObject, operation: Operation): Uint8Array {
  if (operation.type === 'sign_certificate_verify' || operation.type === 'sign_server_key_exchange')
    return signMessage(key, operation.scheme, signedContent(operation));
  if (operation.type === 'sign_delegated_credential')
    return sign(
      operation.algorithm === 0x0403 ? 'sha256' : 'sha384',
      delegatedCredentialMessage(operation),
      key,
    );
  if (operation.type === 'sign_message') return signMessage(key, operation.scheme, operation.message);
  if (operation.type === 'decrypt_premaster')
    return privateDecrypt({ key, padding: constants.RSA_NO_PADDING }, operation.ciphertext);
  throw new InternalError(`an edge does not ask for ${operation.type}`);
}

function signMessage(key: KeyObject, scheme: SignatureScheme, message: Uint8Array): Uint8Array {
  if (scheme === 'ed25519') return sign(null, message, key);
  const hash = scheme.slice(scheme.lastIndexOf('_') + 1);
  if (!scheme.startsWith('rsa_pss_')) return sign(hash, message, key);
  return sign(hash, message, {
    key,
    padding: constants.RSA_PKCS1_PSS_PADDING,
    saltLength: constants.RSA_PSS_SALTLEN_DIGEST,
  });
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex');
}
