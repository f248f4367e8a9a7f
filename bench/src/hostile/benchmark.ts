import { fork } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { BenchmarkError, type ProcessorPlan, spreadOf, takeProcessors } from '@latchkey/load';
import { comeAtOnce, letSessionComeLast } from '../precedence.js';
import { KeyServerSubject } from '../server/subject.js';
import { formatTable } from '../server/table.js';
import type { AttackOrder } from './attacker.js';
import { type AttackName, ATTACKS } from './attacks.js';
import { measureP99 } from './honest-client.js';

/** How a run is made. */
export interface HostileOptions {
  readonly repeats: number;
  /** Attacks whose names have this in them are made. */
  readonly only: string;
  /** How long latencies are measured, quiet and under each attack. */
  readonly seconds: number;
  /** The honest client's requests per second. */
  readonly rate: number;
}

/** What one attack did. */
interface Round {
  readonly quietP99: number;
  readonly p99: number;
  /** While the control was attacked instead. */
  readonly controlP99: number;
  /** Of the key server, in MiB: before, and at the most. */
  readonly memoryBefore: number;
  readonly memoryAtMost: number;
}

/**
 * Measures what an honest client, who has P-256 signatures made in an open loop, notices of clients who mean harm, and
 * how much memory they can make the key server take. The same latencies are measured just before each attack, and while
 * the same attacker attacks another key server, the control: what the honest client notices of that, the machine does.
 */
export async function runHostileBenchmark(options: HostileOptions): Promise<void> {
  const processors = await takeProcessors();
  await beOnTime();
  console.log(
    `${options.repeats} rounds of ${options.seconds} s at ${options.rate} P-256 signatures a second; median (lowest to highest)\n`,
  );
  const rows: string[][] = [];
  const attacks = (Object.keys(ATTACKS) as AttackName[]).filter((attack) => attack.includes(options.only));
  for (const attack of attacks) {
    const rounds: Round[] = [];
    while (rounds.length < options.repeats) {
      rounds.push(await measureRound(attack, options, rounds.length, processors));
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

/** This process is the honest client: that threads of its own keep it from its processor must not count as the server's. */
async function beOnTime(): Promise<void> {
  try {
    await comeAtOnce(process.pid);
  } catch (error) {
    if (!(error instanceof BenchmarkError)) throw error;
    console.error('without root, what the honest client loses by its own garbage collection is measured too');
  }
}

async function measureRound(
  attack: AttackName,
  { seconds, rate }: HostileOptions,
  seed: number,
  processors: ProcessorPlan | undefined,
): Promise<Round> {
  // New ones for each round: what the one before has left in memory would be taken for this one's.
  const subject = await KeyServerSubject.start(processors);
  const control = await KeyServerSubject.start(processors);
  try {
    // It is served as fully as the subject, but never keeps the subject waiting.
    await letSessionComeLast(control.pid);
    const measure = () => measureP99(subject, { seconds, rate, seed });
    // The first seconds of a process are not like those that follow.
    await measure();
    const quietP99 = await measure();
    const controlP99 = await whileAttacked(control, attack, measure);
    const memory = watchMemory(subject.pid);
    const p99 = await whileAttacked(subject, attack, measure);
    return { quietP99, p99, controlP99, ...memory.stop() };
  } finally {
    await Promise.all([subject.stop(), control.stop()]);
  }
}

async function whileAttacked<Result>(
  { channel }: KeyServerSubject,
  attack: AttackName,
  measure: () => Promise<Result>,
): Promise<Result> {
  const attacker = fork(fileURLToPath(new URL('./attacker.js', import.meta.url)));
  try {
    const order: AttackOrder = { attack, channel };
    attacker.send(order);
    await once(attacker, 'message');
    return await measure();
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
