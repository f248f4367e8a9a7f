import type { Job } from './job.js';

/** Jobs in the order in which they came. */
export class JobQueue {
  #jobs: Job[] = [];
  /** Jobs before it have been taken; they leave the array together, so that taking one moves no other. */
  #head = 0;

  get length(): number {
    return this.#jobs.length - this.#head;
  }

  push(job: Job): void {
    this.#jobs.push(job);
  }

  shift(): Job | undefined {
    const job = this.#jobs[this.#head];
    if (job === undefined) return undefined;
    this.#head += 1;
    if (this.#head * 2 >= this.#jobs.length) {
      this.#jobs = this.#jobs.slice(this.#head);
      this.#head = 0;
    }
    return job;
  }

  /**
   * Takes out up to so many jobs that are to be performed, and says that they are begun. Those that nobody waits for,
   * or whose time is up, are taken out on the way and failed.
   *
   * @param now in milliseconds on the clock of `performance.now()`
   */
  take(length: number, now: number): Job[] {
    const jobs: Job[] = [];
    while (jobs.length < length) {
      const job = this.shift();
      if (job === undefined) break;
      if (!job.wanted) job.fail('cancelled');
      else if (job.deadline <= now) job.fail('deadline_exceeded');
      else {
        job.begunAt = now;
        jobs.push(job);
      }
    }
    return jobs;
  }

  /** Takes out all jobs of which `isDue` is true. */
  remove(isDue: (job: Job) => boolean): Job[] {
    const removed: Job[] = [];
    const kept: Job[] = [];
    for (const job of this.#jobs.slice(this.#head)) (isDue(job) ? removed : kept).push(job);
    this.#jobs = kept;
    this.#head = 0;
    return removed;
  }
}
