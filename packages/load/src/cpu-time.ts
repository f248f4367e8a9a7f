import { readdirSync, readFileSync } from 'node:fs';

/** What a thread of a process has taken of a processor so far. */
export interface ThreadTime {
  readonly id: number;
  /** As the kernel calls it, 15 characters at most. */
  readonly name: string;
  /** CPU time in user and kernel, in microseconds: what the kernel counts in nanoseconds. */
  readonly cpu: number;
}

/**
 * CPU time of the threads of a process on this machine (Linux), the first thread first.
 *
 * @throws an error of the file system when there is no such process
 */
export function threadTimesOf(processId: number): ThreadTime[] {
  const tasks = `/proc/${processId}/task`;
  return readdirSync(tasks).flatMap((task) => {
    try {
      const nanoseconds = Number.parseInt(readFileSync(`${tasks}/${task}/schedstat`, 'utf8'), 10);
      const name = readFileSync(`${tasks}/${task}/comm`, 'utf8').trim();
      return [{ id: Number(task), name, cpu: nanoseconds / 1000 }];
    } catch (error) {
      // A thread may end between being listed and being read.
      if (['ENOENT', 'ESRCH'].includes((error as NodeJS.ErrnoException).code ?? '')) return [];
      throw error;
    }
  });
}

/** CPU time that the threads of a process have taken, in microseconds. */
export function cpuTimeOf(processId: number): number {
  return threadTimesOf(processId).reduce((sum, { cpu }) => sum + cpu, 0);
}
