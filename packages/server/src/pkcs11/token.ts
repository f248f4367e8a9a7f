import { createHash, type KeyObject, randomBytes, verify } from 'node:crypto';
import { CryptographyFailedError } from '@latchkey/codec';
import {
  type KeyProblem,
  KeyStoreCredentialsError,
  KeyStoreUnavailableError,
  type ProvidedKeyOperation,
} from '../key-stores/key-store-provider.js';
import {
  CKF_LOGIN_REQUIRED,
  CKF_PROTECTED_AUTHENTICATION_PATH,
  CKF_SERIAL_SESSION,
  CKF_USER_PIN_FINAL_TRY,
  CKF_USER_PIN_LOCKED,
  CKU_USER,
  type Cryptoki,
  type Handle,
  nameOf,
  type TokenInfo,
} from './cryptoki.js';
import { type KeyObjects, ObjectReader } from './key-objects.js';
import { toTokenOperation } from './mechanisms.js';
import type { TokenRequest } from './messages.js';
import type { KeyAttributes } from './pkcs11-uri.js';
import { mayMeanTokenGone, meansLoggedIn, meansTokenGone } from './return-values.js';
import { findSlot } from './slots.js';

/** A token that is open: logged in, with its sessions and keys. */
export class Token {
  readonly #cryptoki: Cryptoki;
  readonly #freeSessions: Handle[];
  readonly #keys: KeyObjects[] = [];
  readonly #problems: KeyProblem[] = [];
  /** As many operations can be under way. */
  readonly sessionCount: number;

  /**
   * Opens a token, and lets each of its keys make a signature: keys that cannot are {@link problems}.
   *
   * @throws {KeyStoreCredentialsError} when it refuses the PIN, or would be locked by one more that is wrong
   * @throws {KeyStoreUnavailableError} when it is not there or fails
   */
  static async open(cryptoki: Cryptoki, request: TokenRequest): Promise<Token> {
    try {
      const slot = findSlot(cryptoki, request.token);
      const session = cryptoki.C_OpenSession(slot, CKF_SERIAL_SESSION);
      logIn(cryptoki, session, cryptoki.C_GetTokenInfo(slot), request.pin);
      const sessions = [session, ...openMore(cryptoki, slot, request.maximumSessions - 1)];
      const token = new Token(cryptoki, sessions);
      await token.#readKeys(request.keys, session);
      return token;
    } catch (error) {
      if (error instanceof KeyStoreCredentialsError || error instanceof KeyStoreUnavailableError) throw error;
      throw new KeyStoreUnavailableError(`the token fails: ${nameOf(error)}`, { cause: error });
    }
  }

  private constructor(cryptoki: Cryptoki, sessions: readonly Handle[]) {
    this.#cryptoki = cryptoki;
    this.#freeSessions = [...sessions];
    this.sessionCount = sessions.length;
  }

  get keys(): readonly KeyObjects[] {
    return this.#keys;
  }

  /** Keys that are wanted and cannot be used. */
  get problems(): readonly KeyProblem[] {
    return this.#problems;
  }

  /**
   * Performs an operation in a session of its own, in another thread where it takes time.
   *
   * @throws {CryptographyFailedError} when the token refuses it
   * @throws {KeyStoreUnavailableError} when the token is gone
   */
  async perform(key: KeyObjects, operation: ProvidedKeyOperation): Promise<Uint8Array> {
    const session = this.#freeSessions.pop();
    if (session === undefined) throw new Error('no session is free');
    try {
      return await this.#performIn(session, key, operation);
    } catch (error) {
      if (this.#isGone(session, error)) throw new KeyStoreUnavailableError(nameOf(error), { cause: error });
      throw new CryptographyFailedError(nameOf(error), { cause: error });
    } finally {
      this.#freeSessions.push(session);
    }
  }

  async #performIn(
    session: Handle,
    { privateKey, publicKey }: KeyObjects,
    operation: ProvidedKeyOperation,
  ): Promise<Uint8Array> {
    const {
      function: name,
      mechanism,
      input,
      finish,
    } = toTokenOperation(operation, orderLengthOf(publicKey));
    const room = Buffer.alloc(MAXIMUM_OUTPUT_LENGTH);
    try {
      if (name === 'sign') {
        this.#cryptoki.C_SignInit(session, mechanism, privateKey);
        return finish(await this.#cryptoki.C_SignAsync(session, Buffer.from(input), room));
      }
      this.#cryptoki.C_DecryptInit(session, mechanism, privateKey);
      return finish(await this.#cryptoki.C_DecryptAsync(session, Buffer.from(input), room));
    } finally {
      room.fill(0);
    }
  }

  #isGone(session: Handle, error: unknown): boolean {
    if (meansTokenGone(error)) return true;
    if (!mayMeanTokenGone(error)) return false;
    try {
      this.#cryptoki.C_GetSessionInfo(session);
      return false;
    } catch {
      return true;
    }
  }

  async #readKeys(wanted: readonly KeyAttributes[], session: Handle): Promise<void> {
    const reader = new ObjectReader(this.#cryptoki, session);
    for (const handle of this.#findKeys(reader, wanted)) {
      try {
        const key = reader.read(handle);
        if (key.signs) await this.#tryOut(key);
        this.#keys.push(key);
      } catch (error) {
        if (meansTokenGone(error) || error instanceof KeyStoreUnavailableError) throw error;
        this.#problems.push({ label: reader.labelOf(handle), reason: nameOf(error) });
      }
    }
  }

  #findKeys(reader: ObjectReader, wanted: readonly KeyAttributes[]): Iterable<Handle> {
    const handles = new Map<string, Handle>();
    for (const attributes of wanted) {
      const found = reader.findPrivateKeys(attributes);
      for (const handle of found) handles.set(handle.toString('hex'), handle);
      if (found.length === 0)
        this.#problems.push({ label: describeKey(attributes), reason: 'the token has no such private key' });
    }
    return handles.values();
  }

