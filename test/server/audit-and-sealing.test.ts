import { createHash, generateKeyPairSync } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type AuditVerification, verifyAuditLog } from '@latchkey/server';
import { ErrorCode } from '@latchkey/codec/kssl1';
import { subjectKeyIdentifier } from '@latchkey/native';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { fingerprintOf, startKeyServer, type TestEdge, type TestKeyServer } from './support.js';

const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const ski = subjectKeyIdentifier(publicKey.export({ type: 'spki', format: 'der' }));
const MESSAGE = Buffer.from('message');
const digest = createHash('sha256').update(MESSAGE).digest();
const SIGN = { key: { ski }, operation: { type: 'sign_digest', scheme: 'ecdsa_sha256', digest } } as const;

type Line = Readonly<Record<string, unknown>>;

async function linesOf({ folder }: TestKeyServer): Promise<Line[]> {
  const text = await readFile(join(folder, 'audit.log'), 'utf8');
  return text
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Line);
}

describe('a key server with an audit log', () => {
  let keyServer: TestKeyServer;
  let edge: TestEdge;
  let lines: Line[];
  let verification: AuditVerification;
  const blob = Buffer.from('a session ticket');
  const key = Buffer.alloc(32, 0x5e);

  beforeAll(async () => {
    keyServer = await startKeyServer(
      [privateKey],
      'audit_log: audit.log\naudit_log_key_file: audit.key\nsealing_secret_file: sealing.secret',
      { files: { 'audit.key': key.toString('hex'), 'sealing.secret': 'ab'.repeat(32) } },
    );
    edge = await keyServer.connect();
    const visit = {
      serverName: 'www.example.com',
      clientIp: Buffer.of(192, 0, 2, 1),
      serverIp: Buffer.alloc(16, 1),
    };
    await edge.ask({ ...SIGN, key: { ski, ...visit } });
    await edge.ask({ key: { ski: Buffer.alloc(20, 9) }, operation: SIGN.operation });
    await edge.ask({ key: { ski }, operation: { type: 'decrypt_block', ciphertext: MESSAGE } });
    const sealed = (await edge.ask({ key: {}, operation: { type: 'seal', blob } })) as {
      payload: Uint8Array;
    };
    await edge.ask({ key: {}, operation: { type: 'unseal', blob: sealed.payload } });
    await edge.ask({ key: {}, operation: { type: 'ping', payload: MESSAGE } });
    edge.socket.destroy();
    await keyServer.server.close();
    lines = await linesOf(keyServer);
    verification = await verifyAuditLog([join(keyServer.folder, 'audit.log')], { key });
  });

  afterAll(async () => {
    await keyServer.close();
  });

  it('has one line for each operation and none for a ping, in order, chained, and ended', () => {
    expect(lines.map(({ event, operation }) => event ?? operation)).toEqual([
      'file_opened',
      'log_opened',
      'sign_digest',
      'sign_digest',
      'decrypt_block',
      'seal',
      'unseal',
      'log_closed',
    ]);
    expect(verification).toMatchObject({ ok: true, lines: 8, dropped: 0, unfinished: false });
  });

  it('says who used which key for what, for whom, and what was signed', () => {
    const fingerprint = fingerprintOf(keyServer.edgeCertificate).replaceAll(':', '').toLowerCase();
    expect(lines[2]).toMatchObject({
      client: 'edge',
      client_fingerprint: fingerprint,
      key: Buffer.from(ski).toString('hex'),
      key_label: '0',
      scheme: 'ecdsa_sha256',
      digest: digest.toString('hex'),
      server_name: 'www.example.com',
      client_ip: '192.0.2.1',
      server_ip: '101:101:101:101:101:101:101:101',
      result: 'ok',
    });
    expect(lines[2]?.['duration_us']).toBeGreaterThan(0);
  });

  it('has what was refused too, with the reason', () => {
    expect(lines[3]).toMatchObject({ key: '09'.repeat(20), result: 'key_not_found' });
    expect(lines[4]).toMatchObject({ key: Buffer.from(ski).toString('hex'), result: 'not_allowed' });
  });

  it('holds nothing of what was sealed', async () => {
    const text = await readFile(join(keyServer.folder, 'audit.log'), 'utf8');
    expect(text).not.toContain(blob.toString());
    expect(text).not.toContain(blob.toString('hex'));
  });
});

describe('a key server whose audit log cannot be used', () => {
  it('does not start when not even the first line can be written', async () => {
    await expect(startKeyServer([privateKey], 'audit_log: /dev/full')).rejects.toMatchObject({
      code: 'LATCHKEY_AUDIT_LOG_UNUSABLE',
    });
  });

  it('does not start when the file is something else', async () => {
    const files = { 'audit.log': 'somebody needs this\n' };
    await expect(startKeyServer([privateKey], 'audit_log: audit.log', { files })).rejects.toMatchObject({
      code: 'LATCHKEY_AUDIT_LOG_UNUSABLE',
    });
  });
});

describe('a key server with secrets for sealing', () => {
  it('unseals what a replica has sealed', async () => {
    const [one, other] = await Promise.all([1, 2].map(() => startSealing('sealing_lifetime: 1h')));
    const blob = Buffer.from('a session ticket');
    const sealed = await (await one!.connect()).ask({ key: {}, operation: { type: 'seal', blob } });
    const { payload } = sealed as { readonly payload: Uint8Array };
    expect(
      await (await other!.connect()).ask({ key: {}, operation: { type: 'unseal', blob: payload } }),
    ).toMatchObject({
      kind: 'answer',
      payload: blob,
    });
  });

  it('seals for whom the policy allows it only', async () => {
    const keyServer = await startSealing('policy_file: policy.yaml');
    const edge = await keyServer.connect();
    expect(await edge.ask(SIGN)).toMatchObject({ kind: 'answer' });
    expect(await edge.ask({ key: {}, operation: { type: 'seal', blob: MESSAGE } })).toEqual({
      kind: 'error',
      code: ErrorCode.CRYPTOGRAPHY_FAILURE,
    });
  });

  async function startSealing(configuration: string): Promise<TestKeyServer> {
    const keyServer = await startKeyServer(
      [privateKey],
      `sealing_secret_file: sealing.secret\n${configuration}`,
      {
        files: {
          'sealing.secret': `${'ab'.repeat(32)}\n`,
          'policy.yaml': 'rules: [{clients: all, keys: all, allow: sign}]',
        },
      },
    );
    onTestFinished(() => keyServer.close());
    return keyServer;
  }
});
