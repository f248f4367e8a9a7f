import { z } from 'zod';
import { issuePath } from '../configuration/issue.js';
import { nearest } from '../configuration/suggestion.js';
import { fail, listFromText } from '../configuration/values.js';
import {
  operationsNamed,
  type PolicyOperation,
  SIGNATURE_PURPOSES,
  type SignaturePurpose,
} from './policy-operation.js';

// What may stand in a policy file besides the patterns of clients and keys.

/** An object with these fields and no others. */
export function strictObject<Shape extends z.ZodRawShape>(shape: Shape) {
  return z.strictObject(shape, {
    error: (issue) => {
      if (issue.code !== 'unrecognized_keys') return `must have fields, of ${Object.keys(shape).join(', ')}`;
      const suggestion = nearest(issue.keys[0] ?? '', Object.keys(shape));
      if (suggestion !== undefined) return `is not known: did you mean ${suggestion}?`;
      return `is not known here: there are ${Object.keys(shape).join(', ')}`;
    },
  });
}

/** The word `all`, or a list of patterns of which one must match. */
export function allOr<Subject>(pattern: z.ZodType<(subject: Subject) => boolean>) {
  const error = 'must be "all" or a list of patterns';
  const patterns = z.array(pattern, { error }).min(1, { error });
  return z.unknown().transform((value, context): ((subject: Subject) => boolean) => {
    if (value === 'all') return () => true;
    const outcome = patterns.safeParse(value);
    if (outcome.success) return (subject) => outcome.data.some((matches) => matches(subject));
    for (const issue of outcome.error.issues) {
      context.addIssue({ code: 'custom', message: issue.message, path: issuePath(issue) });
    }
    return z.NEVER;
  });
}

/** A list of operations, or one by itself. */
export function operations() {
  const error = 'must be a list of operations, e.g. "[sign]"';
  const word = z.string({ error }).transform((name, context) => {
    const named = operationsNamed(name.trim());
    if (named.length > 0) return named;
    return fail(context, `there is no operation "${name}": there are ${OPERATION_WORDS}`);
  });
  return z
    .preprocess(listFromText, z.array(word, { error }).min(1, { error }))
    .transform((named): ReadonlySet<PolicyOperation> => new Set(named.flat()));
}

/** What signatures are for: a list, or one by itself. */
export function purposes() {
  const error = `must be a list of purposes of signatures: there are ${SIGNATURE_PURPOSES.join(', ')}`;
  return z
    .preprocess(listFromText, z.array(z.enum(SIGNATURE_PURPOSES, { error }), { error }).min(1, { error }))
    .transform((named): ReadonlySet<SignaturePurpose> => new Set(named));
}

/** How often in how long, e.g. `500/s`; becomes a number per second. */
export function rate() {
  const error = 'must be a number per second, minute or hour, e.g. 500/s, 100/m or 10/h';
  return z.string({ error }).transform((text, context) => {
    const [, count, unit = ''] = /^(\d{1,9}) *\/ *([smh])$/.exec(text.trim()) ?? [];
    const perSecond = Number(count) / (SECONDS[unit] ?? Number.NaN);
    return perSecond > 0 ? perSecond : fail(context, error);
  });
}

const SECONDS: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3600 };

const OPERATION_WORDS =
  'sign, a signature scheme or a pattern of them (rsa_pss_*, ecdsa_sha256, ed25519), decrypt, seal, unseal, custom, rpc';
