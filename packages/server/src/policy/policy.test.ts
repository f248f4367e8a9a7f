import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ClientIdentity } from './client-identity.js';
import { Policy, type PolicyKey, type PolicyRule, policyWithoutFile } from './policy.js';
import { ALL_OPERATIONS, type PolicyOperation } from './policy-operation.js';
import { TokenLedger, type TokenUse } from './token-ledger.js';

const key: PolicyKey = { ski: new Uint8Array(20), label: 'a' };
const otherKey: PolicyKey = { ski: new Uint8Array(20).fill(1), label: 'b' };
const client = clientWith('01');

function clientWith(fingerprint: string): ClientIdentity {
  return {
    subject: undefined,
    fingerprint,
    commonNames: [],
    dnsNames: [],
    uris: [],
    ipAddresses: [],
    emails: [],
    issuer: { name: '[]', fingerprints: [] },
  };
}

function rule(effect: PolicyRule['effect'], operations: PolicyOperation[], keys = [key]): PolicyRule {
  return {
    effect,
    operations: new Set(operations),
    matchesClient: ({ fingerprint }) => fingerprint === '01',
    matchesKey: (candidate) => keys.includes(candidate),
  };
}

describe('Policy', () => {
  it('allows what a rule allows to this client, with this key, and nothing else', () => {
    const policy = new Policy([rule('allow', ['ed25519'])]);
    const permissions = policy.permissionsOf(client);
    expect(permissions.verdict(key, 'ed25519')).toBe('allowed');
    expect(permissions.verdict(key, 'ecdsa_sha256')).toBe('not_allowed');
    expect(permissions.verdict(otherKey, 'ed25519')).toBe('not_allowed');
    expect(policy.permissionsOf(clientWith('02')).verdict(key, 'ed25519')).toBe('not_allowed');
  });

  it('allows nothing without rules', () => {
    const permissions = new Policy([]).permissionsOf(client);
    for (const operation of ALL_OPERATIONS) expect(permissions.verdict(key, operation)).toBe('not_allowed');
  });

  it('binds operations that use no key to the client only', () => {
    const permissions = new Policy([rule('allow', ['seal'], [])]).permissionsOf(client);
    expect(permissions.verdict(undefined, 'seal')).toBe('allowed');
    expect(permissions.verdict(undefined, 'unseal')).toBe('not_allowed');
  });

  it('allows what any rule allows and none denies, in whatever order they stand', () => {
    const rules = fc.array(
      fc
        .record({
          effect: fc.constantFrom<PolicyRule['effect']>('allow', 'deny'),
          operations: fc.subarray([...ALL_OPERATIONS]),
          keys: fc.subarray([key, otherKey]),
        })
        .map(({ effect, operations, keys }) => rule(effect, operations, keys)),
      { maxLength: 5 },
    );
    fc.assert(
      fc.property(rules, fc.constantFrom(...ALL_OPERATIONS), (list, operation) => {
        const meant = list.filter(
          (candidate) => candidate.operations.has(operation) && candidate.matchesKey(key),
        );
        const denied = meant.some(({ effect }) => effect === 'deny');
        const allowed = meant.some(({ effect }) => effect === 'allow');
        const expected = denied ? 'denied' : allowed ? 'allowed' : 'not_allowed';
        for (const order of [list, list.toReversed()]) {
          const permissions = new Policy(order).permissionsOf(client);
          expect(permissions.verdict(key, operation)).toBe(expected);
          expect(permissions.verdict(key, operation)).toBe(expected);
        }
      }),
    );
  });

  it('decides once for each key and operation', () => {
    let asked = 0;
    const counting: PolicyRule = {
      ...rule('allow', ['ed25519']),
      matchesKey: () => {
        asked += 1;
        return true;
      },
    };
    const policy = new Policy([counting]);
    for (let time = 0; time < 3; time++) policy.permissionsOf(clientWith('01')).verdict(key, 'ed25519');
    expect(asked).toBe(1);
  });

  it('has one rate limit for all connections of a client: the lowest that matches', () => {
    const everybody = () => true;
    const policy = new Policy(
      [],
      [
        { rate: 5, burst: 5, matchesClient: everybody },
        { rate: 1, burst: 2, matchesClient: ({ fingerprint }) => fingerprint === '01' },
        { rate: 9, burst: 9, matchesClient: everybody },
      ],
    );
    const take = (fingerprint: string) =>
      policy.permissionsOf(clientWith(fingerprint)).takeToken(0, 'ed25519');
    expect([take('01'), take('01'), take('01')]).toEqual([true, true, false]);
    expect(Array.from({ length: 6 }, () => take('02'))).toEqual([true, true, true, true, true, false]);
  });

  it('has no limit where none matches', () => {
    const policy = new Policy([], [{ rate: 1, burst: 1, matchesClient: () => false }]);
    const permissions = policy.permissionsOf(client);
    expect(Array.from({ length: 100 }, () => permissions.takeToken(0, 'ed25519'))).not.toContain(false);
  });

  it('counts for each limit what it is for, and says how long it is spent', () => {
    const permissions = new Policy(
      [],
      [
        { rate: 10, burst: 3, matchesClient: () => true },
        { rate: 2, burst: 1, operations: new Set(['sign_delegated_credential']), matchesClient: () => true },
        { rate: 4, burst: 2, purposes: new Set(['unstated']), matchesClient: () => true },
      ],
    ).permissionsOf(client);
    const credentials = [0, 0].map((now) => permissions.takeToken(now, 'sign_delegated_credential'));
    const digests = [0, 0, 0].map((now) => permissions.takeToken(now, 'ed25519', 'unstated'));
    const handshakes = [0, 0, 0, 0].map((now) => permissions.takeToken(now, 'ed25519', 'tls13'));
    expect(credentials).toEqual([true, false]);
    expect(permissions.timeToToken('sign_delegated_credential')).toBe(500);
    expect(digests).toEqual([true, true, false]);
    expect(permissions.timeToToken('ed25519', 'unstated')).toBe(250);
    expect(handshakes).toEqual([true, true, true, false]);
  });

  it('tells signatures for one purpose from those for another', () => {
    const rule = {
      operations: new Set(['ed25519'] as const),
      matchesClient: () => true,
      matchesKey: () => true,
    };
    const permissions = new Policy([
      { ...rule, effect: 'allow', purposes: new Set(['tls13', 'tls12']) },
      { ...rule, effect: 'deny', purposes: new Set(['tls12']) },
    ]).permissionsOf(client);
    expect(permissions.verdict(key, 'ed25519', 'tls13')).toBe('allowed');
    expect(permissions.verdict(key, 'ed25519', 'tls12')).toBe('denied');
    expect(permissions.verdict(key, 'ed25519', 'unstated')).toBe('not_allowed');
  });

  it('forgets the client that was away for longest when there are very many', () => {
    const policy = new Policy([], [{ rate: 0.001, burst: 1, matchesClient: () => true }]);
    const take = (fingerprint: string) =>
      policy.permissionsOf(clientWith(fingerprint)).takeToken(0, 'ed25519');
    expect([take('first'), take('second')]).toEqual([true, true]);
    for (let other = 0; other < 9999; other++) {
      take(`other ${other}`);
      policy.permissionsOf(clientWith('second'));
    }
    expect([take('second'), take('first')]).toEqual([false, true]);
  });
});

