import { createHash, generateKeyPairSync, type KeyObject, verify } from 'node:crypto';
import type { SignatureScheme } from '@latchkey/codec';
import { encodeRequest } from '@latchkey/codec/kssl1';
import { subjectKeyIdentifier } from '@latchkey/native';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startKeyServer, type TestEdge, type TestKeyServer } from './support.js';

const costly = generateKeyPairSync('rsa', { modulusLength: 4096 });
const cheaper = {
  'P-256': generateKeyPairSync('ec', { namedCurve: 'P-256' }),
  'RSA-2048': generateKeyPairSync('rsa', { modulusLength: 2048 }),
} as const;

const BURST = 100;

let keyServer: TestKeyServer;

beforeAll(async () => {
  // One worker, for which all have to wait who need one.
  const keys = [costly, ...Object.values(cheaper)].map(({ privateKey }) => privateKey);
  keyServer = await startKeyServer(keys, 'workers: 1');
});

afterAll(async () => {
  await keyServer.close();
});

function messageOf(id: number): Buffer {
  return Buffer.from(`message ${id}`);
}

function sign(id: number, publicKey: KeyObject): Uint8Array {
  const scheme: Exclude<SignatureScheme, 'ed25519'> =
    publicKey.asymmetricKeyType === 'rsa' ? 'rsa_pkcs1_sha256' : 'ecdsa_sha256';
  const ski = subjectKeyIdentifier(publicKey.export({ type: 'spki', format: 'der' }));
  const digest = createHash('sha256').update(messageOf(id)).digest();
  return encodeRequest(id, { key: { ski }, operation: { type: 'sign_digest', scheme, digest } });
}

const burst = Buffer.concat(Array.from({ length: BURST }, (_, id) => sign(id, costly.publicKey)));

/** Whether each answer is the signature of its own message. */
function areSigned({ answers }: TestEdge, publicKey: KeyObject): boolean {
  return answers.every(
    ({ id, answer }) =>
      answer.kind === 'answer' &&
      verify('sha256', messageOf(id), id === BURST ? publicKey : costly.publicKey, answer.payload),
  );
}

describe('a key server with one worker', () => {
  it.each(Object.entries(cheaper))(
    'does not let %s wait for 100 RSA-4096 signatures that were asked for just before',
    async (_name, { publicKey }) => {
      const edge = await keyServer.connect();
      edge.socket.write(Buffer.concat([burst, sign(BURST, publicKey)]));
      await edge.waitForAnswers(BURST + 1);
      expect(areSigned(edge, publicKey)).toBe(true);
      expect(edge.answers.findIndex(({ id }) => id === BURST)).toBeLessThan(BURST / 2);
    },
  );

  it.each(Object.entries(cheaper))(
    'does not let %s wait for those that another edge has asked for',
    async (_name, { publicKey }) => {
      const [greedy, edge] = [await keyServer.connect(), await keyServer.connect()];
      greedy.socket.write(burst);
      await greedy.waitForAnswers(1);
      edge.socket.write(sign(BURST, publicKey));
      await edge.waitForAnswers(1);
      expect(greedy.answers.length).toBeLessThan(BURST / 2);
      expect(areSigned(edge, publicKey)).toBe(true);
      await greedy.waitForAnswers(BURST);
      expect(areSigned(greedy, publicKey)).toBe(true);
    },
  );
});
