import { hkdfSync, randomFillSync, timingSafeEqual } from 'node:crypto';
import { CryptographyFailedError, SealingKeyExpiredError } from '@latchkey/codec';
import { KEY_LENGTH, NONCE_LENGTH, TAG_LENGTH, Xaes256GcmKey } from './xaes-256-gcm.js';

/** How sealing keys follow each other. Replicas that share secrets must agree in both times. */
export interface SealingOptions {
  /** For how long a key seals before the next one does, in milliseconds. Default 24 h; sensible from 1 h to a week. */
  readonly rotationInterval?: number;
  /**
   * For how long a blob can be unsealed, in milliseconds. Default 48 h; sensible from 1 h to the week that a session
   * ticket of TLS 1.3 may live (RFC 8446, section 4.6.1).
   */
  readonly lifetime?: number;
  /** The time in milliseconds since 1970. Default `Date.now`. */
  readonly now?: () => number;
}

/** By how much a sealed blob is longer than what it holds, in bytes. */
export const SEALING_OVERHEAD = 49 + TAG_LENGTH;

/**
 * Seals blobs (session tickets) for edges, and opens what it or a replica sealed (KSSL1, opcodes 0x21 and 0x22).
 *
 * The keys are derived from secrets by HKDF (RFC 5869), one for each interval of time. So replicas with the same secrets
 * agree without talking to each other and nobody has to bring new keys every day; their clocks must agree within five
 * minutes. The price is that a secret opens all that was ever sealed under it: replace it from time to time. As with
 * nginx's ticket keys, the first secret seals and all unseal, so a new one is first added at the end, once all replicas
 * have it moved to the front, and the old one is removed a lifetime later.
 *
 * A blob: version (1 byte), key id (16), when it was sealed in milliseconds since 1970 (8, big endian), nonce (24), all
 * authenticated; ciphertext; tag (16). Encrypted with XAES-256-GCM, so there is no bound on blobs per key to keep to.
 */
export class SealingKeys {
  readonly #secrets: Uint8Array[];
  readonly #rotationInterval: number;
  readonly #lifetime: number;
  readonly #now: () => number;
  /** The keys of each interval, in the order of their secrets. */
  readonly #intervals = new Map<number, readonly SealingKey[]>();
  #current = Number.NaN;

  /** @param secrets at least one, each 32 bytes that nobody could guess; copied, so the caller can wipe them */
  constructor(secrets: readonly Uint8Array[], options: SealingOptions = {}) {
    this.#secrets = secrets.map((secret) => Uint8Array.from(secret));
    this.#rotationInterval = options.rotationInterval ?? 24 * HOUR;
    this.#lifetime = options.lifetime ?? 48 * HOUR;
    this.#now = options.now ?? Date.now;
  }

  /**
   * @param blob any bytes, none included
   * @returns the sealed blob, {@link SEALING_OVERHEAD} bytes longer
   */
  seal(blob: Uint8Array): Uint8Array {
    const now = this.#now();
    const key = this.#keysAt(now, now)[0];
    if (key === undefined) throw new CryptographyFailedError('There is no key to seal with');
    const header = Buffer.alloc(HEADER_LENGTH);
    header[0] = VERSION;
    header.set(key.id, KEY_ID_OFFSET);
    header.writeBigUInt64BE(BigInt(now), TIME_OFFSET);
    randomFillSync(header, NONCE_OFFSET);
    return Buffer.concat([header, ...key.cipher.encrypt(header.subarray(NONCE_OFFSET), blob, header)]);
  }

