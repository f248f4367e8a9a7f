import { DoublingHistogram } from '@latchkey/metrics';

/** Takes down how many operations are performed at once, and for how long that keeps the workers busy. */
export class BatchRecorder {
  /** Operations per batch. */
  readonly sizes = new DoublingHistogram({ firstBound: 1, count: 6 });
  #busySeconds = 0;

  /**
   * @param size operations in the batch
   * @param milliseconds from giving it to a worker to getting the answers; 0 for a batch that no worker had
   */
  record(size: number, milliseconds: number): void {
    this.sizes.record(size);
    this.#busySeconds += milliseconds / 1000;
  }

  /** How long all workers together have been busy. */
  get busySeconds(): number {
    return this.#busySeconds;
  }
}
