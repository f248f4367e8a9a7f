import { createHash, generateKeyPairSync, type KeyObject, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type AnswerDecoding, encodeRequest, ErrorCode } from '@latchkey/codec/kssl1';
import { subjectKeyIdentifier } from '@latchkey/native';
import { describe, expect, it, onTestFinished } from 'vitest';
import { makeAuthority } from 'latchkey/pki';
import { startKeyServer, type TestEdge, type TestKeyServer } from './support.js';

const first = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const second = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const slow = generateKeyPairSync('rsa', { modulusLength: 4096 });
const digest = createHash('sha256').update('message').digest();
const ANSWERED = { kind: 'answer' };
const NOT_FOUND = { kind: 'error', code: ErrorCode.KEY_NOT_FOUND };
/** Who is refused closes as well. */
const NOT_HALF_OPEN = { servername: 'localhost', allowHalfOpen: false };
const REFUSED = { kind: 'error', code: ErrorCode.CRYPTOGRAPHY_FAILURE };

async function start(
  keys: readonly KeyObject[],
  configuration = 'watch_keys: false',
): Promise<TestKeyServer> {
  const keyServer = await startKeyServer(keys, configuration);
  onTestFinished(() => keyServer.close());
  return keyServer;
}

function put({ folder }: TestKeyServer, name: string, content: string): Promise<void> {
  return writeFile(join(folder, name), content);
}

function putKey(keyServer: TestKeyServer, name: string, { privateKey }: { readonly privateKey: KeyObject }) {
  return put(keyServer, `keys/${name}`, privateKey.export({ type: 'pkcs8', format: 'pem' }).toString());
}

async function sign(edge: TestEdge, key: { readonly publicKey: KeyObject }): Promise<AnswerDecoding> {
  const [answer] = await signOften(edge, key, 1);
  return answer!;
}

function signOften(edge: TestEdge, { publicKey }: { readonly publicKey: KeyObject }, count: number) {
  const ski = subjectKeyIdentifier(publicKey.export({ type: 'spki', format: 'der' }));
  const scheme = publicKey.asymmetricKeyType === 'ec' ? 'ecdsa_sha256' : 'rsa_pkcs1_sha256';
  const request = { key: { ski }, operation: { type: 'sign_digest', scheme, digest } } as const;
  const frames = Array.from({ length: count }, (_, id) => encodeRequest(id, request));
  return edge.exchange(Buffer.concat(frames), count);
}

