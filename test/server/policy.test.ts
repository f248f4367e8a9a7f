import { generateKeyPairSync, type KeyObject } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Operation } from '@latchkey/codec';
import { encodeRequest, ErrorCode } from '@latchkey/codec/kssl1';
import { subjectKeyIdentifier } from '@latchkey/native';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startKeyServer, type TestEdge, type TestKeyServer } from './support.js';

const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 });
const p256 = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const digest = Buffer.alloc(32, 1);

const SIGN_PSS: Operation = { type: 'sign_digest', scheme: 'rsa_pss_sha256', digest };
const SIGN_PKCS1: Operation = { type: 'sign_digest', scheme: 'rsa_pkcs1_sha256', digest };
const SIGN_ECDSA: Operation = { type: 'sign_digest', scheme: 'ecdsa_sha256', digest };
const DECRYPT: Operation = { type: 'decrypt_block', ciphertext: Buffer.alloc(256, 1) };
const CUSTOM: Operation = { type: 'custom', functionName: 'f', payload: Buffer.alloc(0) };

const REFUSED = { kind: 'error', code: ErrorCode.CRYPTOGRAPHY_FAILURE };
const ANSWERED = { kind: 'answer' };

let folder: string;
let keyServer: TestKeyServer;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'latchkey-policy-'));
  // The keys' files are 0.key and 1.key.
  await writeFile(
    join(folder, 'policy.yaml'),
    `
rules:
  - clients: [{common_name: edge}]
    keys: all
    allow: [sign, custom]
  - clients: all
    keys: [{label: '0'}]
    deny: rsa_pkcs1_*
  - clients: [{dns: '*.decrypting.example'}]
    keys: [{ski: '${Buffer.from(skiOf(rsa.publicKey)).toString('hex')}'}]
    allow: decrypt
  - clients: [{dns: limited.example, issuer: CN=Latchkey development CA}]
    keys: all
    allow: sign
limits:
  - clients: [{dns: limited.example}]
    rate: 1/h
    burst: 2
`,
  );
  keyServer = await startKeyServer(
    [rsa.privateKey, p256.privateKey],
    `policy_file: ${join(folder, 'policy.yaml')}\nrsa_decrypt: true`,
  );
});

afterAll(async () => {
  await keyServer.close();
  await rm(folder, { recursive: true });
});

function skiOf(publicKey: KeyObject): Uint8Array {
  return subjectKeyIdentifier(publicKey.export({ type: 'spki', format: 'der' }));
}

async function connectAs(commonName: string, ...names: string[]): Promise<TestEdge> {
  const { certificatePem, keyPem } = await keyServer.authority.issue({
    commonName,
    names,
    usages: ['client'],
  });
  return keyServer.connect({ cert: certificatePem, key: keyPem });
}

function ask(edge: TestEdge, key: KeyObject, operation: Operation) {
  return edge.ask({ key: { ski: skiOf(key) }, operation });
}

