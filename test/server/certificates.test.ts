import { createPrivateKey, X509Certificate } from 'node:crypto';
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { EdgeField, encodeCertificateSubscription, GoingAwayReason } from '@latchkey/codec/kssl2';
import type { IssuedCertificate } from 'latchkey/pki';
import { expect, it, onTestFinished } from 'vitest';
import { temporaryFolder } from '../cli/support.js';
import { authority } from '../edge/fixture.js';
import { Kssl2Edge } from './kssl2-edge.js';
import { startKeyServer, type TestKeyServer } from './support.js';

const HOUR = 3_600_000;
const www = await issue('www.example');
const wildcard = await issue('*.shop.example');
const rsa = await authority.issue({
  commonName: 'www.example',
  names: ['www.example'],
  keyAlgorithm: 'rsa-2048',
});
const renewed = await issue('www.example', new Date(Date.now() - HOUR / 2));
const expired = await authority.issue({
  commonName: 'www.example',
  names: ['www.example'],
  notBefore: new Date(Date.now() - HOUR / 4),
  notAfter: new Date(Date.now() - 1000),
});

function issue(name: string, notBefore = new Date(Date.now() - HOUR)): Promise<IssuedCertificate> {
  return authority.issue({ commonName: name, names: [name], notBefore });
}

interface Running {
  readonly keyServer: TestKeyServer;
  readonly edge: Kssl2Edge;
  /** Where the chains are. */
  readonly folder: string;
}

/** A key server with the keys of all, and an edge of it. */
async function start(
  chains: Readonly<Record<string, string>>,
  configuration = 'watch_keys: false',
): Promise<Running> {
  const folder = temporaryFolder();
  for (const [name, text] of Object.entries(chains)) writeFileSync(join(folder, name), text);
  const keys = [www, wildcard, rsa, renewed, expired].map(({ keyPem }) => createPrivateKey(keyPem));
  const keyServer = await startKeyServer(keys, `certificate_dirs: [${folder}]\n${configuration}`);
  onTestFinished(() => keyServer.close());
  return { keyServer, edge: await Kssl2Edge.connect(keyServer), folder };
}

function subscribe(edge: Kssl2Edge, id: number, ...serverNames: readonly string[]): void {
  edge.sendFrame([EdgeField.CERTIFICATE_SUBSCRIPTIONS, encodeCertificateSubscription({ id, serverNames })]);
}

/** The answers to a subscription, each as the fingerprints of the sites' own certificates. */
async function received(edge: Kssl2Edge, id: number, count: number): Promise<readonly (readonly string[])[]> {
  const ofThis = () => edge.certificates.filter(({ subscription }) => subscription === id);
  await edge.until(() => ofThis().length >= count);
  return ofThis().map(({ chains }) => chains.map(([leaf = new Uint8Array()]) => fingerprintOf(leaf)));
}

function fingerprintOf(certificate: Uint8Array | string): string {
  return new X509Certificate(certificate).fingerprint256;
}

function fingerprints(...issued: readonly IssuedCertificate[]): string[] {
  return issued.map(({ certificatePem }) => fingerprintOf(certificatePem));
}

it('sends the chains of the keys that an edge may use: whole, one for each kind of key', async () => {
  const { edge } = await start({
    'a.pem': www.certificatePem + authority.certificatePem,
    'b.crt': rsa.certificatePem,
    'c.txt': renewed.certificatePem,
  });
  subscribe(edge, 7, 'www.example');
  expect(await received(edge, 7, 1)).toEqual([fingerprints(www, rsa)]);
  expect(edge.certificates[0]?.chains[0]?.map(fingerprintOf)).toEqual([
    ...fingerprints(www),
    fingerprintOf(authority.certificatePem),
  ]);
});

it.each([
  [['www.shop.example'], true],
  [['WWW.shop.example', '*.shop.example'], true],
  [['shop.example'], false],
  [['a.www.shop.example'], false],
  [['www.shop.example', 'www.example'], false],
  [['*.www.shop.example'], false],
])('sends a certificate for *.shop.example to the site of %j: %s', async (names, expected) => {
  const { edge } = await start({ 'a.pem': wildcard.certificatePem });
  subscribe(edge, 1, ...names);
  expect(await received(edge, 1, 1)).toEqual([expected ? fingerprints(wildcard) : []]);
});

it('prefers the certificate that was issued last, and leaves out those that have expired', async () => {
  const { edge } = await start({
    'a.pem': renewed.certificatePem,
    'b.pem': www.certificatePem,
    'c.pem': expired.certificatePem,
  });
  subscribe(edge, 1, 'www.example');
  expect(await received(edge, 1, 1)).toEqual([fingerprints(renewed)]);
});

