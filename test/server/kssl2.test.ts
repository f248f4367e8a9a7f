import { constants, generateKeyPairSync, type KeyObject, publicEncrypt, verify } from 'node:crypto';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Operation } from '@latchkey/codec';
import { signedContent } from '@latchkey/codec';
import { EdgeField, encodeCancel, encodePing, encodeRequest, GoingAwayReason } from '@latchkey/codec/kssl2';
import { subjectKeyIdentifier } from '@latchkey/native';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { Kssl2Edge, outcomeOf } from './kssl2-edge.js';
import { startKeyServer, type TestKeyServer } from './support.js';

const p256 = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 });
const KEYS = [p256.privateKey, rsa.privateKey];
const TRANSCRIPT_HASH = Buffer.alloc(32, 7);
const CERTIFICATE_VERIFY = {
  type: 'sign_certificate_verify',
  scheme: 'ecdsa_sha256',
  transcriptHash: TRANSCRIPT_HASH,
} as const;
const SERVER_KEY_EXCHANGE = {
  type: 'sign_server_key_exchange',
  scheme: 'ecdsa_sha256',
  clientRandom: Buffer.alloc(32, 1),
  serverRandom: Buffer.alloc(32, 2),
  parameters: Buffer.concat([Buffer.of(3, 0, 0x1d, 32), Buffer.alloc(32, 3)]),
} as const;
const SECRET = { 'sealing.txt': `${'5a'.repeat(32)}\n` };
const CONFIGURATION = 'rsa_decrypt: true\naudit_log: audit.log\nsealing_secret_file: sealing.txt';

let keyServer: TestKeyServer;
let edge: Kssl2Edge;
const more: TestKeyServer[] = [];

beforeAll(async () => {
  keyServer = await startKeyServer(KEYS, CONFIGURATION, { files: SECRET });
  edge = await Kssl2Edge.connect(keyServer);
});

afterEach(async () => {
  for (const started of more.splice(0)) await started.close();
});

afterAll(() => keyServer.close());

async function start(configuration: string, policy?: string): Promise<TestKeyServer> {
  const started = await startKeyServer(
    KEYS,
    policy === undefined ? configuration : `${configuration}\npolicy_file: policy.yaml`,
    { files: { ...SECRET, ...(policy && { 'policy.yaml': policy }) } },
  );
  more.push(started);
  return started;
}

function skiOf(key: KeyObject): Uint8Array {
  return subjectKeyIdentifier(key.export({ type: 'spki', format: 'der' }));
}

function with256(operation: Operation) {
  return { key: { ski: skiOf(p256.publicKey), serverName: 'www.example' }, operation };
}

describe('what an edge may ask for in kssl2', () => {
  it.each([CERTIFICATE_VERIFY, SERVER_KEY_EXCHANGE])('a signature: $type', async (operation) => {
    const answer = await edge.ask(with256(operation));
    if (answer.kind === 'error') throw new Error(outcomeOf(answer));
    expect(verify('sha256', signedContent(operation), p256.publicKey, answer.result)).toBe(true);
  });

  it('a premaster secret, and random bytes where the ciphertext is not of one', async () => {
    const secret = Buffer.alloc(48, 9);
    secret.writeUInt16BE(0x0303);
    const encrypt = (bytes: Buffer, padding: number) => publicEncrypt({ key: rsa.publicKey, padding }, bytes);
    const ask = async (ciphertext: Buffer) => {
      const operation = { type: 'decrypt_premaster', ciphertext, clientVersion: 0x0303 } as const;
      const answer = await edge.ask({ key: { ski: skiOf(rsa.publicKey) }, operation });
      return answer.kind === 'result' ? Buffer.from(answer.result) : undefined;
    };
    expect(await ask(encrypt(secret, constants.RSA_PKCS1_PADDING))).toEqual(secret);
    const wrong = [
      encrypt(Buffer.concat([Buffer.of(0, 1), Buffer.alloc(254, 0xff)]), constants.RSA_NO_PADDING),
      encrypt(secret.subarray(1), constants.RSA_PKCS1_PADDING),
      encrypt(Buffer.from(secret).fill(2, 0, 1), constants.RSA_PKCS1_PADDING),
    ];
    for (const ciphertext of wrong) {
      const answer = await ask(ciphertext);
      expect(answer).toHaveLength(48);
      expect(answer).not.toEqual(secret);
    }
  });

  it('sealed tickets, and what is in them', async () => {
    const blob = Buffer.from('a session ticket');
    const sealed = await edge.ask({ key: {}, operation: { type: 'seal', blob } });
    if (sealed.kind === 'error') throw new Error(outcomeOf(sealed));
    const opened = await edge.ask({ key: {}, operation: { type: 'unseal', blob: sealed.result } });
    expect(opened).toEqual({ kind: 'result', result: blob });
  });

  it('many at once, in one frame; each gets its own answer', async () => {
    const own = await Kssl2Edge.connect(keyServer);
    const operations = Array.from({ length: 300 }, (_, index) => ({
      ...CERTIFICATE_VERIFY,
      transcriptHash: Buffer.alloc(32, index),
    }));
    const requests = operations.map((operation, index) =>
      encodeRequest(index + 1, with256(operation), 10_000),
    );
    own.sendFrame(...requests.map((request) => [EdgeField.REQUESTS, request] as const));
    for (const [index, operation] of operations.entries()) {
      const answer = await own.answer(index + 1);
      if (answer.kind === 'error') throw new Error(outcomeOf(answer));
      expect(verify('sha256', signedContent(operation), p256.publicKey, answer.result)).toBe(true);
    }
  });

  it('whether it is there, and is told what it takes before anything else', async () => {
    const own = await Kssl2Edge.connect(keyServer);
    await own.until(() => own.capabilities !== undefined);
    expect(own.capabilities).toMatchObject({ maximumInFlight: 1024, maximumBatchLength: 1024 });
    own.sendFrame([EdgeField.PING, encodePing(Buffer.from('here?'))]);
    await own.until(() => own.pongs.length === 1);
    expect(Buffer.from(own.pongs[0]!).toString()).toBe('here?');
  });
});