  /**
   * @param sealed what {@link seal} returned, here or at a replica
   * @returns the blob that was sealed
   * @throws {SealingKeyExpiredError} when it was sealed longer ago than the lifetime
   * @throws {CryptographyFailedError} when it was not sealed with these secrets, or has been changed since
   */
  unseal(sealed: Uint8Array): Uint8Array {
    const now = this.#now();
    const { keyId, time, header, ciphertext } = split(sealed);
    const age = now - time;
    if (age > this.#lifetime) {
      // Only its own secret knows a key id, so a stranger's blob, or one whose time was changed, is told apart.
      if (this.#wasIssued(keyId, time)) throw new SealingKeyExpiredError('The blob was sealed too long ago');
      throw notOurs();
    }
    if (age < -MAXIMUM_CLOCK_DIFFERENCE) throw notOurs();
    const key = this.#keysAt(time, now).find(({ id }) => timingSafeEqual(id, keyId));
    const blob = key?.cipher.decrypt(header.subarray(NONCE_OFFSET), ciphertext, header);
    if (blob === undefined) throw notOurs();
    return blob;
  }

  /** Wipes secrets and keys. Seals and unseals nothing from then on. */
  dispose(): void {
    for (const secret of this.#secrets) secret.fill(0);
    for (const interval of this.#intervals.keys()) this.#drop(interval);
    this.#secrets.length = 0;
  }

  #keysAt(time: number, now: number): readonly SealingKey[] {
    this.#dropExpired(now);
    const interval = this.#intervalOf(time);
    let keys = this.#intervals.get(interval);
    if (keys === undefined) {
      keys = this.#secrets.map((secret) => this.#deriveKey(secret, interval));
      this.#intervals.set(interval, keys);
    }
    return keys;
  }

  #dropExpired(now: number): void {
    const current = this.#intervalOf(now);
    if (current === this.#current) return;
    this.#current = current;
    const oldest = this.#intervalOf(now - this.#lifetime);
    for (const interval of this.#intervals.keys()) if (interval < oldest) this.#drop(interval);
  }

  #drop(interval: number): void {
    for (const { cipher } of this.#intervals.get(interval) ?? []) cipher.dispose();
    this.#intervals.delete(interval);
  }

  #wasIssued(keyId: Uint8Array, time: number): boolean {
    const interval = this.#intervalOf(time);
    return this.#secrets.some((secret) =>
      timingSafeEqual(this.#derive(secret, 'key id', interval, KEY_ID_LENGTH), keyId),
    );
  }

  #deriveKey(secret: Uint8Array, interval: number): SealingKey {
    const key = this.#derive(secret, 'key', interval, KEY_LENGTH);
    const id = this.#derive(secret, 'key id', interval, KEY_ID_LENGTH);
    const cipher = new Xaes256GcmKey(key);
    key.fill(0);
    return { id, cipher };
  }

  #derive(secret: Uint8Array, purpose: string, interval: number, length: number): Uint8Array {
    const information = `latchkey sealing 1 ${purpose} ${interval} of ${this.#rotationInterval} ms`;
    return new Uint8Array(hkdfSync('sha256', secret, '', information, length));
  }

  #intervalOf(time: number): number {
    return Math.floor(time / this.#rotationInterval);
  }
}

interface SealingKey {
  readonly id: Uint8Array;
  readonly cipher: Xaes256GcmKey;
}

const HOUR = 3_600_000;
/** By how much the clock of a replica may be ahead, in milliseconds. */
const MAXIMUM_CLOCK_DIFFERENCE = 300_000;

const VERSION = 0x01;
const KEY_ID_OFFSET = 1;
const KEY_ID_LENGTH = 16;
const TIME_OFFSET = KEY_ID_OFFSET + KEY_ID_LENGTH;
const NONCE_OFFSET = TIME_OFFSET + 8;
const HEADER_LENGTH = NONCE_OFFSET + NONCE_LENGTH;

interface SealedBlob {
  readonly keyId: Uint8Array;
  readonly time: number;
  readonly header: Uint8Array;
  readonly ciphertext: Uint8Array;
}

function split(sealed: Uint8Array): SealedBlob {
  if (sealed.length < SEALING_OVERHEAD || sealed[0] !== VERSION) throw notOurs();
  const bytes = Buffer.from(sealed.buffer, sealed.byteOffset, sealed.byteLength);
  return {
    keyId: bytes.subarray(KEY_ID_OFFSET, TIME_OFFSET),
    time: Number(bytes.readBigUInt64BE(TIME_OFFSET)),
    header: bytes.subarray(0, HEADER_LENGTH),
    ciphertext: bytes.subarray(HEADER_LENGTH),
  };
}

function notOurs(): CryptographyFailedError {
  return new CryptographyFailedError('The blob was not sealed here, or has been changed since');
}
