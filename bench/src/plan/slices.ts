import type { LoadBench, LoadOptions, ServedLoad } from './served-load.js';

/** One of many short measurements of one load. */
export interface Slice {
  readonly asked: LoadOptions;
  readonly served: ServedLoad;
}

/**
 * Measures a load in slices, one after the other: a virtual machine is not the same one for long, so what is to be compared has to
 * be of the same moments.
 *
 * @param load the share of its processor that the key server is to use
 * @param rate to begin with: as the machine changes, so does the rate at which it is so busy
 */
export async function serveSlices(
  bench: LoadBench,
  load: number,
  rate: number,
  { slices, seconds, seed }: { readonly slices: number; readonly seconds: number; readonly seed: number },
): Promise<Slice[]> {
  const served: Slice[] = [];
  let next = rate;
  while (served.length < slices) {
    const asked = { rate: next, seconds, warmUpSeconds: seconds / 5, seed: seed + served.length };
    const slice = { asked, served: await bench.serve(asked) };
    served.push(slice);
    next = followingRate(load, slice);
  }
  return served;
}

/** Half of the way to where it would be as busy as it is to be: how busy it is is a matter of luck, too. */
export function followingRate(
  load: number,
  {
    asked,
    served,
  }: { readonly asked: { readonly rate: number }; readonly served: { readonly busy: number } },
): number {
  return asked.rate * Math.sqrt(load / served.busy);
}
