import {
  type GeneratorOptions,
  type GeneratorOrder,
  LoadGenerators,
  type MeasuredLoad,
  measureWith,
} from '@latchkey/load';

/** How often a load that comes at a rate of its own is measured at most until the generator was in time. */
export const ATTEMPTS = 3;

/** A load that comes at a rate of its own. */
export interface AttemptedLoad {
  /** In the last attempt. */
  readonly measured: MeasuredLoad;
  /** How many it took: 1 to {@link ATTEMPTS}. */
  readonly attempts: number;
}

/**
 * Measures a load that comes at a rate of its own, and again where the generator was late: what the machine did to it then says
 * nothing of the server, and the next time there may be none of it. The generator stays connected, and its code compiled.
 *
 * @param processIds of the server, on this machine
 * @throws {BenchmarkError} when the server cannot be measured
 */
export async function measureInTime(
  order: GeneratorOrder,
  processIds: readonly number[],
  options: Pick<GeneratorOptions, 'onProgress'>,
): Promise<AttemptedLoad> {
  const generators = await LoadGenerators.open(order);
  try {
    for (let attempts = 1; ; attempts += 1) {
      const measured = await measureWith(generators, processIds, options);
      if (measured.refusal === undefined || attempts === ATTEMPTS) return { measured, attempts };
    }
  } finally {
    generators.close();
  }
}
