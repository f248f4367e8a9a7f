import { BatchReader, BatchStatus, BatchWriter } from '@latchkey/native';
import type { OperationFailure } from '../operations/failure.js';
import type { Job } from './job.js';

/** Jobs that are performed in one go. Each is answered once, here or by whoever was quicker. */
export class Batch {
  /** Undefined where one is answered already. */
  readonly #jobs: (Job | undefined)[];

  /** @param jobs the batch's from here on */
  constructor(jobs: Job[]) {
    this.#jobs = jobs;
  }

  get length(): number {
    return this.#jobs.length;
  }

  /** As the addon takes it. */
  pack(): ArrayBuffer {
    const writer = new BatchWriter(this.#packedLength());
    for (const job of this.#jobs) {
      if (job === undefined) throw new Error('a batch is packed before any of it is answered');
      const { keyHandle, code, payload, options } = job.operation;
      writer.add(keyHandle, code, payload, options);
    }
    return writer.finish();
  }

  /**
   * Answers the jobs, and wipes the answers.
   *
   * @param answers as the addon gave them
   * @param now in milliseconds on the clock of `performance.now()`
   */
  deliver(answers: ArrayBuffer, now: number): void {
    const reader = new BatchReader(answers);
    for (let index = 0; index < this.#jobs.length; index += 1) {
      const status = reader.status(index);
      const job = this.#take(index);
      if (job === undefined) continue;
      job.answeredAt = now;
      if (status === BatchStatus.ok) job.complete(reader.bytes, reader.start(index), reader.end(index));
      else job.fail(FAILURES[status]);
    }
    // Decrypted secrets have been in there.
    reader.bytes.fill(0);
  }

  failAll(failure: OperationFailure): void {
    this.#failThose(() => true, failure);
  }

  /** Fails the jobs whose time is up. */
  expire(now: number): void {
    this.#failThose(({ deadline }) => deadline <= now, 'deadline_exceeded');
  }

  #packedLength(): number {
    let length = RECORD_LENGTH;
    for (const job of this.#jobs) length += RECORD_LENGTH + (job?.operation.payload.length ?? 0);
    return length;
  }

  #failThose(isDue: (job: Job) => boolean, failure: OperationFailure): void {
    for (const [index, job] of this.#jobs.entries())
      if (job !== undefined && isDue(job)) this.#take(index)?.fail(failure);
  }

  #take(index: number): Job | undefined {
    const job = this.#jobs[index];
    this.#jobs[index] = undefined;
    return job;
  }
}

/** Of an operation in a batch beside its payload, in bytes, and at most so many. */
const RECORD_LENGTH = 16;

const FAILURES: Readonly<Record<Exclude<BatchStatus, typeof BatchStatus.ok>, OperationFailure>> = {
  [BatchStatus.failed]: 'cryptography_failed',
  [BatchStatus.wrong_key_type]: 'cryptography_failed',
  [BatchStatus.bad_length]: 'cryptography_failed',
  // A reload has taken the key away since it was looked up.
  [BatchStatus.no_such_key]: 'key_not_found',
  [BatchStatus.unknown_operation]: 'internal',
};
