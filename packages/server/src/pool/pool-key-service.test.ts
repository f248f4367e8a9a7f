import { createHash, createPublicKey, generateKeyPairSync, publicEncrypt, verify } from 'node:crypto';
import { constants, type KeyPairKeyObjectResult } from 'node:crypto';
import type { KeyReference, Operation } from '@latchkey/codec';
import { PrivateKey } from '@latchkey/native';
// As built: the pool's threads load the built worker.
import { KeyStore, PoolKeyService, storedKey } from '@latchkey/server';
import { afterAll, describe, expect, it } from 'vitest';

const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 });
const ec = generateKeyPairSync('ec', { namedCurve: 'P-384' });
const [rsaKey, ecKey] = [rsa, ec].map(({ privateKey }: KeyPairKeyObjectResult) =>
  PrivateKey.parse(privateKey.export({ type: 'pkcs8', format: 'der' })),
) as [PrivateKey, PrivateKey];
const keys = new KeyStore([storedKey(rsaKey, 'rsa.key'), storedKey(ecKey, 'ec.key')]);
const service = new PoolKeyService({ keys });
const decrypting = new PoolKeyService({ keys, rsaDecrypt: true });

afterAll(async () => {
  await Promise.all([service.close(), decrypting.close()]);
  keys.dispose();
});

const later = () => performance.now() + 10_000;

function perform({ ski }: KeyReference, operation: Operation, by = service): Promise<Uint8Array> {
  return by.perform({ key: ski === undefined ? {} : { ski }, operation }, { deadline: later() });
}

describe('PoolKeyService', () => {
  it('signs messages and digests', async () => {
    const message = Buffer.from('to be signed');
    const digest = createHash('sha384').update(message).digest();
    const padding = {
      padding: constants.RSA_PKCS1_PSS_PADDING,
      saltLength: constants.RSA_PSS_SALTLEN_DIGEST,
    };
    const pss = await perform(rsaKey, { type: 'sign_message', scheme: 'rsa_pss_sha256', message });
    expect(verify('sha256', message, { key: rsa.publicKey, ...padding }, pss)).toBe(true);
    const ecdsa = await perform(ecKey, { type: 'sign_digest', scheme: 'ecdsa_sha384', digest });
    expect(verify('sha384', message, createPublicKey(ec.privateKey), ecdsa)).toBe(true);
  });

  it('decrypts premaster secrets where it is allowed to', async () => {
    const premaster = Buffer.alloc(48, 7);
    premaster.writeUInt16BE(0x0303);
    const ciphertext = publicEncrypt({ key: rsa.publicKey, padding: constants.RSA_PKCS1_PADDING }, premaster);
    const operation = { type: 'decrypt_premaster', ciphertext, clientVersion: 0x0303 } as const;
    expect(Buffer.from(await perform(rsaKey, operation, decrypting))).toEqual(premaster);
    await expect(perform(rsaKey, operation)).rejects.toMatchObject({ code: 'LATCHKEY_CRYPTOGRAPHY_FAILED' });
  });

  it('returns pings', async () => {
    const payload = Buffer.from('are you there');
    expect(await perform({}, { type: 'ping', payload })).toEqual(payload);
  });

  it('says what failed', async () => {
    const operation = { type: 'sign_digest', scheme: 'ecdsa_sha256', digest: new Uint8Array(32) } as const;
    await expect(perform({ ski: new Uint8Array(20) }, operation)).rejects.toMatchObject({
      code: 'LATCHKEY_KEY_NOT_FOUND',
    });
    await expect(perform(rsaKey, operation)).rejects.toMatchObject({ code: 'LATCHKEY_CRYPTOGRAPHY_FAILED' });
    await expect(perform({}, { type: 'seal', blob: new Uint8Array(1) })).rejects.toMatchObject({
      code: 'LATCHKEY_REMOTE_CONFIGURATION',
    });
    await expect(
      service.perform({ key: ecKey, operation }, { deadline: performance.now() }),
    ).rejects.toMatchObject({ code: 'LATCHKEY_DEADLINE_EXCEEDED' });
  });

  it('rejects at once what the requester calls off, before or after', async () => {
    const operation = { type: 'sign_digest', scheme: 'ecdsa_sha256', digest: new Uint8Array(32) } as const;
    const controller = new AbortController();
    const options = { deadline: later(), signal: controller.signal };
    const called = service.perform({ key: ecKey, operation }, options);
    controller.abort();
    await expect(called).rejects.toMatchObject({ code: 'LATCHKEY_OPERATION_CANCELLED' });
    await expect(service.perform({ key: ecKey, operation }, options)).rejects.toMatchObject({
      code: 'LATCHKEY_OPERATION_CANCELLED',
    });
  });

  it('fails what is asked of it after it is closed', async () => {
    const closed = new PoolKeyService({ keys });
    await closed.close();
    await closed.close();
    const operation = { type: 'sign_digest', scheme: 'ecdsa_sha256', digest: new Uint8Array(32) } as const;
    await expect(perform(ecKey, operation, closed)).rejects.toMatchObject({
      code: 'LATCHKEY_KEY_SERVICE_CLOSED',
    });
  });
});
