import { z } from 'zod';

/** The path of a file. */
export const path = z
  .string({ error: 'must be the path of a file' })
  .min(1, { error: 'must be the path of a file' });

/** A duration in milliseconds of at least 1. */
export function milliseconds(maximum: number) {
  return wholeNumber('milliseconds', 1, maximum);
}

/** @param what is counted, for the message */
export function wholeNumber(what: string, minimum: number, maximum: number) {
  const error = `must be a number of ${what} from ${minimum} to ${maximum}`;
  return z.int({ error }).min(minimum, { error }).max(maximum, { error });
}

/** Something that is written as a text. YAML takes `listen: 8443` for a number. */
export function parsedText<Value>(parse: (text: string) => Value | undefined, error: string) {
  return z.union([z.string(), z.number().transform(String)], { error }).transform((text, context): Value => {
    const value = parse(text);
    if (value !== undefined) return value;
    context.addIssue({ code: 'custom', message: error });
    return z.NEVER;
  });
}
