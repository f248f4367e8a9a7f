import {
  constants,
  createHash,
  generateKeyPairSync,
  type KeyObject,
  publicDecrypt,
  publicEncrypt,
  verify,
} from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Operation, SignDigestOperation } from '@latchkey/codec';
import { ErrorCode } from '@latchkey/codec/kssl1';
import { subjectKeyIdentifier } from '@latchkey/native';
import { afterEach, expect, it } from 'vitest';
import { startKeyServer, type TestEdge, type TestKeyServer } from '../server/support.js';
import { describeWith } from '../support/requirements.js';
import { SOFT_TOKEN_REQUIREMENTS, SoftToken } from './soft-token.js';

const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 });
const p256 = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const p384 = generateKeyPairSync('ec', { namedCurve: 'P-384' });
const p521 = generateKeyPairSync('ec', { namedCurve: 'P-521' });
const ed25519 = generateKeyPairSync('ed25519');
const local = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const MESSAGE = Buffer.from('what a handshake signs');

const ends: (() => Promise<void>)[] = [];

afterEach(async () => {
  for (const end of ends.splice(0).toReversed()) await end();
});

async function makeToken(
  keys: Readonly<Record<string, { readonly privateKey: KeyObject }>>,
): Promise<SoftToken> {
  const token = await SoftToken.create(
    Object.fromEntries(Object.entries(keys).map(([label, { privateKey }]) => [label, privateKey])),
  );
  ends.push(() => token.dispose());
  return token;
}

/** A key server with one key of its own, `local`, and those that the URIs name. */
async function serve(uris: readonly string[], configuration = ''): Promise<TestKeyServer> {
  const stores = uris.map((uri) => `{uri: ${JSON.stringify(uri)}}`);
  const keyServer = await startKeyServer([local.privateKey], configuration, {
    keyStores: `[{dir: keys}, ${stores.join(', ')}]`,
  });
  ends.push(() => keyServer.close());
  return keyServer;
}

function perform(edge: TestEdge, publicKey: KeyObject, operation: Operation) {
  return edge.ask({
    key: { ski: subjectKeyIdentifier(publicKey.export({ type: 'spki', format: 'der' })) },
    operation,
  });
}

function digest(hash: string): Buffer {
  return createHash(hash).update(MESSAGE).digest();
}

async function sign(
  edge: TestEdge,
  publicKey: KeyObject,
  scheme: SignDigestOperation['scheme'],
  hash: string,
): Promise<Uint8Array> {
  const answer = await perform(edge, publicKey, { type: 'sign_digest', scheme, digest: digest(hash) });
  if (answer.kind !== 'answer') throw new Error(`no answer but ${JSON.stringify(answer)}`);
  return answer.payload;
}

/** Signs with a P-256 key: whether that went well. Anything but a right signature or an internal error is a failure. */
async function trySigning(
  edge: TestEdge,
  { publicKey }: { readonly publicKey: KeyObject },
): Promise<boolean> {
  const operation = { type: 'sign_digest', scheme: 'ecdsa_sha256', digest: digest('sha256') } as const;
  const answer = await perform(edge, publicKey, operation);
  if (answer.kind === 'error' && answer.code === ErrorCode.INTERNAL_ERROR) return false;
  expect(answer.kind === 'answer' && verify('sha256', MESSAGE, publicKey, answer.payload)).toBe(true);
  return true;
}

async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await condition())) await sleep(5);
}

