import { fork } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { randomSource, spreadOf } from '@latchkey/load';
import { Answers, encodeRequests, LoadConnection } from '@latchkey/load/kssl1';
import { measureLatencies } from '../server/open-loop.js';
import { takeProcessors } from '../server/processors.js';
import { KeyServerSubject } from '../server/subject.js';
import { formatTable } from '../server/table.js';
import type { AttackOrder } from './attacker.js';
import { type AttackName, ATTACKS } from './attacks.js';

/** How a run is made. */
export interface HostileOptions {
  readonly repeats: number;
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
  for (const attack of Object.keys(ATTACKS) as AttackName[]) {
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

async function measureP99(
  { channel, publicKeys }: KeyServerSubject,
  { seconds, rate, seed }: { readonly seconds: number; readonly rate: number; readonly seed: number },
): Promise<number> {
  const answers = new Answers();
  const requests = encodeRequests(
    [{ operation: 'ecdsa_sha256', publicKey: publicKeys.get('p-256') }],
    4096,
    seed,
  );
  const connection = await LoadConnection.open(channel, { requests, records: 'shared', answers });
  try {
    const measured = measureLatencies([connection], answers, { rate, seconds, random: randomSource(seed) });
    const { p99 } = await Promise.race([measured, connection.broken]);
    answers.requireNoFailures();
    answers.verify(requests);
    return p99;
  } finally {
    connection.close();
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
