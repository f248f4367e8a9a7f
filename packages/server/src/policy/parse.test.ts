import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ConfigurationError } from '../errors.js';
import type { ClientIdentity } from './client-identity.js';
import { parsePolicy } from './parse.js';
import { Policy, type PolicyKey } from './policy.js';

const FILE = '/etc/keyless/policy.yaml';

const client: ClientIdentity = {
  subject: 'CN=edge 1\nCN=another',
  fingerprint: 'ab'.repeat(32),
  commonNames: ['edge 1', 'another'],
  dnsNames: ['e1.edge.example.com'],
  uris: ['spiffe://example.com/edge/1'],
  ipAddresses: ['2001:db8::1', '192.0.2.1'],
  emails: ['Ops@example.com'],
  issuer: { name: '["CN=Edge CA","O=Example"]', fingerprints: ['cd'.repeat(32)] },
};

const key: PolicyKey = {
  ski: new Uint8Array(20).fill(0xab),
  label: 'www.example.com',
  file: '/etc/keyless/keys/customer/www.example.com.key',
};

/** Whether a rule that has these patterns allows the client to sign with the key. */
function isAllowed(clients: string, keys = 'all'): boolean {
  const policy = parsePolicy(`rules: [{clients: ${clients}, keys: ${keys}, allow: sign}]`, FILE);
  return policy.permissionsOf(client).verdict(key, 'ed25519') === 'allowed';
}

function outcomeOf(text: string): unknown {
  try {
    return parsePolicy(text, FILE);
  } catch (error) {
    return error;
  }
}

function problemsOf(text: string) {
  const outcome = outcomeOf(text);
  if (outcome instanceof ConfigurationError) return outcome.problems;
  throw new Error('the policy was taken');
}