describe('KeyServer.reload', () => {
  it('serves keys that have come and forgets those that have gone, on connections that are open', async () => {
    const keyServer = await start([first.privateKey]);
    const edge = await keyServer.connect();
    expect(await sign(edge, second)).toMatchObject(NOT_FOUND);
    await putKey(keyServer, 'second.key', second);
    await rm(join(keyServer.folder, 'keys/0.key'));
    expect(await keyServer.server.reload()).toEqual({
      reloaded: true,
      keys: { added: 1, removed: 1, retained: 0 },
    });
    expect(await sign(edge, second)).toMatchObject(ANSWERED);
    expect(await sign(edge, first)).toMatchObject(NOT_FOUND);
    expect(keyServer.server.statistics()).toMatchObject({ keys: 1, reloads: { succeeded: 1, failed: 0 } });
  });

  it('ends operations well that are under way with a key that goes', async () => {
    const keyServer = await start([slow.privateKey], 'watch_keys: false\nworkers: 1');
    const edge = await keyServer.connect();
    const answers = signOften(edge, slow, 100);
    while (keyServer.server.statistics().queued === 0) await sleep(1);
    await rm(join(keyServer.folder, 'keys/0.key'));
    await keyServer.server.reload();
    expect(keyServer.server.statistics()).toMatchObject({ keys: 0 });
    for (const answer of await answers) expect(answer).toMatchObject(ANSWERED);
  });

  it('keeps a key whose file cannot be used any more, and says so', async () => {
    const keyServer = await start([first.privateKey]);
    const edge = await keyServer.connect();
    await put(keyServer, 'keys/0.key', 'not a key any more');
    expect(await keyServer.server.reload()).toMatchObject({ keys: { retained: 1 } });
    expect(await sign(edge, first)).toMatchObject(ANSWERED);
    expect(keyServer.server.keyProblems).toMatchObject([{ file: join(keyServer.folder, 'keys/0.key') }]);
    expect(keyServer.log.at(-2)?.['msg']).toContain('what it held before is still served');
  });

  it('shows the new certificate to those who connect, and leaves those who are connected alone', async () => {
    const keyServer = await start([first.privateKey]);
    const edge = await keyServer.connect();
    const renewed = await keyServer.authority.issue({
      commonName: 'renewed',
      names: ['localhost'],
      usages: ['server'],
    });
    await put(keyServer, 'server.pem', renewed.certificatePem);
    await put(keyServer, 'server-key.pem', renewed.keyPem);
    await keyServer.server.reload();
    const { socket } = await keyServer.connect();
    expect(socket.getPeerCertificate().subject.CN).toBe('renewed');
    expect(await sign(edge, first)).toMatchObject(ANSWERED);
  });

  it.each([
    ['server.pem', 'not a certificate'],
    ['server-key.pem', first.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()],
    ['keyless_cacert.pem', ''],
    ['policy.yaml', 'rules: [{clients: all, keys: all, alow: sign}]'],
    ['sealing.secret', 'too short'],
  ])('changes nothing when %s cannot be used, and says so', async (name, content) => {
    const { folder, ...keyServer } = await startWithAll();
    const edge = await keyServer.connect();
    const before = keyServer.server.keys;
    await putKey({ folder, ...keyServer }, 'second.key', second);
    await writeFile(join(folder, name), content);
    expect(await keyServer.server.reload()).toMatchObject({ reloaded: false });
    expect(keyServer.server.keys).toBe(before);
    expect(keyServer.server.statistics().reloads).toEqual({ succeeded: 0, failed: 1 });
    expect(keyServer.log.at(-1)).toMatchObject({
      level: 50,
      msg: 'not reloaded: all is served as it was before',
    });
    expect(String(keyServer.log.at(-1)?.['reason'])).toContain(name);
    expect(await sign(edge, first)).toMatchObject(ANSWERED);
    expect(await sign(await keyServer.connect(), first)).toMatchObject(ANSWERED);
  });

  it('lets edges go when it has changed who is let in, with all their answers; they come back if they may', async () => {
    const keyServer = await start([slow.privateKey]);
    const edge = await keyServer.connect();
    const end = once(edge.socket, 'end');
    const answers = signOften(edge, slow, 20);
    const other = await makeAuthority('Other CA');
    await put(keyServer, 'keyless_cacert.pem', other.certificatePem);
    await keyServer.server.reload();
    for (const answer of await answers) expect(answer).toMatchObject(ANSWERED);
    await end;
    const { certificatePem, keyPem } = await other.issue({ commonName: 'edge', usages: ['client'] });
    const edgeOfOther = await keyServer.connect({ cert: certificatePem, key: keyPem });
    expect(await sign(edgeOfOther, slow)).toMatchObject(ANSWERED);
    const stranger = await keyServer.connect(NOT_HALF_OPEN);
    await once(stranger.socket, 'close');
    expect(stranger.answers).toEqual([]);
  });

  it('puts another policy in place on connections that are open', async () => {
    const keyServer = await startWithAll();
    const edge = await keyServer.connect();
    expect(await sign(edge, first)).toMatchObject(ANSWERED);
    await put(keyServer, 'policy.yaml', 'rules: []');
    await keyServer.server.reload();
    expect(await sign(edge, first)).toMatchObject(REFUSED);
  });

  it('unseals under a new secret what an old one that is still there has sealed', async () => {
    const keyServer = await startWithAll();
    const edge = await keyServer.connect();
    const seal = { key: {}, operation: { type: 'seal', blob: Buffer.from('ticket') } } as const;
    const sealed = (await edge.ask(seal)) as { readonly payload: Uint8Array };
    const unseal = { key: {}, operation: { type: 'unseal', blob: Buffer.from(sealed.payload) } } as const;
    const [old, fresh] = [SECRET, randomBytes(32).toString('hex')];
    await put(keyServer, 'sealing.secret', `${fresh}\n${old}\n`);
    await keyServer.server.reload();
    expect(await edge.ask(unseal)).toMatchObject({ kind: 'answer', payload: Buffer.from('ticket') });
    await put(keyServer, 'sealing.secret', `${fresh}\n`);
    await keyServer.server.reload();
    expect(await edge.ask(unseal)).toMatchObject(REFUSED);
  });

  it('does one after the other when asked for many at once', async () => {
    const keyServer = await start([first.privateKey]);
    const reports = await Promise.all(Array.from({ length: 5 }, () => keyServer.server.reload()));
    expect(reports.map(({ reloaded }) => reloaded)).toEqual(Array.from({ length: 5 }, () => true));
  });

  it('does nothing once the key server is closed', async () => {
    const keyServer = await startKeyServer([first.privateKey]);
    await keyServer.close();
    expect(await keyServer.server.reload()).toMatchObject({ reloaded: false });
  });
});

describe('the watch on the folders of keys', () => {
  it('serves keys that come, and forgets those that go', async () => {
    const keyServer = await start([first.privateKey], '');
    const edge = await keyServer.connect();
    await putKey(keyServer, 'second.key', second);
    while (keyServer.server.keys.size < 2) await sleep(5);
    expect(await sign(edge, second)).toMatchObject(ANSWERED);
    await rm(join(keyServer.folder, 'keys/0.key'));
    while (keyServer.server.keys.size > 1) await sleep(5);
    expect(await sign(edge, first)).toMatchObject(NOT_FOUND);
  });

  it('leaves all but the keys as it was', async () => {
    const keyServer = await startWithAll('');
    await put(keyServer, 'policy.yaml', 'rules: []');
    await putKey(keyServer, 'second.key', second);
    while (keyServer.server.keys.size < 2) await sleep(5);
    expect(await sign(await keyServer.connect(), second)).toMatchObject(ANSWERED);
    expect(keyServer.server.statistics().reloads).toEqual({ succeeded: 0, failed: 0 });
  });
});

const SECRET = '5e'.repeat(32);
const POLICY = `
rules:
  - { clients: all, keys: all, allow: sign }
  - { clients: all, allow: [seal, unseal] }
`;

/** A key server that has everything that can be reloaded. */
async function startWithAll(configuration = 'watch_keys: false'): Promise<TestKeyServer> {
  const keyServer = await startKeyServer(
    [first.privateKey],
    `policy_file: policy.yaml\nsealing_secret_file: sealing.secret\n${configuration}`,
    { files: { 'policy.yaml': POLICY, 'sealing.secret': `${SECRET}\n` } },
  );
  onTestFinished(() => keyServer.close());
  return keyServer;
}
