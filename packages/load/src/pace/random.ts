/** Numbers from 0 up to, not including, 1 that a seed decides: good enough to spread load, and for nothing secret. */
export type RandomSource = () => number;

/** The same seed (32 bit) gives the same numbers: mulberry32. */
export function randomSource(seed: number): RandomSource {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
