import type { BackoffConfiguration } from './configuration.js';

/**
 * How long to wait before the next attempt, in milliseconds.
 *
 * @param failures how many attempts have failed in a row, from 1
 * @param random a number from 0 to 1
 */
export function backoffDelay(
  backoff: BackoffConfiguration,
  failures: number,
  random = Math.random(),
): number {
  const delay = Math.min(backoff.maximum, backoff.initial * 2 ** (failures - 1));
  return delay * (1 - backoff.jitter * random);
}
