import type { z } from 'zod';
import type { Entry } from './file.js';
import type { ConfigurationProblem } from './problem.js';

/**
 * Says where the value stands that a schema does not accept.
 *
 * @param entryOf finds an entry by the name that the schema has for it
 * @param fileName what to name where an entry is missing
 */
export function problemOf(
  issue: z.core.$ZodIssue,
  entryOf: (name: string) => Entry | undefined,
  fileName: string,
): ConfigurationProblem {
  const [name = '', ...path] = issuePath(issue).map(String);
  const entry = entryOf(name);
  return {
    source: entry?.source ?? fileName,
    ...entry?.positionOf?.(path),
    key: [entry?.name ?? name, ...path].join('.'),
    message: issue.message,
  };
}

/** The path to what is wrong; to a field that should not be there, not to what holds it. */
export function issuePath(issue: z.core.$ZodIssue): PropertyKey[] {
  return issue.code === 'unrecognized_keys' ? [...issue.path, ...issue.keys.slice(0, 1)] : issue.path;
}
