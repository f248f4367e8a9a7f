import { z } from 'zod';
import { fail, wholeNumber } from '../configuration/values.js';
import { clientPattern } from './client-pattern.js';
import { keyPattern } from './key-pattern.js';
import type { PolicyLimit, PolicyRule } from './policy.js';
import { hasPurpose, usesPrivateKey } from './policy-operation.js';
import { allOr, operations, purposes, rate, strictObject } from './values.js';

/**
 * The content of a policy file.
 *
 * @param folder what relative paths in it are relative to
 */
export function policySchema(folder: string) {
  return z.object({
    rules: z.array(rule(folder), 'must be a list of rules; "rules: []" allows nothing to anybody'),
    limits: z.array(limit(), 'must be a list of limits').default([]),
  });
}

function rule(folder: string) {
  return strictObject({
    clients: allOr(clientPattern()),
    keys: allOr(keyPattern(folder)).optional(),
    purposes: purposes().optional(),
    allow: operations().optional(),
    deny: operations().optional(),
  }).transform(({ clients, keys, purposes: stated, allow, deny }, context): PolicyRule => {
    if (allow !== undefined && deny !== undefined) {
      return fail(context, 'cannot both allow and deny: make two rules of it');
    }
    const named = allow ?? deny;
    if (named === undefined) return fail(context, 'must have operations to "allow" or to "deny"');
    const wantsKeys = [...named].some(usesPrivateKey);
    if (wantsKeys && keys === undefined) return fail(context, 'must say with which "keys", e.g. "keys: all"');
    if (!wantsKeys && keys !== undefined) {
      return fail(context, 'has operations that use none of the keys only: leave "keys" out');
    }
    if (stated !== undefined && ![...named].every(hasPurpose)) {
      return fail(context, 'has operations that are no signatures: "purposes" says what signatures are for');
    }
    return {
      effect: allow === undefined ? 'deny' : 'allow',
      operations: named,
      purposes: stated,
      matchesClient: clients,
      matchesKey: keys ?? (() => false),
    };
  });
}

function limit() {
  return strictObject({
    clients: allOr(clientPattern()),
    operations: operations().optional(),
    purposes: purposes().optional(),
    rate: rate(),
    burst: wholeNumber(1, 1_000_000_000).optional(),
  }).transform(({ clients, operations: counted, purposes: stated, rate: perSecond, burst }): PolicyLimit => ({
    matchesClient: clients,
    operations: counted,
    purposes: stated,
    rate: perSecond,
    burst: burst ?? Math.ceil(perSecond),
  }));
}
