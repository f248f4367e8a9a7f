import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** Which processor has which part in a measurement. */
export interface ProcessorPlan {
  readonly server: number;
  readonly client: number;
}

/**
 * Confines this process, and what it will start, to the client's processor.
 *
 * @returns undefined where there is no `taskset`: then nothing is confined
 */
export async function takeProcessors(): Promise<ProcessorPlan | undefined> {
  const [first = 0, second = first] = allowedProcessors();
  const plan = { server: first, client: second };
  try {
    await confine(process.pid, plan.client);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
  return plan;
}

/** Lets all threads of a process, those that are to come too, run on this processor alone. */
export async function confine(processId: number, processor: number): Promise<void> {
  await run('taskset', ['--all-tasks', '--cpu-list', '--pid', String(processor), String(processId)]);
}

/** The numbers in a list of the kernel's, e.g. `0-2,5`. */
export function parseProcessorList(list: string): number[] {
  return list.split(',').flatMap((range) => {
    const [first = 0, last = first] = range.split('-').map(Number);
    return Array.from({ length: last - first + 1 }, (_, index) => first + index);
  });
}

function allowedProcessors(): number[] {
  const status = readFileSync('/proc/self/status', 'utf8');
  const [, list = '0'] = /^Cpus_allowed_list:\s*(\S+)$/m.exec(status) ?? [];
  return parseProcessorList(list);
}
