import { closeSync, openSync, readSync } from 'node:fs';
import type { Pause } from '@latchkey/plan';

/** What the kernel says of a thread, in microseconds since it was started. */
export interface ThreadTimes {
  /** How long it had a processor. */
  readonly ran: number;
  /** How long it waited for one that others had: counted when it gets it. */
  readonly waited: number;
}

/**
 * Finds out when threads that share a processor were kept from it by others: kernel threads, threads of V8's that collect garbage,
 * other programs. What they do to each other does not count.
 */
export class Waits {
  readonly #shortest: number;
  readonly #looks: { readonly at: number; readonly threads: readonly ThreadTimes[] }[] = [];

  /** @param shortest that is told, in microseconds */
  constructor(shortest: number) {
    this.#shortest = shortest;
  }

  /** @returns when they were kept waiting until some moment since the last look; undefined: they were not */
  look(at: number, threads: readonly ThreadTimes[]): Pause | undefined {
    const last = this.#looks.at(-1);
    this.#looks.push({ at, threads });
    if (last === undefined) return undefined;
    let longest: Pause | undefined;
    for (const [index, { ran, waited }] of threads.entries()) {
      const before = last.threads[index] ?? { ran, waited };
      const wait = waited - before.waited;
      if (wait < this.#shortest) continue;
      // It has had its processor since.
      const end = Math.max(last.at, at - (ran - before.ran));
      const kept = wait - this.#ranMeanwhile(index, Math.min(end - wait, last.at), threads);
      if (kept >= this.#shortest && kept > (longest ? longest.end - longest.begin : 0))
        longest = { begin: end - kept, end };
    }
    // No wait is longer than that.
    while ((this.#looks[0]?.at ?? at) < at - LONGEST_WAIT) this.#looks.shift();
    return longest;
  }

  /** How long the other threads had the processor since then. */
  #ranMeanwhile(thread: number, since: number, now: readonly ThreadTimes[]): number {
    const then = (this.#looks.findLast(({ at }) => at <= since) ?? this.#looks[0])?.threads ?? now;
    return now.reduce(
      (sum, { ran }, index) => sum + (index === thread ? 0 : ran - (then[index]?.ran ?? ran)),
      0,
    );
  }
}

/** In microseconds. */
const LONGEST_WAIT = 500_000;

/** Reads what the kernel says of a thread, again and again (`/proc/PID/task/ID/schedstat`). */
export class ThreadClock {
  readonly #file: number;
  readonly #bytes = Buffer.alloc(64);

  constructor(processId: number, threadId: number) {
    this.#file = openSync(`/proc/${processId}/task/${threadId}/schedstat`, 'r');
  }

  read(): ThreadTimes {
    const length = readSync(this.#file, this.#bytes, 0, this.#bytes.length, 0);
    const [ran = 0, waited = 0] = this.#bytes.toString('latin1', 0, length).split(' ').map(Number);
    return { ran: ran / 1000, waited: waited / 1000 };
  }

  close(): void {
    closeSync(this.#file);
  }
}
