import { constants, privateDecrypt, randomBytes } from 'node:crypto';
import { TlsServerConnection, type TlsRequest } from '@latchkey/native';
import { beforeAll, describe, expect, it } from 'vitest';
import { Encounter, makeContext, makeSite, performWith, visitorOf, type Site } from './tls-encounter.js';

const BAD_RECORD_MAC = 20;
const INTERNAL_ERROR = 80;

let site: Site;
beforeAll(async () => {
  site = await makeSite('rsa-2048');
});

function meet(answer: (block: Uint8Array, request: TlsRequest) => Uint8Array | null): Encounter {
  return new Encounter({
    connection: new TlsServerConnection({ context: makeContext(site, { staticRsa: true }) }),
    answer: (request) => answer(performWith(site.key, request), request),
    visitor: visitorOf(site, { maxVersion: 'TLSv1.2', ciphers: 'AES128-GCM-SHA256' }),
  });
}

describe('an RSA key exchange', () => {
  it('completes with the padded block of a kssl1 key server', async () => {
    const encounter = await meet((block) => block).secured();
    expect(await encounter.echo('hello')).toBe('hello');
    expect(encounter.requests).toMatchObject([{ type: 'decrypt', clientVersion: 0x0303 }]);
    expect(encounter.connection.info()).toMatchObject({
      cipher: 'TLS_RSA_WITH_AES_128_GCM_SHA256',
      group: undefined,
      signatureScheme: undefined,
    });
    await encounter.close();
  });

  it('completes with the premaster secret itself', async () => {
    const encounter = await meet((block) => block.subarray(-48)).secured();
    expect(await encounter.echo('hello')).toBe('hello');
    await encounter.close();
  });

  it('wipes the answer', async () => {
    const answers: Uint8Array[] = [];
    const encounter = await meet((block) => {
      answers.push(block);
      return block;
    }).secured();
    expect(answers).toEqual([Buffer.alloc(256)]);
    await encounter.close();
  });

  // 256 bytes: 00 02, 205 bytes of padding, 00, 03 03, 46 random bytes.
  it.each<[string, (block: Uint8Array) => Uint8Array]>([
    ['another first byte', (block) => block.with(0, 1)],
    ['another block type', (block) => block.with(1, 1)],
    ['a zero in the first byte of padding', (block) => block.with(2, 0)],
    ['a zero in the last byte of padding', (block) => block.with(206, 0)],
    ['no zero before the secret', (block) => block.with(207, 1)],
    ['another major version', (block) => block.with(208, 2)],
    ['another minor version', (block) => block.with(209, 4)],
    ['no structure at all', () => randomBytes(256)],
    ['zeros only', () => new Uint8Array(256)],
    ['a secret of another visitor', () => randomBytes(48)],
  ])('cannot be told from one with a wrong secret: %s', async (_, tamper) => {
    const encounter = meet(tamper);
    expect(await encounter.alert()).toBe(BAD_RECORD_MAC);
    expect(encounter.connection.error).toMatchObject({
      code: 'LATCHKEY_TLS_HANDSHAKE_FAILED',
      alert: BAD_RECORD_MAC,
    });
    encounter.connection.abort();
  });

  it.each<[string, (block: Uint8Array) => Uint8Array | null]>([
    ['nothing', () => null],
    ['no bytes', () => new Uint8Array()],
    ['47 bytes', (block) => block.subarray(-47)],
    ['a block that is short', (block) => block.subarray(1)],
    ['a block that is long', (block) => Buffer.concat([block, Buffer.of(0)])],
  ])('is the key server’s failure when the answer is %s', async (_, answer) => {
    const encounter = meet(answer);
    expect(await encounter.alert()).toBe(INTERNAL_ERROR);
    expect(encounter.connection.error).toMatchObject({
      code: 'LATCHKEY_TLS_OPERATION_FAILED',
      alert: INTERNAL_ERROR,
    });
    encounter.connection.abort();
  });

  it('is not negotiated unless the site allows it, whatever the cipher list says', async () => {
    const encounter = new Encounter({
      connection: new TlsServerConnection({
        context: makeContext(site, { ciphers: 'ECDHE-RSA-AES128-GCM-SHA256:AES128-GCM-SHA256' }),
      }),
      answer: (request) => performWith(site.key, request),
      visitor: visitorOf(site, { maxVersion: 'TLSv1.2', ciphers: 'AES128-GCM-SHA256' }),
    });
    expect(await encounter.alert()).toBe(40); // handshake_failure
    encounter.connection.abort();
  });

  it('hands out what only the private key opens', async () => {
    const encounter = await meet((block) => block).secured();
    const [request] = encounter.requests;
    const ciphertext = request?.type === 'decrypt' ? request.ciphertext : Buffer.of();
    const block = privateDecrypt({ key: site.key, padding: constants.RSA_NO_PADDING }, ciphertext);
    expect(block.subarray(207, 210)).toEqual(Buffer.of(0, 3, 3));
    await encounter.close();
  });
});
