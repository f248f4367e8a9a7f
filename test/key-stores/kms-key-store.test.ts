import { createHash, generateKeyPairSync, verify } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { ErrorCode } from '@latchkey/codec/kssl1';
import { OperationCode, PrivateKey, subjectKeyIdentifier } from '@latchkey/native';
import { afterEach, expect, it } from 'vitest';
import { startKeyServer } from '../server/support.js';
import { type KmsClient, KmsKeyStore } from './kms-key-store.js';

const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const publicKeyDer = publicKey.export({ type: 'spki', format: 'der' });
const MESSAGE = Buffer.from('what a handshake signs');
const REQUEST = {
  key: { ski: subjectKeyIdentifier(publicKeyDer) },
  operation: {
    type: 'sign_digest',
    scheme: 'ecdsa_sha256',
    digest: createHash('sha256').update(MESSAGE).digest(),
  },
} as const;

const ends: (() => Promise<void>)[] = [];

afterEach(async () => {
  for (const end of ends.splice(0)) await end();
});

/** A KMS in memory, and a key server that uses it. */
async function serve(kms: Partial<KmsClient> = {}) {
  const key = PrivateKey.parse(privateKey.export({ type: 'pkcs8', format: 'der' }));
  const client: KmsClient = {
    listKeys: () => Promise.resolve([{ name: 'site', publicKeyDer }]),
    sign: ({ scheme, input }) => Promise.resolve(key.perform(OperationCode[scheme], input)),
    ...kms,
  };
  const keyServer = await startKeyServer([], '', { providers: [new KmsKeyStore(client)] });
  ends.push(() => keyServer.close());
  return { keyServer, edge: await keyServer.connect() };
}

it('serves the keys of a KMS', async () => {
  const { keyServer, edge } = await serve();
  const answer = await edge.ask(REQUEST);
  expect(answer.kind === 'answer' && verify('sha256', MESSAGE, publicKey, answer.payload)).toBe(true);
  expect([...keyServer.server.keys].map(({ file }) => file)).toEqual(['kms (site)']);
});

it('says that a KMS refuses our credentials', async () => {
  const { keyServer } = await serve({
    listKeys: () => Promise.reject(Object.assign(new Error('forbidden'), { status: 403 })),
  });
  expect(keyServer.server.health()).toMatchObject([{ store: 'kms', state: 'credentials_refused' }]);
});

it('comes back to a KMS that could not be reached for a while', async () => {
  let broken = true;
  const { keyServer, edge } = await serve({
    sign: () => (broken ? Promise.reject(new Error('ECONNRESET')) : Promise.resolve(Uint8Array.of(1))),
  });
  expect(await edge.ask(REQUEST)).toMatchObject({ kind: 'error', code: ErrorCode.INTERNAL_ERROR });
  expect(keyServer.server.health()).toMatchObject([{ state: 'unavailable' }]);
  broken = false;
  let answer;
  do answer = await edge.ask(REQUEST);
  while (answer.kind === 'error');
  expect(answer).toMatchObject({ payload: Buffer.of(1) });
});

it('stands in the guide as it is here', async () => {
  const here = (name: string) => readFile(new URL(name, import.meta.url), 'utf8');
  expect(await here('../../docs/guides/key-stores.md')).toContain(await here('kms-key-store.ts'));
});