  /** Shows that a key can be used, and that the public key which the token has for it is the right one. */
  async #tryOut(key: KeyObjects): Promise<void> {
    const message = randomBytes(32);
    const digest = createHash('sha256').update(message).digest();
    const hash = key.publicKey.asymmetricKeyType === 'ed25519' ? null : 'sha256';
    const signature = await this.perform(key, trialOperation(key.publicKey, message, digest));
    if (!verify(hash, message, key.publicKey, signature))
      throw new Error('its signatures do not fit the public key that the token has for it');
  }
}

/** As long as the modulus of the longest RSA key that is served. */
const MAXIMUM_OUTPUT_LENGTH = 2048;

function trialOperation(
  { asymmetricKeyType }: KeyObject,
  message: Buffer,
  digest: Buffer,
): ProvidedKeyOperation {
  if (asymmetricKeyType === 'ed25519') return { type: 'sign_message', scheme: 'ed25519', message };
  const scheme = asymmetricKeyType === 'ec' ? 'ecdsa_sha256' : 'rsa_pkcs1_sha256';
  return { type: 'sign_digest', scheme, digest };
}

/** Never tries a PIN where one that is wrong would lock the token. */
function logIn(cryptoki: Cryptoki, session: Handle, { flags }: TokenInfo, pin: string | undefined): void {
  if (!hasFlag(flags, CKF_LOGIN_REQUIRED)) return;
  if (pin === undefined && !hasFlag(flags, CKF_PROTECTED_AUTHENTICATION_PATH))
    throw new KeyStoreCredentialsError('the token wants a PIN: add pin-source (or pin-value) to the URI');
  if (hasFlag(flags, CKF_USER_PIN_LOCKED))
    throw new KeyStoreCredentialsError("the token's PIN is locked: its security officer can set a new one");
  if (hasFlag(flags, CKF_USER_PIN_FINAL_TRY))
    throw new KeyStoreCredentialsError(
      'one more wrong PIN would lock the token, so none is tried: log in once with the right one by other means',
    );
  try {
    cryptoki.C_Login(session, CKU_USER, pin);
  } catch (error) {
    if (meansLoggedIn(error)) return;
    if (meansTokenGone(error)) throw error;
    // Vendors have codes of their own for a wrong PIN: whatever is not known to be harmless is not tried again.
    throw new KeyStoreCredentialsError(`the token refuses the PIN (${nameOf(error)})`, { cause: error });
  }
}

function hasFlag(flags: number, flag: number): boolean {
  return (flags & flag) !== 0;
}

/** Tokens may have fewer sessions than one is configured to use. */
function openMore(cryptoki: Cryptoki, slot: Handle, count: number): Handle[] {
  const sessions: Handle[] = [];
  try {
    while (sessions.length < count) sessions.push(cryptoki.C_OpenSession(slot, CKF_SERIAL_SESSION));
  } catch (error) {
    if (meansTokenGone(error)) throw error;
  }
  return sessions;
}

function orderLengthOf({ asymmetricKeyDetails }: KeyObject): number {
  return ORDER_LENGTHS.get(asymmetricKeyDetails?.namedCurve ?? '') ?? 0;
}

/** In bytes, by OpenSSL's names of the curves. */
const ORDER_LENGTHS: ReadonlyMap<string, number> = new Map([
  ['prime256v1', 32],
  ['secp384r1', 48],
  ['secp521r1', 66],
]);

function describeKey({ object, id }: KeyAttributes): string {
  const parts = [
    ...(object === undefined ? [] : [`object=${object}`]),
    ...(id === undefined ? [] : [`id=${Buffer.from(id).toString('hex')}`]),
  ];
  return parts.join(' ') || 'any private key';
}
