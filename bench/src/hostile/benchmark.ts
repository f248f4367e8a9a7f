import { fork } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { BenchmarkError, type ProcessorPlan, spreadOf, takeProcessors } from '@latchkey/load';
import { comeAtOnce, letSessionComeFirst, letSessionComeLast } from '../precedence.js';
import { formatTable } from '../server/table.js';
import type { AttackOrder } from './attacker.js';
import { ATTACKS, type SubjectName } from './attacks.js';
import { type Subject, SUBJECTS } from './subject.js';

/** How a run is made. */
export interface HostileOptions {
  readonly subject: SubjectName;
  readonly repeats: number;
  /** Attacks whose names have this in them are made. */
  readonly only: string;
  /** How long latencies are measured, quiet and under each attack. */
  readonly seconds: number;
  /** How often in a second honest clients ask for something. */
  readonly rate: number;
}

/** What a run has of this machine. */
interface Machine {
  readonly processors: ProcessorPlan | undefined;
  /** Whether it may come before others. */
  readonly hasPrecedence: boolean;
}

/** What one attack did. */
interface Round {
  readonly quietP99: number;
  readonly p99: number;
  /** While the control was attacked instead. */
  readonly controlP99: number;
  /** Of the server, in MiB: before, and at the most. */
  readonly memoryBefore: number;
  readonly memoryAtMost: number;
}

/**
 * Measures what honest clients notice of clients who mean harm, and how much memory these can make a server take. The
 * same latencies are measured just before each attack, and while the same attacker attacks another server of the kind, the
 * control: what honest clients notice of that, the machine does.
 */
export async function runHostileBenchmark(options: HostileOptions): Promise<void> {
  const machine = { processors: await takeProcessors(), hasPrecedence: await beOnTime() };
  const { repeats, seconds, rate, subject } = options;
  console.log(
    `${subject}: ${repeats} rounds of ${seconds} s at ${rate} ${SUBJECTS[subject].work} a second; median (lowest to highest)\n`,
  );
  const rows: string[][] = [];
  const attacks = Object.keys(ATTACKS[subject]).filter((attack) => attack.includes(options.only));
  for (const attack of attacks) {
    const rounds: Round[] = [];
    while (rounds.length < options.repeats) {
      rounds.push(await measureRound(attack, options, rounds.length, machine));
    }
    const show = (value: (round: Round) => number, digits: number) => formatRounds(rounds.map(value), digits);
    rows.push([
      attack,
      show(({ quietP99 }) => quietP99, 2),
      show(({ p99 }) => p99, 2),
      show(({ p99, quietP99 }) => p99 / quietP99, 2),
      show(({ controlP99 }) => controlP99, 2),
      show(({ p99, controlP99 }) => p99 / controlP99, 2),
      show(({ memoryBefore }) => memoryBefore, 0),
      show(({ memoryAtMost }) => memoryAtMost, 0),
    ]);
    console.error(`measured: ${attack}`);
  }
  console.log(formatTable(HEADER, rows));
}

const HEADER = [
  '',
  'quiet p99 ms',
  'p99 ms',
  'ratio',
  'control p99 ms',
  'ratio to control',
  'memory before MiB',
  'memory at most MiB',
];

/**
 * This process is the honest clients: that threads of its own keep it from its processor must not count as the server's.
 *
 * @returns whether it may have that
 */
async function beOnTime(): Promise<boolean> {
  try {
    await comeAtOnce(process.pid);
    return true;
  } catch (error) {
    if (!(error instanceof BenchmarkError)) throw error;
    console.error('without root, what honest clients lose by their own garbage collection is measured too');
    return false;
  }
}

async function measureRound(
  attack: string,
  { subject: name, seconds, rate }: HostileOptions,
  seed: number,
  { processors, hasPrecedence }: Machine,
): Promise<Round> {
  const { start } = SUBJECTS[name];
  // New ones for each round: what the one before has left in memory would be taken for this one's.
  const subject = await start(processors);
  const control = await start(processors);
  try {
    // Whatever else this machine does, in a shell that has precedence from a benchmark before, is not to count as the attack's.
    if (hasPrecedence) for (const processId of subject.processIds) letSessionComeFirst(processId);
    // It is served as fully as the subject, but never keeps the subject waiting.
    for (const processId of control.processIds) await letSessionComeLast(processId);
    const measure = () => subject.measureP99({ seconds, rate, seed });
    const attackOn = ({ target }: Subject): AttackOrder => ({ subject: name, attack, target });
    // The first seconds of a process are not like those that follow.
    await measure();
    const quietP99 = await measure();
    const controlP99 = await whileAttacked(attackOn(control), measure);
    const memory = watchMemory(subject.processIds[0]);
    const p99 = await whileAttacked(attackOn(subject), measure);
    return { quietP99, p99, controlP99, ...memory.stop() };
  } finally {
    await Promise.all([subject.stop(), control.stop()]);
  }
}

async function whileAttacked<Result>(order: AttackOrder, measure: () => Promise<Result>): Promise<Result> {
  const attacker = fork(fileURLToPath(new URL('./attacker.js', import.meta.url)));
  const ended = once(attacker, 'exit').then(() => {
    throw new BenchmarkError(`whoever was to make the attack ${order.attack} has ended`);
  });
  try {
    attacker.send(order);
    await Promise.race([once(attacker, 'message'), ended]);
    return await Promise.race([measure(), ended]);
  } finally {
    attacker.kill('SIGKILL');
    await delay(100);
  }
}

function watchMemory(processId: number): { stop: () => Pick<Round, 'memoryBefore' | 'memoryAtMost'> } {
  const memoryBefore = residentMemory(processId);
  let memoryAtMost = memoryBefore;
  const sampling = setInterval(() => {
    memoryAtMost = Math.max(memoryAtMost, residentMemory(processId));
  }, 50);
  return {
    stop: () => {
      clearInterval(sampling);
      return { memoryBefore, memoryAtMost };
    },
  };
}

/** In MiB. */
function residentMemory(processId: number): number {
  const [, kibibytes = 'NaN'] =
    /^VmRSS:\s*(\d+)/m.exec(readFileSync(`/proc/${processId}/status`, 'utf8')) ?? [];
  return Number(kibibytes) / 1024;
}

function formatRounds(values: readonly number[], digits: number): string {
  const { median, lowest, highest } = spreadOf(values);
  return `${median.toFixed(digits)} (${lowest.toFixed(digits)} to ${highest.toFixed(digits)})`;
}
