/**
 * Makes a process take more CPU time for the same work. The function that comes out is to be called for every piece of work;
 * now and then it computes for a share of the CPU time that the process has taken for the pieces since the last time, which it
 * measures itself. So the share is that of what the work costs at that moment, however disturbed the machine is. Where it has
 * computed for too long it computes for less the next time.
 *
 * Its text is planted in another version's code: it may use nothing but what Node has without an import.
 *
 * @param share 0.1 for 10 %
 * @param cpuTime in microseconds; default: that of this process
 */
export function slowdownOf(
  share: number,
  cpuTime = () => {
    const { user, system } = process.cpuUsage();
    return user + system;
  },
): () => void {
  // Looking at the clock costs as much as a small piece of work: too often would slow down more than was asked for.
  const PIECES = 128;
  // Enough not to look at the clock all the time, little enough to end in time.
  const STEPS = 500;
  let pieces = 0;
  let since: number | undefined;
  let owed = 0;
  let number = share;
  return () => {
    pieces += 1;
    if (pieces < PIECES) return;
    pieces = 0;
    const begin = cpuTime();
    // What the process did before its first piece is no piece's.
    if (since !== undefined) owed += (begin - since) * share;
    since = begin;
    while (owed > 0) {
      for (let step = 0; step < STEPS; step += 1) number = (number * 31 + step) % 65_521;
      const now = cpuTime();
      owed -= now - since;
      since = now;
    }
  };
}
