import { createPrivateKey } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { deploy, SITES, type Deployment } from '../support/deployment.js';
import { findInProcessMemory } from '../support/process-memory.js';
import { visit } from '../support/visitor.js';

describe('the memory of the running processes', () => {
  let deployment: Deployment;

  beforeAll(async () => {
    deployment = await deploy();
    const visits = SITES.flatMap(({ name }) => Array.from({ length: 5 }, () => visit(deployment, name)));
    await Promise.all(visits);
  });

  afterAll(async () => deployment.stop());

  const KEYED_SITES = ['p256.localhost', 'p384.localhost', 'p521.localhost', 'rsa.localhost'];

  it('of the edge holds no private value of any site key, in either byte order or as PEM', () => {
    for (const site of [...KEYED_SITES, 'ed25519.localhost']) {
      const patterns = secretsOf(deployment.siteKeyFile(site));
      expect([...findInProcessMemory(deployment.edge.pid, patterns)], site).toEqual([]);
    }
  });

  it('of the key server holds them, which proves that the search finds what is there', () => {
    for (const site of KEYED_SITES) {
      const patterns = secretsOf(deployment.siteKeyFile(site));
      const found = findInProcessMemory(deployment.keyServer.pid, patterns);
      const values = new Set([...found].map((name) => name.split(' ')[0]));
      expect(values, site).toEqual(new Set(site === 'rsa.localhost' ? ['d', 'p', 'q'] : ['d']));
    }
  });
});

/**
 * What of a private key must not be found: 16 bytes out of the middle of each private value, in both byte orders, and a
 * line out of the middle of its PEM file. For Ed25519 (RFC 8032), `d` is the seed.
 */
function secretsOf(keyFile: string): Map<string, Buffer> {
  const pem = readFileSync(keyFile, 'utf8');
  const jwk = createPrivateKey(pem).export({ format: 'jwk' });
  const patterns = new Map<string, Buffer>();
  for (const name of ['d', 'p', 'q'] as const) {
    const text = jwk[name];
    if (text === undefined) continue;
    const value = Buffer.from(text, 'base64url');
    const middle = value.subarray(value.length / 2 - 8, value.length / 2 + 8);
    patterns.set(`${name} big-endian`, middle);
    patterns.set(`${name} little-endian`, Buffer.from(middle.toReversed()));
  }
  const lines = pem.split('\n').filter((line) => line !== '' && !line.startsWith('-'));
  patterns.set('PEM line', Buffer.from(lines[Math.floor(lines.length / 2)]!));
  return patterns;
}