it('sends none of keys that it has not', async () => {
  const stranger = await issue('www.example');
  const { edge } = await start({ 'a.pem': stranger.certificatePem });
  subscribe(edge, 1, 'www.example');
  expect(await received(edge, 1, 1)).toEqual([[]]);
});

it('sends again what a reload has changed, and nothing else', async () => {
  const { keyServer, edge, folder } = await start({ 'a.pem': www.certificatePem });
  subscribe(edge, 1, 'www.example');
  subscribe(edge, 2, 'other.example');
  await received(edge, 2, 1);
  await keyServer.server.reload();
  writeFileSync(join(folder, 'a.pem'), renewed.certificatePem);
  await keyServer.server.reload();
  expect(await received(edge, 1, 2)).toEqual([fingerprints(www), fingerprints(renewed)]);
  rmSync(join(folder, 'a.pem'));
  await keyServer.server.reload();
  expect(await received(edge, 1, 3)).toHaveLength(3);
  expect(edge.certificates.map(({ subscription }) => subscription)).toEqual([1, 2, 1, 1]);
});

it('goes on with what a file held before it was damaged', async () => {
  const { keyServer, edge, folder } = await start({ 'a.pem': www.certificatePem });
  writeFileSync(join(folder, 'a.pem'), 'nothing\n');
  expect(await keyServer.server.reload()).toMatchObject({ reloaded: true });
  subscribe(edge, 1, 'www.example');
  expect(await received(edge, 1, 1)).toEqual([fingerprints(www)]);
  expect(keyServer.log).toContainEqual(
    expect.objectContaining({ file: join(folder, 'a.pem'), msg: expect.stringContaining('not reloaded') }),
  );
});

it('notices by itself that a file has changed', async () => {
  const { edge, folder } = await start({ 'a.pem': www.certificatePem }, 'watch_keys: true');
  subscribe(edge, 1, 'www.example');
  await received(edge, 1, 1);
  writeFileSync(join(folder, 'a.pem'), renewed.certificatePem);
  expect(await received(edge, 1, 2)).toEqual([fingerprints(www), fingerprints(renewed)]);
});

it('sends an edge that may not use the key none, and takes back what the policy takes back', async () => {
  const policies = temporaryFolder();
  const policy = join(policies, 'policy.yaml');
  const allow = (label: string): void =>
    writeFileSync(policy, `rules: [{clients: all, keys: [{label: '${label}'}], allow: sign}]\n`);
  allow('0');
  const { keyServer, edge } = await start(
    { 'a.pem': www.certificatePem, 'b.pem': rsa.certificatePem },
    `watch_keys: false\npolicy_file: ${policy}`,
  );
  subscribe(edge, 1, 'www.example');
  expect(await received(edge, 1, 1)).toEqual([fingerprints(www)]);
  allow('2');
  await keyServer.server.reload();
  expect(await received(edge, 1, 2)).toEqual([fingerprints(www), fingerprints(rsa)]);
  writeFileSync(policy, "rules: [{clients: all, keys: [{label: '2'}], allow: sign_delegated_credential}]\n");
  await keyServer.server.reload();
  expect((await received(edge, 1, 3)).at(-1)).toEqual([]);
});

it('takes a subscription back, and another in its place', async () => {
  const { keyServer, edge, folder } = await start({ 'a.pem': www.certificatePem });
  subscribe(edge, 1, 'www.example');
  subscribe(edge, 2, 'www.example');
  subscribe(edge, 1, 'other.example');
  subscribe(edge, 2);
  expect(await received(edge, 1, 2)).toEqual([fingerprints(www), []]);
  writeFileSync(join(folder, 'a.pem'), renewed.certificatePem);
  await keyServer.server.reload();
  subscribe(edge, 3, 'www.example');
  await received(edge, 3, 1);
  expect(edge.certificates.map(({ subscription }) => subscription)).toEqual([1, 2, 1, 3]);
});

it('ends the connection of an edge that has more subscriptions than it may have, or one that is none', async () => {
  const { keyServer, edge } = await start({});
  for (let id = 1; id <= 1024; id += 1) subscribe(edge, id, 'www.example');
  await received(edge, 1024, 1);
  subscribe(edge, 1024, 'other.example');
  subscribe(edge, 1025, 'www.example');
  await edge.until(() => edge.goingAway !== undefined);
  expect(edge.goingAway).toBe(GoingAwayReason.PROTOCOL_ERROR);

  const other = await Kssl2Edge.connect(keyServer);
  subscribe(other, 1, 'not a name');
  await other.until(() => other.goingAway !== undefined);
  expect(other.goingAway).toBe(GoingAwayReason.PROTOCOL_ERROR);
});
