import { UsageError } from './errors.js';

/**
 * A whole number in decimal.
 *
 * @throws {@link UsageError} naming the option
 */
export function parseInteger(
  option: string,
  text: string,
  { minimum, maximum }: { readonly minimum: number; readonly maximum: number },
): number {
  const value = /^\d{1,15}$/.test(text) ? Number(text) : Number.NaN;
  if (!(value >= minimum && value <= maximum))
    throw new UsageError(`${option} ${text}: expected a whole number from ${minimum} to ${maximum}`);
  return value;
}

/** A TCP port, where 0 stands for any that is free. */
export function parsePort(option: string, text: string): number {
  return parseInteger(option, text, { minimum: 0, maximum: 65_535 });
}