describe('policyWithoutFile', () => {
  it('allows everything but decryption and delegated credentials', () => {
    const permissions = policyWithoutFile({ rsaDecrypt: false, delegatedCredentials: false }).permissionsOf(
      client,
    );
    const refused = ALL_OPERATIONS.filter((operation) => permissions.verdict(key, operation) !== 'allowed');
    expect(refused).toEqual(['decrypt_block', 'decrypt_premaster', 'sign_delegated_credential']);
    expect(permissions.verdict(undefined, 'seal')).toBe('allowed');
  });

  it('allows both where the configuration does', () => {
    const permissions = policyWithoutFile({ rsaDecrypt: true, delegatedCredentials: true }).permissionsOf(
      client,
    );
    for (const operation of ALL_OPERATIONS) expect(permissions.verdict(key, operation)).toBe('allowed');
  });
});

describe('a rate limit that several processes apply', () => {
  const limits = [
    { rate: 0.001, burst: 4, matchesClient: () => true, operations: new Set(['rsa_pkcs1_sha256'] as const) },
    { rate: 0.002, burst: 4, matchesClient: () => true },
  ];
  const take = (policy: Policy): boolean => policy.permissionsOf(client).takeToken(0, 'ed25519');

  it('counts what a client has used in another', async () => {
    const [here, there] = [new Policy([], limits), new Policy([], limits)];
    there.permissionsOf(client);
    const uses = await new Promise<readonly TokenUse[]>((resolve) => {
      here.recordUses(new TokenLedger(resolve));
      for (let count = 0; count < 3; count += 1) take(here);
    });
    there.chargeUses(uses, 0);
    expect([take(there), take(there)]).toEqual([true, false]);
  });

  it('has it make up for what was used in both at once', () => {
    const policy = new Policy([], limits);
    const permissions = policy.permissionsOf(client);
    for (let count = 0; count < 4; count += 1) permissions.takeToken(0, 'ed25519');
    policy.chargeUses([{ fingerprint: client.fingerprint, limit: 1, count: 4 }], 0);
    // 0.002 a second: 4 that were too many, and then one.
    expect([2_400_000, 2_600_000].map((now) => permissions.takeToken(now, 'ed25519'))).toEqual([false, true]);
  });

  it('is not confused by uses of a limit that it does not have', () => {
    const policy = new Policy([], limits);
    const permissions = policy.permissionsOf(client);
    policy.chargeUses(
      [
        { fingerprint: client.fingerprint, limit: 7, count: 100 },
        { fingerprint: 'ff'.repeat(32), limit: 1, count: 100 },
      ],
      0,
    );
    expect(permissions.takeToken(0, 'ed25519')).toBe(true);
  });
});
