import { EdgeOptionsError } from './errors.js';

/**
 * Parses an option that is a whole number of at least 1.
 *
 * @throws EdgeOptionsError
 */
export function parseInteger(option: string, value: number, maximum: number): number {
  if (Number.isInteger(value) && value >= 1 && value <= maximum) return value;
  throw new EdgeOptionsError(option, `must be a whole number from 1 to ${maximum}, not ${String(value)}`);
}