describe('what a key server refuses in kssl2', () => {
  it('says why, and goes on', async () => {
    const unknown = { ski: Buffer.alloc(20, 1) };
    expect(outcomeOf(await edge.ask({ key: unknown, operation: CERTIFICATE_VERIFY }))).toBe(
      'KEY_NOT_FOUND key_not_found',
    );
    const otherKey = { ski: skiOf(rsa.publicKey) };
    expect(outcomeOf(await edge.ask({ key: otherKey, operation: CERTIFICATE_VERIFY }))).toBe(
      'CRYPTOGRAPHY_FAILED cryptography_failed',
    );
    expect(outcomeOf(await edge.ask(with256(CERTIFICATE_VERIFY)))).toBe('result');
  });

  it('drops what nobody waits for, and answers it', async () => {
    const own = await Kssl2Edge.connect(await start('workers: 1'));
    const operation = {
      type: 'sign_certificate_verify',
      scheme: 'rsa_pss_sha256',
      transcriptHash: TRANSCRIPT_HASH,
    } as const;
    const request = { key: { ski: skiOf(rsa.publicKey) }, operation };
    // One is at work when the cancel for the last comes; the last is not begun before hundreds of others are done.
    const requests = Array.from({ length: 400 }, (_, index) => encodeRequest(index + 1, request, 10_000));
    own.sendFrame(
      ...requests.map((each) => [EdgeField.REQUESTS, each] as const),
      [EdgeField.CANCELS, encodeCancel(400)],
      [EdgeField.CANCELS, encodeCancel(77_777)],
    );
    expect(outcomeOf(await own.answer(400))).toBe('CANCELLED cancelled');
    expect(outcomeOf(await own.answer(1))).toBe('result');
  });

  it('does not perform what has waited too long', async () => {
    const own = await Kssl2Edge.connect(keyServer);
    const request = {
      key: { ski: skiOf(rsa.publicKey) },
      operation: { ...CERTIFICATE_VERIFY, scheme: 'rsa_pss_sha256' } as const,
    };
    expect(outcomeOf(await own.ask(request, 0.001))).toBe('DEADLINE_EXCEEDED deadline_exceeded');
    expect(outcomeOf(await own.askRaw(9, Buffer.from('080910006a0101', 'hex')))).toBe(
      'DEADLINE_EXCEEDED deadline_passed',
    );
  });

  it.each([
    ['a frame that is too long', 'ffffffff'],
    ['a batch that is cut off', '00000002 0a05'],
    ['a request without an id', '00000005 0a03 6a0101'],
    ['an id that is in use', '00000000'],
    ['a ping that is too long', `00000045 1a43 0a41 ${'00'.repeat(65)}`],
  ])('ends the connection after %s, and owes no answer', async (what, hex) => {
    const own = await Kssl2Edge.connect(keyServer);
    const first = encodeRequest(5, with256(CERTIFICATE_VERIFY), 10_000);
    own.sendFrame(
      [EdgeField.REQUESTS, first],
      ...(what.includes('in use') ? [[EdgeField.REQUESTS, first] as const] : []),
    );
    own.write(Buffer.from(hex.replaceAll(' ', ''), 'hex'));
    await own.until(() => own.goingAway !== undefined);
    expect(own.goingAway).toBe(GoingAwayReason.PROTOCOL_ERROR);
    expect(outcomeOf(await own.answer(5))).toBe('result');
    while (!own.closed) await new Promise((resolve) => setTimeout(resolve, 1));
  });

  it('tells edges to go elsewhere when it is closed', async () => {
    const other = await start('');
    const own = await Kssl2Edge.connect(other);
    await own.until(() => own.capabilities !== undefined);
    const closing = other.server.close();
    await own.until(() => own.goingAway !== undefined);
    expect(own.goingAway).toBe(GoingAwayReason.DRAINING);
    // What is on its way is served still.
    expect(outcomeOf(await own.ask(with256(CERTIFICATE_VERIFY)))).toBe('result');
    await closing;
  });
});

