import type { RandomSource } from '@latchkey/load';
import { costOfBatch, type KeyType, type Lane, LANES, type ServiceTimes } from '../service-times.js';
import type { Jobs } from './jobs.js';
import { NumberQueue } from './number-queue.js';

/** A machine that runs one key server. */
export interface Machine {
  readonly times: ServiceTimes;
  /** Processors, at least 1. */
  readonly processors: number;
  /** Worker threads, at least 1. */
  readonly workers: number;
}

/** How many worker threads a key server has unless it is told (`workers` in docs/configuration.md). */
export function defaultWorkers(processors: number): number {
  return Math.max(1, processors - 1);
}

/**
 * A key server as docs/architecture.md has it ("The journey of an operation"), in time that is made up: one thread moves
 * the bytes and performs the inline lane, workers take batches from the others, and all of them share the processors.
 * The thread that moves the bytes goes first, as on Linux a thread does that mostly sleeps.
 *
 * Times are in microseconds. Whoever drives it calls {@link proceed} at {@link next}, and asks for that again after every
 * call.
 */
export class SimulatedKeyServer {
  readonly #machine: Machine;
  readonly #jobs: Jobs;
  readonly #random: RandomSource;
  readonly #onAnswer: (job: number, now: number) => void;
  readonly #inbox = new NumberQueue();
  readonly #queues: Readonly<Record<Lane, NumberQueue>> = {
    inline: new NumberQueue(),
    short: new NumberQueue(),
    long: new NumberQueue(),
  };
  /** Jobs that the turn which is going on answers at its end. */
  readonly #inTurn = new NumberQueue();
  /** Jobs that it has read, for the workers. */
  readonly #read = new NumberQueue();
  /** Performed by workers, not written yet. */
  readonly #performed = new NumberQueue();
  readonly #workers: Worker[];
  /** What is left of the turn; 0: the thread sleeps. */
  #turnLeft = 0;
  /** How many of the inline lane a turn has time for, as far as is known. */
  #inlineLength = FEWEST_INLINE;
  #nextLane = 0;
  /** Requests until garbage is collected. */
  #untilCollection: number;
  #clock = 0;
  /** How much of its work it does in the time that is reckoned for it. */
  #speed = 1;
  #busy = 0;
  #awake = 0;

  /** @param random decides how long each collection of garbage takes */
  constructor(
    machine: Machine,
    jobs: Jobs,
    random: RandomSource,
    onAnswer: (job: number, now: number) => void,
  ) {
    this.#machine = machine;
    this.#jobs = jobs;
    this.#random = random;
    this.#onAnswer = onAnswer;
    const { collections } = machine.times;
    this.#untilCollection = collections === undefined ? Infinity : random() * collections.requests;
    this.#workers = Array.from({ length: machine.workers }, () => ({ left: 0, jobs: [] }));
  }

  /** When something will be done if nothing else comes; Infinity: never. */
  get next(): number {
    let soonest = this.#turnLeft > 0 ? this.#turnLeft : Infinity;
    const rate = this.#workerRate();
    if (rate > 0)
      for (const { left } of this.#workers) if (left > 0) soonest = Math.min(soonest, left / rate);
    return this.#speed === 0 ? Infinity : this.#clock + soonest / this.#speed;
  }

  /** The share of its processors' time that it used until now, of what pauses left of it. */
  utilisation(now: number): number {
    this.#advance(now);
    return this.#busy / (this.#awake * this.#machine.processors || 1);
  }

  /** @returns whether {@link next} has changed */
  receive(job: number, now: number): boolean {
    this.#inbox.push(job);
    if (this.#turnLeft > 0) return false;
    this.#advance(now);
    this.#beginTurn(this.#wakeCost(0));
    return true;
  }

  /** @param speed 1: work takes as long as is reckoned for it; 0: it stands still */
  setSpeed(speed: number, now: number): void {
    this.#advance(now);
    this.#speed = speed;
  }

  /** Does what is due. */
  proceed(now: number): void {
    const turned = this.#turnLeft > 0;
    this.#advance(now);
    let finished = 0;
    for (const worker of this.#workers) {
      if (worker.jobs.length === 0 || worker.left > 0) continue;
      finished += 1;
      for (const job of worker.jobs) this.#performed.push(job);
      worker.jobs = [];
    }
    if (turned && this.#turnLeft === 0) this.#endTurn(now);
    this.#dispatch(turned ? 1 : 0);
    if (this.#turnLeft === 0) this.#beginTurn(turned ? 0 : this.#wakeCost(finished));
  }

  /** @param others threads that were busy until now and are not any more: their processors are awake */
  #wakeCost(others: number): number {
    return this.#active() + others < this.#machine.processors ? this.#machine.times.wake : 0;
  }

  /** How many workers perform something. */
  #active(): number {
    let active = 0;
    for (const { left } of this.#workers) if (left > 0) active += 1;
    return active;
  }

  #workerRate(): number {
    const spare = this.#machine.processors - (this.#turnLeft > 0 ? 1 : 0);
    const active = this.#active();
    return active === 0 ? 0 : Math.min(1, spare / active);
  }

  #advance(now: number): void {
    const elapsed = now - this.#clock;
    this.#clock = now;
    if (this.#speed === 0 || elapsed === 0) return;
    this.#awake += elapsed;
    const rate = this.#workerRate();
    if (this.#turnLeft > 0) {
      this.#turnLeft = withoutRest(this.#turnLeft - elapsed * this.#speed);
      this.#busy += elapsed;
    }
    for (const worker of this.#workers) {
      if (worker.left === 0) continue;
      worker.left = withoutRest(worker.left - elapsed * this.#speed * rate);
      this.#busy += elapsed * rate;
    }
  }

  /**
   * Wakes the thread that moves the bytes, if there is anything for it.
   *
   * @param wake what that costs
   */
  #beginTurn(wake: number): void {
    const { inline } = this.#queues;
    if (this.#inbox.length + this.#performed.length + inline.length === 0) return;
    const { turn, request } = this.#machine.times;
    const read = this.#inbox.length;
    while (this.#performed.length > 0) this.#inTurn.push(this.#performed.shift());
    while (this.#inbox.length > 0) {
      const job = this.#inbox.shift();
      (this.#laneOf(job) === 'inline' ? inline : this.#read).push(job);
    }
    this.#turnLeft = wake + turn + read * request + this.#performInline() + this.#collectGarbage(read);
  }

  /** @returns what it costs */
  #performInline(): number {
    const { inline } = this.#queues;
    const jobs: number[] = [];
    while (inline.length > 0 && jobs.length < this.#inlineLength) {
      const job = inline.shift();
      jobs.push(job);
      this.#inTurn.push(job);
    }
    if (jobs.length === 0) return 0;
    const cost = this.#costOf(jobs);
    const affordable = Math.min(Math.max((INLINE_TIME * jobs.length) / cost, FEWEST_INLINE), MOST_INLINE);
    this.#inlineLength = Math.round(this.#inlineLength + (affordable - this.#inlineLength) / 4);
    return cost;
  }

  /** @returns what it costs: nothing most of the time */
  #collectGarbage(read: number): number {
    const { collections } = this.#machine.times;
    this.#untilCollection -= read;
    if (collections === undefined || this.#untilCollection > 0) return 0;
    // However much there is, it is collected once.
    this.#untilCollection = collections.requests;
    const { microseconds } = collections;
    return microseconds[Math.floor(this.#random() * microseconds.length)] ?? 0;
  }

  #endTurn(now: number): void {
    while (this.#inTurn.length > 0) this.#onAnswer(this.#inTurn.shift(), now);
    while (this.#read.length > 0) {
      const job = this.#read.shift();
      this.#queues[this.#laneOf(job)].push(job);
    }
  }

  /** @param others as for {@link #wakeCost}, or threads that are busy and no workers */
  #dispatch(others: number): void {
    let idle = 0;
    for (const { jobs } of this.#workers) if (jobs.length === 0) idle += 1;
    for (const worker of this.#workers) {
      if (worker.jobs.length > 0) continue;
      const lane = this.#takeLane();
      if (lane === undefined) return;
      const queue = this.#queues[lane];
      const length = Math.min(Math.ceil(this.#surplusOf(lane) / idle), MAXIMUM_BATCH_LENGTHS[lane]);
      while (worker.jobs.length < length) worker.jobs.push(queue.shift());
      const wake = this.#wakeCost(Math.max(others, this.#turnLeft > 0 ? 1 : 0));
      worker.left = wake + this.#machine.times.handover + this.#costOf(worker.jobs);
      idle -= 1;
    }
  }

  #takeLane(): Lane | undefined {
    for (let tried = 0; tried < LANES.length; tried += 1) {
      const lane = LANES[this.#nextLane];
      this.#nextLane = (this.#nextLane + 1) % LANES.length;
      if (lane !== undefined && this.#surplusOf(lane) > 0) return lane;
    }
    return undefined;
  }

  /** How many jobs of a lane are for the workers. */
  #surplusOf(lane: Lane): number {
    const { length } = this.#queues[lane];
    return lane === 'inline' ? Math.max(0, length - TURNS_WITHOUT_HELP * this.#inlineLength) : length;
  }

  #laneOf(job: number): Lane {
    return this.#operationOf(this.#jobs.keyType(job)).lane;
  }

  #operationOf(keyType: KeyType) {
    const operation = this.#machine.times.operations[keyType];
    if (operation === undefined) throw new RangeError(`nothing is known of what ${keyType} costs`);
    return operation;
  }

  /** Operations of a batch that are alike are performed together. */
  #costOf(jobs: readonly number[]): number {
    const counts = new Map<KeyType, number>();
    for (const job of jobs) {
      const keyType = this.#jobs.keyType(job);
      counts.set(keyType, (counts.get(keyType) ?? 0) + 1);
    }
    let cost = 0;
    for (const [keyType, count] of counts) cost += costOfBatch(this.#operationOf(keyType), count);
    return cost;
  }
}

interface Worker {
  /** Microseconds of a processor until its batch is performed. */
  left: number;
  jobs: number[];
}

// As packages/server/src/pool/operation-lanes.ts has them.
const INLINE_TIME = 500;
const TURNS_WITHOUT_HELP = 8;
const FEWEST_INLINE = 8;
const MOST_INLINE = 256;
const MAXIMUM_BATCH_LENGTHS: Readonly<Record<Lane, number>> = { inline: 128, short: 32, long: 8 };

/** What is left of a piece of work when it is done, but for what sums of fractions leave over. */
function withoutRest(left: number): number {
  return left < 1e-6 ? 0 : left;
}
