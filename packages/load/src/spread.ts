/** Several measurements of one thing. */
export interface Spread {
  readonly median: number;
  readonly lowest: number;
  readonly highest: number;
}

/**
 * The median of measurements and how far they lie apart.
 *
 * @param values at least one
 */
export function spreadOf(values: readonly number[]): Spread {
  const [lowest, ...others] = values.toSorted((a, b) => a - b);
  if (lowest === undefined) throw new RangeError('there is nothing measured');
  const sorted = [lowest, ...others];
  const at = (index: number) => sorted[index] ?? lowest;
  const middle = sorted.length / 2;
  const median = (at(Math.ceil(middle) - 1) + at(Math.floor(middle))) / 2;
  return { median, lowest, highest: at(sorted.length - 1) };
}