describeWith('a key server with keys on a PKCS#11 token', SOFT_TOKEN_REQUIREMENTS, () => {
  it('performs every operation with them', async () => {
    const token = await makeToken({ rsa, p256, p384, p521, ed25519 });
    const keyServer = await serve([token.uri()], 'rsa_decrypt: true');
    const edge = await keyServer.connect();

    for (const hash of ['sha1', 'sha224', 'sha256', 'sha384', 'sha512'] as const) {
      const signature = await sign(edge, rsa.publicKey, `rsa_pkcs1_${hash}`, hash);
      expect(verify(hash, MESSAGE, rsa.publicKey, signature)).toBe(true);
    }
    const legacy = await sign(edge, rsa.publicKey, 'rsa_pkcs1_md5_sha1', 'md5-sha1');
    expect(publicDecrypt(rsa.publicKey, legacy)).toEqual(digest('md5-sha1'));
    for (const hash of ['sha256', 'sha384', 'sha512'] as const) {
      const signature = await sign(edge, rsa.publicKey, `rsa_pss_${hash}`, hash);
      const padding = constants.RSA_PKCS1_PSS_PADDING;
      const key = { key: rsa.publicKey, padding, saltLength: constants.RSA_PSS_SALTLEN_DIGEST };
      expect(verify(hash, MESSAGE, key, signature)).toBe(true);
    }
    for (const { publicKey } of [p256, p384, p521]) {
      for (const hash of ['sha1', 'sha256', 'sha512'] as const) {
        const signature = await sign(edge, publicKey, `ecdsa_${hash}`, hash);
        expect(verify(hash, MESSAGE, publicKey, signature)).toBe(true);
      }
    }
    const operation = { type: 'sign_message', scheme: 'ed25519', message: MESSAGE } as const;
    const answer = await perform(edge, ed25519.publicKey, operation);
    expect(answer.kind === 'answer' && verify(null, MESSAGE, ed25519.publicKey, answer.payload)).toBe(true);

    const padding = constants.RSA_PKCS1_PADDING;
    const ciphertext = publicEncrypt({ key: rsa.publicKey, padding }, MESSAGE);
    const decrypted = await perform(edge, rsa.publicKey, { type: 'decrypt_block', ciphertext });
    const block = Buffer.from(decrypted.kind === 'answer' ? decrypted.payload : []);
    expect([block.length, ...block.subarray(0, 2)]).toEqual([256, 0, 2]);
    expect(block.subarray(-MESSAGE.length)).toEqual(MESSAGE);
    const tooLarge = Buffer.alloc(256, 0xff);
    const refused = await perform(edge, rsa.publicKey, { type: 'decrypt_block', ciphertext: tooLarge });
    expect(refused).toMatchObject({ kind: 'error', code: ErrorCode.CRYPTOGRAPHY_FAILURE });

    expect(keyServer.server.health()).toMatchObject([{ state: 'ready', unusableKeys: [], problems: [] }]);
    expect(await token.logins()).toHaveLength(1);
  });

  it('serves the keys that its URIs name, and says which it does not find', async () => {
    const token = await makeToken({ p256, p384, ed25519 });
    const keyServer = await serve([
      token.uri('object=p256'),
      token.uri('id=%02'),
      token.uri('object=no%20such%20key'),
    ]);
    const files = [...keyServer.server.keys].map(({ file }) => file);
    expect(files.slice(1)).toEqual(['pkcs11:token=site keys (p256)', 'pkcs11:token=site keys (p384)']);
    expect(keyServer.server.health()).toMatchObject([
      { problems: [{ label: 'object=no such key', reason: 'the token has no such private key' }] },
    ]);
    expect(await token.logins()).toHaveLength(1);
  });

  it('serves a token that is taken away under load again when it is put back', async () => {
    const token = await makeToken({ p256 });
    const keyServer = await serve([token.uri()]);
    const edges = await Promise.all(Array.from({ length: 8 }, () => keyServer.connect()));
    let phase = 0;
    let outcomes: boolean[] = [];
    const ending = new AbortController();
    const load = edges.map(async (edge) => {
      while (!ending.signal.aborted) {
        const begun = phase;
        const succeeded = await trySigning(edge, p256);
        if (begun === phase) outcomes.push(succeeded);
      }
    });
    const localLoad = (async () => {
      const edge = await keyServer.connect();
      while (!ending.signal.aborted) expect(await trySigning(edge, local)).toBe(true);
    })();
    /** From here on, outcomes are those of operations that begin from here on. */
    const nextPhase = () => {
      phase += 1;
      outcomes = [];
    };

    for (let times = 0; times < 2; times++) {
      nextPhase();
      await until(() => outcomes.includes(true));
      await token.takeAway();
      await until(() => keyServer.server.health()[0]?.state === 'unavailable');
      expect(keyServer.server.health()[0]?.unusableKeys).toHaveLength(1);
      nextPhase();
      await until(() => outcomes.length >= 20);
      expect(outcomes).not.toContain(true);
      await token.putBack();
      await until(() => outcomes.includes(true));
      expect(keyServer.server.health()).toMatchObject([{ state: 'ready', unusableKeys: [] }]);
    }
    ending.abort();
    await Promise.all([...load, localLoad]);
  });

  it('serves a token that is not there at the start when it comes', async () => {
    const token = await makeToken({ p256 });
    await token.takeAway();
    const keyServer = await serve([token.uri()]);
    const edge = await keyServer.connect();
    expect(await trySigning(edge, local)).toBe(true);
    expect(keyServer.server.health()).toMatchObject([{ state: 'unavailable', unusableKeys: [] }]);
    await token.putBack();
    await until(() => keyServer.server.health()[0]?.state === 'ready');
    expect(await trySigning(edge, p256)).toBe(true);
  });

  it('tries a wrong PIN once, says so, and serves the other keys', async () => {
    const token = await makeToken({ p256, p384, ed25519 });
    const pin = 'not-the-pin';
    const uris = ['p256', 'p384', 'ed25519'].map((label) => token.uri(`object=${label}`, { pin }));
    const keyServer = await serve(uris);
    expect(keyServer.server.health()).toMatchObject([
      { state: 'credentials_refused', reason: 'the token refuses the PIN (CKR_PIN_INCORRECT)' },
    ]);
    const edge = await keyServer.connect();
    expect(await trySigning(edge, local)).toBe(true);
    const operation = { type: 'sign_digest', scheme: 'ecdsa_sha256', digest: digest('sha256') } as const;
    expect(await perform(edge, p256.publicKey, operation)).toMatchObject({
      kind: 'error',
      code: ErrorCode.KEY_NOT_FOUND,
    });
    expect(await token.logins()).toHaveLength(1);
    expect(JSON.stringify(keyServer.log)).toContain('the token refuses the PIN');
    expect(JSON.stringify(keyServer.log)).not.toContain(pin);
  });

  it('answers at its deadline what a token hangs on, other keys meanwhile, and goes on when it wakes up', async () => {
    const token = await makeToken({ p256 });
    const keyServer = await serve([token.uri('', { sessions: 2 })], 'operation_timeout: 300ms');
    const edge = await keyServer.connect();
    const other = await keyServer.connect();
    await token.hang();
    const stuck = [trySigning(edge, p256), trySigning(await keyServer.connect(), p256)];
    expect(await trySigning(other, local)).toBe(true);
    expect(await Promise.all(stuck)).toEqual([false, false]);
    expect(await trySigning(other, p256)).toBe(false);
    expect(await trySigning(other, local)).toBe(true);
    await token.letGo();
    await until(() => trySigning(edge, p256));
  });

  it('starts another process for a token when one has died', async () => {
    const token = await makeToken({ p256 });
    const keyServer = await serve([token.uri()]);
    const edge = await keyServer.connect();
    const [processId = 0] = await token.logins();
    process.kill(processId, 'SIGKILL');
    await until(async () => (await trySigning(edge, p256)) && (await token.logins()).length === 2);
  });
});
