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