describe('a key server with a policy', () => {
  it('performs what the policy allows to the client', async () => {
    const edge = await connectAs('edge');
    expect(await ask(edge, rsa.publicKey, SIGN_PSS)).toMatchObject(ANSWERED);
    expect(await ask(edge, p256.publicKey, SIGN_ECDSA)).toMatchObject(ANSWERED);
  });

  it('refuses what no rule allows and what one denies, counts it and says so, and the connection stays', async () => {
    const edge = await connectAs('edge');
    const before = keyServer.server.statistics().denials;
    expect(await ask(edge, rsa.publicKey, SIGN_PKCS1)).toMatchObject(REFUSED);
    expect(await ask(edge, rsa.publicKey, DECRYPT)).toMatchObject(REFUSED);
    expect(await ask(edge, p256.publicKey, SIGN_ECDSA)).toMatchObject(ANSWERED);
    expect(keyServer.server.statistics().denials).toEqual({
      ...before,
      denied: before.denied + 1,
      not_allowed: before.not_allowed + 1,
    });
    const ski = Buffer.from(skiOf(rsa.publicKey)).toString('hex');
    const failed = { client: 'CN=edge', level: 40, msg: 'operation failed', ski };
    expect(keyServer.log).toContainEqual(
      expect.objectContaining({ ...failed, operation: 'rsa_pkcs1_sha256', failure: 'denied' }),
    );
    expect(keyServer.log).toContainEqual(
      expect.objectContaining({ ...failed, operation: 'decrypt_block', failure: 'not_allowed' }),
    );
  });

  it('answers a ping of a client that may do nothing, and of a request without a key only what it may know', async () => {
    const stranger = await connectAs('stranger');
    expect(await stranger.ask({ key: {}, operation: { type: 'ping', payload: digest } })).toMatchObject(
      ANSWERED,
    );
    expect(await ask(stranger, p256.publicKey, SIGN_ECDSA)).toMatchObject(REFUSED);
    expect(await stranger.ask({ key: {}, operation: CUSTOM })).toMatchObject(REFUSED);
    const edge = await connectAs('edge');
    const code = ErrorCode.REMOTE_CONFIGURATION_ERROR;
    expect(await edge.ask({ key: {}, operation: CUSTOM })).toMatchObject({ kind: 'error', code });
  });

  it('decrypts for whom the policy allows it only, whatever rsa_decrypt says', async () => {
    const decrypting = await connectAs('x', 'a.decrypting.example');
    expect(await ask(decrypting, rsa.publicKey, DECRYPT)).toMatchObject(ANSWERED);
    expect(await ask(decrypting, rsa.publicKey, SIGN_PSS)).toMatchObject(REFUSED);
    expect(await ask(await connectAs('y', 'decrypting.example'), rsa.publicKey, DECRYPT)).toMatchObject(
      REFUSED,
    );
    expect(keyServer.log.map(({ msg }) => msg)).toContain(
      'rsa_decrypt has no effect beside policy_file: allow "decrypt" in the policy',
    );
  });

  it('does not take a name for another that is a part of it', async () => {
    // A dNSName as a CA might carelessly sign it: Node's text for it must not be split at the comma.
    const impostor = await connectAs('x', 'other.example, DNS:a.decrypting.example');
    expect(await ask(impostor, rsa.publicKey, DECRYPT)).toMatchObject(REFUSED);
  });

  it('limits the rate of a client over all its connections, also those that resume a session', async () => {
    const { certificatePem, keyPem } = await keyServer.authority.issue({
      commonName: 'limited',
      names: ['limited.example'],
      usages: ['client'],
    });
    const channel = { cert: certificatePem, key: keyPem };
    const first = await keyServer.connect(channel);
    const ticket = new Promise<Buffer>((resolve) => first.socket.once('session', resolve));
    expect(await ask(first, p256.publicKey, SIGN_ECDSA)).toMatchObject(ANSWERED);
    const second = await keyServer.connect({ ...channel, session: await ticket });
    expect(second.socket.isSessionReused()).toBe(true);
    expect(await ask(second, p256.publicKey, SIGN_ECDSA)).toMatchObject(ANSWERED);
    for (const edge of [first, second]) {
      expect(await ask(edge, p256.publicKey, SIGN_ECDSA)).toMatchObject(REFUSED);
    }
    expect(keyServer.server.statistics().denials.rate_limited).toBe(2);
    expect(await ask(await connectAs('edge'), p256.publicKey, SIGN_ECDSA)).toMatchObject(ANSWERED);
  });

  it('writes no more lines about refusals than somebody would read', async () => {
    const stranger = await connectAs('talkative stranger');
    const request = { key: { ski: skiOf(p256.publicKey) }, operation: SIGN_ECDSA };
    const requests = Array.from({ length: 200 }, (_, id) => encodeRequest(id, request));
    const answers = await stranger.exchange(Buffer.concat(requests), requests.length);
    for (const answer of answers) expect(answer).toMatchObject(REFUSED);
    const lines = keyServer.log.filter(({ client }) => client === 'CN=talkative stranger');
    expect(lines.filter(({ level }) => Number(level) >= 40).length).toBeLessThan(100);
    expect(keyServer.server.statistics().denials.not_allowed).toBeGreaterThanOrEqual(200);
  });
});

describe('createKeyServer', () => {
  it('does not start with a policy that it cannot read: it would allow more, or less, than was meant', async () => {
    const file = join(folder, 'bad.yaml');
    await writeFile(file, 'rules:\n  - clients: all\n    keys: all\n    alow: sign\n');
    await expect(startKeyServer([p256.privateKey], `policy_file: ${file}`)).rejects.toMatchObject({
      code: 'LATCHKEY_CONFIGURATION_INVALID',
      problems: [
        { source: file, line: 2, key: 'rules.0', message: expect.stringContaining('"allow"') as string },
        { source: file, line: 4, key: 'rules.0.alow', message: 'is not known: did you mean allow?' },
      ],
    });
    await expect(
      startKeyServer([p256.privateKey], `policy_file: ${join(folder, 'missing.yaml')}`),
    ).rejects.toMatchObject({ code: 'LATCHKEY_CONFIGURATION_INVALID' });
  });
});
