import { randomSource } from '@latchkey/load';
import { PauseTimeline } from './pause-timeline.js';
import type { SimulationOptions } from './simulation.js';

/** Where operations come from: one thread, which has work with each of them and stands still now and then. In microseconds. */
export class EdgeMachine {
  readonly #work: number;
  /** The same pauses twice, since what is sent and what comes back are at different moments. */
  readonly #sending: PauseTimeline | undefined;
  readonly #receiving: PauseTimeline | undefined;
  #freeAt = 0;

  constructor({ edgeWork = 0, edgePauses, seed }: SimulationOptions) {
    this.#work = edgeWork / 2;
    const timeline = () => edgePauses && PauseTimeline.of(edgePauses, randomSource(seed + 1));
    this.#sending = timeline();
    this.#receiving = timeline();
  }

  /** @returns when an operation is sent that is due now */
  send(due: number): number {
    return this.#perform(due, this.#sending);
  }

  /** @returns when an answer is noticed that comes now */
  receive(answeredAt: number): number {
    return this.#perform(answeredAt, this.#receiving);
  }

  #perform(time: number, pauses: PauseTimeline | undefined): number {
    const begin = Math.max(time, this.#freeAt);
    const end = (pauses?.afterPause(begin) ?? begin) + this.#work;
    if (this.#work > 0) this.#freeAt = end;
    return end;
  }
}
