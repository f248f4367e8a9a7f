import { execFile } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { constants, setPriority } from 'node:os';
import { promisify } from 'node:util';
import { BenchmarkError } from '@latchkey/load';

const run = promisify(execFile);
const { PRIORITY_HIGHEST, PRIORITY_LOW } = constants.priority;

/**
 * Lets this process, and what it will start, have their processors before all else on this machine: a plan is for machines that do
 * nothing else.
 *
 * @throws {BenchmarkError} where that is not allowed
 */
export function comeBeforeOthers(): void {
  try {
    setPriority(PRIORITY_HIGHEST);
  } catch (error) {
    throw refusal(error);
  }
  const before = sessionPriority();
  letSessionComeFirst(process.pid);
  // The session is most often a shell's: what that runs later is to have no precedence over measurements of others.
  process.once('exit', () => setSessionPriority(process.pid, before));
}

/** The same for a process that it has started in a session of its own, since Linux shares processors between sessions first. */
export function letSessionComeFirst(processId: number): void {
  setSessionPriority(processId, PRIORITY_HIGHEST);
}

/**
 * Lets a process that was started in a session of its own have what all others leave of its processor.
 *
 * @throws {BenchmarkError} where that is not allowed
 */
export async function letSessionComeLast(processId: number): Promise<void> {
  await comeLast(processId);
  setSessionPriority(processId, PRIORITY_LOW);
}

/**
 * Lets a process have its processor whenever it wants it, those that come before others notwithstanding. What it starts later
 * has it as ever.
 *
 * @throws {BenchmarkError} where that is not allowed
 */
export async function comeAtOnce(processId: number): Promise<void> {
  try {
    await run('chrt', ['--fifo', '--reset-on-fork', '--pid', '1', String(processId)]);
  } catch (error) {
    throw refusal(error);
  }
}

/** The opposite of {@link comeAtOnce}. */
export async function comeWithOthers(processId: number): Promise<void> {
  await run('chrt', ['--other', '--pid', '0', String(processId)]);
}

/** Lets a process have what others of its session leave of its processor. */
export async function comeLast(processId: number): Promise<void> {
  await run('chrt', ['--idle', '--all-tasks', '--pid', '0', String(processId)]);
}

/** That of this process's session; the normal one where the kernel knows no such groups. */
function sessionPriority(): number {
  try {
    const [, nice = '0'] = / nice (-?\d+)/.exec(readFileSync('/proc/self/autogroup', 'utf8')) ?? [];
    return Number(nice);
  } catch {
    return constants.priority.PRIORITY_NORMAL;
  }
}

function setSessionPriority(processId: number, priority: number): void {
  try {
    writeFileSync(`/proc/${processId}/autogroup`, String(priority));
  } catch (error) {
    // A kernel that knows no such groups has only the threads' own priorities.
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw refusal(error);
  }
}

function refusal(cause: unknown): BenchmarkError {
  return new BenchmarkError('it takes root, or CAP_SYS_NICE, to come before others on this machine', {
    cause,
  });
}
