import { createCipheriv, createHmac } from 'node:crypto';
import { once } from 'node:events';
import { connect as connectRaw, type Socket } from 'node:net';
import { Duplex } from 'node:stream';
import { connect, type ConnectionOptions } from 'node:tls';

/**
 * A client's connection that Node's TLS has shaken hands on, and whose records are made by hand from then on: libraries send
 * none that they are not asked for, and give up when they are refused. The cipher is AES-128-GCM.
 */
export class HandMadeRecords {
  /** Below TLS. What comes is nobody's. */
  readonly socket: Socket;
  #keys: WriteKeys;

  /**
   * @param protocol which is negotiated, or there is no connection
   * @throws the error of whoever refuses the connection or the handshake
   */
  static async connect(
    options: ConnectionOptions,
    protocol: 'TLSv1.2' | 'TLSv1.3',
  ): Promise<HandMadeRecords> {
    const socket = connectRaw({ host: options.host ?? '127.0.0.1', port: options.port ?? 0, noDelay: true });
    await once(socket, 'connect');
    const wire = new Duplex({
      read() {},
      write: (bytes: Buffer, _, done) => void socket.write(bytes, () => done()),
    });
    let first: Buffer | undefined;
    const pass = (bytes: Buffer) => {
      first ??= bytes;
      wire.push(bytes);
    };
    const end = () => wire.push(null);
    socket.on('error', (error) => wire.destroy(error));
    socket.on('data', pass).on('end', end);
    const client = connect({
      ...options,
      minVersion: protocol,
      maxVersion: protocol,
      ciphers: 'TLS_AES_128_GCM_SHA256:ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256',
      socket: wire,
      rejectUnauthorized: false,
    });
    const secrets = new Map<string, Buffer>();
    let clientRandom = Buffer.alloc(0);
    client.on('keylog', (line: Buffer) => {
      const [label = '', random = '', secret = ''] = line.toString().trim().split(' ');
      secrets.set(label, Buffer.from(secret, 'hex'));
      clientRandom = Buffer.from(random, 'hex');
    });
    // Whoever awaits the handshake hears of its failure all the same; what comes after it is not the client's any more.
    client.on('error', () => {});
    await once(client, 'secureConnect');
    socket
      .off('data', pass)
      .off('end', end)
      .on('error', () => {})
      .resume();
    const keys =
      protocol === 'TLSv1.3'
        ? trafficKeys(secrets.get('CLIENT_TRAFFIC_SECRET_0') as Buffer)
        : keysOfTls12(
            secrets.get('CLIENT_RANDOM') as Buffer,
            clientRandom,
            serverRandomOf(first as unknown as Buffer),
          );
    return new HandMadeRecords(socket, keys);
  }

  private constructor(socket: Socket, keys: WriteKeys) {
    this.socket = socket;
    this.#keys = keys;
  }

  /** Protects a handshake message, or any part of one. */
  handshake(fragment: Uint8Array): Buffer {
    return this.#protect(HANDSHAKE, fragment);
  }

  /** Protects application data. */
  applicationData(fragment: Uint8Array): Buffer {
    return this.#protect(APPLICATION_DATA, fragment);
  }

  /** Has the next record be under other keys, and asks the server to do the same (RFC 8446, section 4.6.3). TLS 1.3 only. */
  keyUpdate(): Buffer {
    const record = this.handshake(KEY_UPDATE);
    if (this.#keys.secret !== undefined)
      this.#keys = trafficKeys(expandLabel(this.#keys.secret, 'traffic upd', 32));
    return record;
  }

  #protect(type: number, fragment: Uint8Array): Buffer {
    const { key, iv, secret } = this.#keys;
    const sequence = Buffer.alloc(8);
    sequence.writeBigUInt64BE(this.#keys.sequenceNumber++);
    if (secret === undefined) {
      // RFC 5288, section 3: the other part of the nonce goes with the record.
      const header = recordHeader(type, fragment.length);
      const sealed = seal(key, Buffer.concat([iv, sequence]), Buffer.concat([sequence, header]), fragment);
      return Buffer.concat([recordHeader(type, 8 + sealed.length), sequence, sealed]);
    }
    // RFC 8446, section 5.2 and 5.3.
    const nonce = Buffer.from(iv);
    for (const [index, byte] of sequence.entries())
      nonce.writeUInt8(nonce.readUInt8(4 + index) ^ byte, 4 + index);
    const inner = Buffer.concat([fragment, Buffer.of(type)]);
    const header = recordHeader(APPLICATION_DATA, inner.length + TAG_LENGTH);
    return Buffer.concat([header, seal(key, nonce, header, inner)]);
  }
}

const HANDSHAKE = 22;
const APPLICATION_DATA = 23;
const KEY_UPDATE = Buffer.of(24, 0, 0, 1, 1);
const TAG_LENGTH = 16;

/** What a client's records are protected with. */
interface WriteKeys {
  readonly key: Buffer;
  /** Under TLS 1.2 the part of the nonce that stays. */
  readonly iv: Buffer;
  /** Where the keys are from; TLS 1.3 only. */
  readonly secret?: Buffer;
  sequenceNumber: bigint;
}

function trafficKeys(secret: Buffer): WriteKeys {
  return {
    key: expandLabel(secret, 'key', 16),
    iv: expandLabel(secret, 'iv', 12),
    secret,
    sequenceNumber: 0n,
  };
}

/** HKDF-Expand-Label without a context (RFC 8446, section 7.1), of at most 32 bytes. */
function expandLabel(secret: Buffer, label: string, length: number): Buffer {
  const full = Buffer.from(`tls13 ${label}`);
  const info = Buffer.concat([Buffer.of(0, length, full.length), full, Buffer.of(0, 1)]);
  return createHmac('sha256', secret).update(info).digest().subarray(0, length);
}

function keysOfTls12(masterSecret: Buffer, clientRandom: Buffer, serverRandom: Buffer): WriteKeys {
  const seed = Buffer.concat([Buffer.from('key expansion'), serverRandom, clientRandom]);
  // Two keys of 16 bytes and two salts of 4: those of the client come first (RFC 5246, section 6.3).
  const block = expand(masterSecret, seed, 40);
  // The first protected record was Finished.
  return { key: block.subarray(0, 16), iv: block.subarray(32, 36), sequenceNumber: 1n };
}

/** P_SHA256 (RFC 5246, section 5). */
function expand(secret: Buffer, seed: Buffer, length: number): Buffer {
  const hmac = (...data: Buffer[]) => createHmac('sha256', secret).update(Buffer.concat(data)).digest();
  let link = seed;
  let output = Buffer.alloc(0);
  while (output.length < length) {
    link = hmac(link);
    output = Buffer.concat([output, hmac(link, seed)]);
  }
  return output.subarray(0, length);
}

/** Behind the headers of the record and of the message, and the version. */
function serverRandomOf(serverHello: Buffer): Buffer {
  return serverHello.subarray(11, 43);
}

function seal(key: Buffer, nonce: Buffer, associatedData: Buffer, plaintext: Uint8Array): Buffer {
  const cipher = createCipheriv('aes-128-gcm', key, nonce);
  cipher.setAAD(associatedData);
  return Buffer.concat([cipher.update(plaintext), cipher.final(), cipher.getAuthTag()]);
}

function recordHeader(type: number, length: number): Buffer {
  return Buffer.of(type, 0x03, 0x03, length >> 8, length & 0xff);
}
