import { resolve, sep } from 'node:path';
import { fail, path, text } from '../configuration/values.js';
import { toHexadecimal } from './client-identity.js';
import type { PolicyKey } from './policy.js';
import { strictObject } from './values.js';

/** Whether a key is meant. */
type KeyTest = (key: PolicyKey) => boolean;

/**
 * A pattern of keys: one of the ways to name some.
 *
 * @param folder what relative paths are relative to
 */
export function keyPattern(folder: string) {
  return strictObject({
    ski: text(SKI_FORM)
      .transform((value, context) => ski(value) ?? fail(context, SKI_FORM))
      .optional(),
    label: text('must be the label of a key: for a key file its name without ".key"')
      .transform(label)
      .optional(),
    directory: path()
      .transform((value) => directory(resolve(folder, value)))
      .optional(),
  }).transform((conditions, context): KeyTest => {
    const tests = Object.values(conditions).filter((test) => test !== undefined);
    const [test] = tests;
    if (test !== undefined && tests.length === 1) return test;
    return fail(context, 'must have one of ski, label and directory');
  });
}

const SKI_FORM =
  'must be 40 hexadecimal digits in quotes, with or without colons, as "latchkey keys" prints it';

/** SHA-1, in bytes. */
const SKI_LENGTH = 20;

function ski(value: string): KeyTest | undefined {
  const wanted = toHexadecimal(value, SKI_LENGTH);
  if (wanted === undefined) return undefined;
  return (key) => Buffer.from(key.ski).toString('hex') === wanted;
}

function label(wanted: string): KeyTest {
  return (key) => key.label === wanted;
}

/** Files in the folder and in its subfolders. */
function directory(wanted: string): KeyTest {
  const prefix = wanted.endsWith(sep) ? wanted : wanted + sep;
  return ({ file }) => file !== undefined && resolve(file).startsWith(prefix);
}
