/** What visitors do in a measurement, as often as is asked for. */
export interface Load {
  run(count: number): Promise<void>;
  /** Ends what it keeps open in between. */
  close(): Promise<void>;
}

/** Does something so many times, at most so many at once. Fails with the first that fails. */
export async function runConcurrently(
  concurrency: number,
  count: number,
  task: (worker: number) => Promise<void>,
): Promise<void> {
  let left = count;
  await Promise.all(
    Array.from({ length: Math.min(concurrency, count) }, async (_, worker) => {
      while (left > 0) {
        left -= 1;
        await task(worker);
      }
    }),
  );
}