describe('parsePolicy', () => {
  it.each([
    'all',
    '[{common_name: edge 1}]',
    '[{common_name: another}]',
    '[{dns: e1.edge.example.com}]',
    '[{dns: E1.Edge.Example.com}]',
    '[{dns: "*.edge.example.com"}]',
    '[{uri: spiffe://example.com/edge/1}]',
    '[{uri: spiffe://example.com/edge/*}]',
    '[{uri: spiffe://example.com/*}]',
    '[{ip: "2001:DB8:0::1"}]',
    '[{ip: 192.0.2.1}]',
    '[{email: Ops@Example.com}]',
    `[{fingerprint: ${'AB'.repeat(32)}}]`,
    `[{fingerprint: "${Array(32).fill('AB').join(':')}"}]`,
    '[{issuer: "CN=Edge CA, O=Example"}]',
    '[{issuer: "O = Example, CN = Edge CA"}]',
    `[{issuer_fingerprint: ${'cd'.repeat(32)}}]`,
    '[{common_name: edge 1, issuer: "CN=Edge CA,O=Example"}]',
    '[{common_name: nobody}, {common_name: edge 1}]',
  ])('means the client by %s', (clients) => {
    expect(isAllowed(clients)).toBe(true);
  });

  it.each([
    '[{common_name: EDGE 1}]',
    '[{common_name: "*"}]',
    '[{dns: edge.example.com}]',
    '[{dns: "*.example.com"}]',
    '[{dns: "*.e1.edge.example.com"}]',
    '[{uri: spiffe://example.com/edge}]',
    '[{uri: spiffe://example.com/edge/1/*}]',
    '[{uri: spiffe://example.co/*}]',
    '[{ip: 192.0.2.2}]',
    '[{email: ops@example.com}]',
    `[{fingerprint: ${'ac'.repeat(32)}}]`,
    `[{fingerprint: ${'cd'.repeat(32)}}]`,
    '[{issuer: CN=Edge CA}]',
    '[{common_name: edge 1, issuer: CN=Other CA}]',
  ])('does not mean the client by %s', (clients) => {
    expect(isAllowed(clients)).toBe(false);
  });

  it.each([
    [true, 'all'],
    [true, `[{ski: ${'ab'.repeat(20)}}]`],
    [true, `[{ski: "${Array(20).fill('AB').join(':')}"}]`],
    [true, '[{label: www.example.com}]'],
    [true, '[{directory: keys}]'],
    [true, '[{directory: keys/customer/}]'],
    [true, '[{directory: /etc/keyless}]'],
    [true, '[{directory: /}]'],
    [true, '[{label: other}, {directory: keys/customer}]'],
    [false, `[{ski: ${'ac'.repeat(20)}}]`],
    [false, '[{label: www}]'],
    [false, '[{directory: keys/cust}]'],
    [false, '[{directory: other}]'],
  ])('says %s of the key where it reads %s', (expected, keys) => {
    expect(isAllowed('all', keys)).toBe(expected);
  });

  it('does not mean a key that is in no file by its folder', () => {
    const policy = parsePolicy('rules: [{clients: all, keys: [{directory: /}], allow: sign}]', FILE);
    const inToken = { ski: key.ski, label: key.label };
    expect(policy.permissionsOf(client).verdict(inToken, 'ed25519')).toBe('not_allowed');
  });

  it('takes rules together: what one allows another can deny', () => {
    const policy = parsePolicy(
      `
rules:
  - clients: all
    keys: all
    allow: [sign, decrypt, seal]
  - clients: all
    keys: [{label: www.example.com}]
    deny: ["*_sha1", "rsa_pkcs1_md5_sha1", decrypt_block]
`,
      FILE,
    );
    const permissions = policy.permissionsOf(client);
    expect(permissions.verdict(key, 'ecdsa_sha256')).toBe('allowed');
    expect(permissions.verdict(key, 'ecdsa_sha1')).toBe('denied');
    expect(permissions.verdict(key, 'decrypt_premaster')).toBe('allowed');
    expect(permissions.verdict(key, 'decrypt_block')).toBe('denied');
    expect(permissions.verdict(undefined, 'seal')).toBe('allowed');
    expect(permissions.verdict(undefined, 'unseal')).toBe('not_allowed');
  });

  it.each([
    ['rate: 2/s', 2],
    ['rate: 90/m', 2],
    ['rate: 10/h', 1],
    ['rate: 2 / s', 2],
    ['rate: 2/s, burst: 4', 4],
  ])('takes a limit with %s for so many at once: %i', (limit, burst) => {
    const policy = parsePolicy(`rules: []\nlimits: [{clients: all, ${limit}}]`, FILE);
    const permissions = policy.permissionsOf(client);
    const taken = Array.from({ length: 10 }, () => permissions.takeToken(0, 'ed25519')).filter(Boolean);
    expect(taken).toHaveLength(burst);
  });

  it('says of everything that is wrong where it stands', () => {
    const problems = problemsOf(`
rules:
  - clients: all
    keys: all
    allow: [sing]
  - clients: [{dnss: a.example, ip: 192.0.2.1}]
    allow: sign
  - keys: [{label: a, ski: b}]
    deny: sign
limit: []
limits:
  - clients: []
    rate: many
`);
    const places = problems.map(({ line, key: name, message }) => [line, name, message]);
    expect(places).toEqual([
      [5, 'rules.0.allow.0', expect.stringMatching(/^there is no operation "sing": there are sign, /)],
      [6, 'rules.1.clients.0.dnss', 'is not known: did you mean dns?'],
      [8, 'rules.2.clients', 'must be "all" or a list of patterns'],
      [8, 'rules.2.keys.0.ski', expect.stringMatching(/^must be 40 hexadecimal digits/)],
      [10, 'limit', 'is not a part of a policy: did you mean limits?'],
      [12, 'limits.0.clients', 'must be "all" or a list of patterns'],
      [13, 'limits.0.rate', 'must be a number per second, minute or hour, e.g. 500/s, 100/m or 10/h'],
    ]);
  });

  it.each([
    ['{clients: all, keys: all}', 'rules.0', 'must have operations to "allow" or to "deny"'],
    ['{clients: all, keys: all, allow: sign, deny: seal}', 'rules.0', 'cannot both allow and deny'],
    ['{clients: all, allow: sign}', 'rules.0', 'must say with which "keys"'],
    ['{clients: all, keys: all, allow: seal}', 'rules.0', 'leave "keys" out'],
    ['{clients: all, keys: all, allow: []}', 'rules.0.allow', 'must be a list of operations'],
    [
      '{clients: all, keys: [{}], allow: sign}',
      'rules.0.keys.0',
      'must have one of ski, label and directory',
    ],
    ['{clients: all, keys: [{label: a, directory: b}], allow: sign}', 'rules.0.keys.0', 'must have one of'],
    ['{clients: [{}], keys: all, allow: sign}', 'rules.0.clients.0', 'write "clients: all"'],
    ['{clients: edge, keys: all, allow: sign}', 'rules.0.clients', 'must be "all" or a list of patterns'],
    ['{clients: [edge], keys: all, allow: sign}', 'rules.0.clients.0', 'must have fields, of common_name'],
    ['{clients: all, keys: all, allow: sign, if: x}', 'rules.0.if', 'is not known here: there are clients'],
    ['allow', 'rules.0', 'must have fields, of clients'],
  ])('refuses the rule %s', (text, name, message) => {
    expect(problemsOf(`rules: [${text}]`)).toEqual([
      expect.objectContaining({
        source: FILE,
        line: 1,
        key: name,
        message: expect.stringContaining(message),
      }),
    ]);
  });

  it.each([
    '{common_name: 7}',
    '{dns: "edge*.example.com"}',
    '{dns: "*"}',
    '{dns: "*.*.example.com"}',
    '{dns: 192.0.2.1}',
    '{uri: example.com}',
    '{uri: "spiffe://*"}',
    '{uri: "spiffe:///*"}',
    '{uri: "spiffe://*/edge"}',
    '{uri: "spiffe://example.com/ed*"}',
    '{ip: 192.0.2.0/24}',
    '{email: ops}',
    '{fingerprint: abcd}',
    '{issuer: Edge CA}',
    '{issuer_fingerprint: "CN=Edge CA"}',
  ])('refuses the pattern of clients %s', (pattern) => {
    expect(problemsOf(`rules: [{clients: [${pattern}], keys: all, allow: sign}]`)).toMatchObject([
      {
        line: 1,
        key: `rules.0.clients.0.${/\w+/.exec(pattern)?.[0]}`,
        message: expect.stringMatching(/^must be /),
      },
    ]);
  });

  it.each(['', '{}', 'limits: []', '[]', 'rules: all', 'rules:', 'rules: [', 'rules: [], rules: []'])(
    'does not take the file %j for a policy that allows nothing',
    (text) => {
      expect(problemsOf(text)[0]?.source).toBe(FILE);
    },
  );

  it('takes any text for a policy or says what is wrong with it', () => {
    const value = fc.oneof(fc.json(), fc.constantFrom('all', '[{dns: a.b}]', 'sign', '[sign, seal]', '1/s'));
    const name = fc.constantFrom('clients', 'keys', 'allow', 'deny', 'rate', 'burst', 'x');
    const item = fc
      .array(fc.tuple(name, value))
      .map((fields) => `{${fields.map(([field, text]) => `${field}: ${text}`).join(', ')}}`);
    const file = fc
      .tuple(fc.constantFrom('rules', 'limits'), fc.array(item))
      .map(([part, items]) => `${part}: [${items.join(', ')}]`);
    fc.assert(
      fc.property(fc.oneof(file, fc.string()), (text) => {
        expect(outcomeOf(text)).toBeOneOf([expect.any(Policy), expect.any(ConfigurationError)]);
      }),
    );
  });
});
