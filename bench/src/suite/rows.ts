import { type Baseline, type MeasuredLoad, type Measurement, spreadOf } from '@latchkey/load';
import { type AttemptedLoad, ATTEMPTS } from './attempts.js';

/** What a row of the table is called, and how it was asked. */
export type RowName = Pick<Measurement, 'id' | 'title' | 'group' | 'pace' | 'series'>;

/** A load that comes at a rate of its own. */
export function rowOf({ measured, attempts }: AttemptedLoad, name: RowName): Measurement {
  const { result, refusal, server } = measured;
  if (refusal !== undefined)
    return { ...name, refusal: `${refusal}, in each of ${attempts} attempts`, server };
  if (attempts === 1) return { ...name, result, server };
  const note = `the generator was in time in attempt ${attempts} of at most ${ATTEMPTS}`;
  return { ...name, result, note, server };
}

/**
 * As much as can be under way, several times over: the repeat in the middle by rate, and what all of them cost.
 *
 * @param repeats at least one
 */
export function rowOfRepeats(repeats: readonly MeasuredLoad[], name: RowName): Measurement {
  const good = repeats.filter(({ refusal }) => refusal === undefined);
  const shown = good.toSorted((one, other) => one.result.rate - other.result.rate)[
    Math.floor((good.length - 1) / 2)
  ];
  const refusal = repeats.find((each) => each.refusal !== undefined)?.refusal;
  return {
    ...name,
    ...(shown !== undefined ? { result: shown.result } : refusal !== undefined && { refusal }),
    server: { cpuPerOperation: repeats.map(cpuOf), threads: repeats.at(-1)?.server.threads ?? [] },
  };
}

/**
 * What does the same in some other way, in the same repeats.
 *
 * @param cpuPerOperation CPU time in microseconds, of each repeat
 */
export function baselineOf(
  title: string,
  repeats: readonly MeasuredLoad[],
  cpuPerOperation: readonly number[],
): Baseline {
  const ratio = spreadOf(
    repeats.map((repeat, index) => cpuOf(repeat) / (cpuPerOperation[index] ?? Number.NaN)),
  );
  return { title, cpuPerOperation, ratio };
}

/** CPU time of the server for each operation, in microseconds. */
export function cpuOf({ server }: MeasuredLoad): number {
  return server.cpuPerOperation[0] ?? Number.NaN;
}