describe('which protocol is spoken', () => {
  it('is kssl1 with whoever offers nothing', async () => {
    const v1 = await keyServer.connect();
    expect(await v1.ask({ key: {}, operation: { type: 'ping', payload: Buffer.from('v1') } })).toMatchObject({
      kind: 'answer',
    });
  });

  it('is kssl2 alone where the configuration says so', async () => {
    const strict = await start('protocols: [kssl2]');
    const v1 = await strict.connect();
    if (!v1.socket.readableEnded) await once(v1.socket, 'end');
    expect(v1.answers).toEqual([]);
    expect(strict.server.statistics().connections.refused).toEqual({ PROTOCOL_NOT_SERVED: 1 });
    const own = await Kssl2Edge.connect(strict);
    expect(outcomeOf(await own.ask(with256(CERTIFICATE_VERIFY)))).toBe('result');
  });

  it('is kssl1 alone where the configuration says so', async () => {
    const old = await start('protocols: [kssl1]');
    const { socket } = await old.connect({ ALPNProtocols: ['kssl2'] });
    expect(socket.alpnProtocol).toBe(false);
  });
});

describe('a policy', () => {
  it('tells purposes apart, and confines v1', async () => {
    const confined = await start('', 'rules: [{clients: all, keys: all, purposes: [tls13], allow: sign}]');
    const own = await Kssl2Edge.connect(confined);
    expect(outcomeOf(await own.ask(with256(CERTIFICATE_VERIFY)))).toBe('result');
    expect(outcomeOf(await own.ask(with256(SERVER_KEY_EXCHANGE)))).toBe('NOT_ALLOWED not_allowed');
    const v1 = await confined.connect();
    const operation = { type: 'sign_digest', scheme: 'ecdsa_sha256', digest: TRANSCRIPT_HASH } as const;
    expect(await v1.ask(with256(operation))).toEqual({ kind: 'error', code: 1 });
  });

  it('says for how long a rate limit holds', async () => {
    const rules = 'rules: [{clients: all, keys: all, allow: sign}]';
    const limited = await start(
      '',
      `${rules}\nlimits: [{clients: all, purposes: [tls12], rate: 1/h, burst: 1}]`,
    );
    const own = await Kssl2Edge.connect(limited);
    expect(outcomeOf(await own.ask(with256(SERVER_KEY_EXCHANGE)))).toBe('result');
    const refused = await own.ask(with256(SERVER_KEY_EXCHANGE));
    expect(outcomeOf(refused)).toBe('RATE_LIMITED rate_limited');
    expect(refused).toMatchObject({ retryable: true });
    expect(refused.kind === 'error' && refused.retryAfter).toBeGreaterThan(3_000_000);
    expect(outcomeOf(await own.ask(with256(CERTIFICATE_VERIFY)))).toBe('result');
  });
});

describe('the audit log', () => {
  it('names the handshake that each signature was for', async () => {
    const audited = await start('audit_log: audit.log');
    const own = await Kssl2Edge.connect(audited);
    await own.ask(with256(CERTIFICATE_VERIFY));
    await own.ask(with256(SERVER_KEY_EXCHANGE));
    await audited.server.close();
    const lines = (await readFile(join(audited.folder, 'audit.log'), 'utf8')).trim().split('\n');
    const entries = lines.map((line) => JSON.parse(line) as Record<string, unknown>);
    expect(entries.filter(({ operation }) => operation !== undefined)).toMatchObject([
      {
        operation: 'sign_certificate_verify',
        transcript_hash: TRANSCRIPT_HASH.toString('hex'),
        server_name: 'www.example',
        result: 'ok',
      },
      {
        operation: 'sign_server_key_exchange',
        client_random: '01'.repeat(32),
        server_random: '02'.repeat(32),
        result: 'ok',
      },
    ]);
  });
});
