import { fork } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { spreadOf, takeProcessors } from '@latchkey/load';
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
  /** Of the key server, in MiB: before, and at the most. */
  readonly memoryBefore: number;
  readonly memoryAtMost: number;
}

/**
 * Measures what an honest client, who has P-256 signatures made in an open loop, notices of clients who mean harm, and
 * how much memory they can make the key server take. The same latencies are measured just before each attack.
 */
export async function runHostileBenchmark(options: HostileOptions): Promise<void> {
  const processors = await takeProcessors();
  console.log(
    `${options.repeats} rounds of ${options.seconds} s at ${options.rate} P-256 signatures a second; median (lowest to highest)\n`,
  );
  const rows: string[][] = [];
  const attacks = (Object.keys(ATTACKS) as AttackName[]).filter((attack) => attack.includes(options.only));
  for (const attack of attacks) {
    const rounds: Round[] = [];
    while (rounds.length < options.repeats) {
      // A new one for each round: what the one before has left in memory would be taken for this one's.
      const subject = await KeyServerSubject.start(processors);
      try {
        rounds.push(await measureRound(subject, attack, options, rounds.length));
      } finally {
        await subject.stop();
      }
    }
    const show = (value: (round: Round) => number, digits: number) => formatRounds(rounds.map(value), digits);
    rows.push([
      attack,
      show(({ quietP99 }) => quietP99, 2),
      show(({ p99 }) => p99, 2),
      show(({ p99, quietP99 }) => p99 / quietP99, 2),
      show(({ memoryBefore }) => memoryBefore, 0),
      show(({ memoryAtMost }) => memoryAtMost, 0),
    ]);
    console.error(`measured: ${attack}`);
  }
  console.log(
    formatTable(['', 'quiet p99 ms', 'p99 ms', 'ratio', 'memory before MiB', 'memory at most MiB'], rows),
  );
}

async function measureRound(
  subject: KeyServerSubject,
  attack: AttackName,
  { seconds, rate }: HostileOptions,
  seed: number,
): Promise<Round> {
  // The first seconds of a process are not like those that follow.
  await measureP99(subject, { seconds, rate, seed });
  const quietP99 = await measureP99(subject, { seconds, rate, seed });
  const memoryBefore = residentMemory(subject.pid);
  let memoryAtMost = memoryBefore;
  const sampling = setInterval(() => {
    memoryAtMost = Math.max(memoryAtMost, residentMemory(subject.pid));
  }, 50);
  const attacker = fork(fileURLToPath(new URL('./attacker.js', import.meta.url)));
  try {
    const order: AttackOrder = { attack, channel: subject.channel };
    attacker.send(order);
    await once(attacker, 'message');
    const p99 = await measureP99(subject, { seconds, rate, seed });
    return { quietP99, p99, memoryBefore, memoryAtMost };
  } finally {
    clearInterval(sampling);
    attacker.kill('SIGKILL');
    await delay(100);
  }
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
