import {
  collectingPerRequest,
  costOfBatch,
  KEY_TYPES,
  type KeyType,
  type Lane,
  shareOfPauses,
} from '../service-times.js';
import type { Machine } from '../simulation/key-server.js';
import { type Station, utilisationOf, waitPercentile } from './waiting.js';

/** Operations per second by key type. */
export type Demand = Readonly<Partial<Record<KeyType, number>>>;

/** What formulas say of one key server. */
export interface PredictedKeyServer {
  /** The share of its processors' time that it uses, of what pauses leave of it; above 1: more than it has. */
  readonly utilisation: number;
  /** Whether it can do what it is asked for at all. */
  readonly keepsUp: boolean;
  /**
   * The 99th percentile of the time that it adds to an operation of the lane, in milliseconds, the floor included;
   * Infinity where it does not keep up.
   */
  readonly p99: (lane: Lane) => number;
}

/**
 * Predicts a key server as two queues in a row: of the thread that moves the bytes and performs the inline lane, and of the
 * workers, with what processors the thread leaves them.
 *
 * Both take what is there when they become free, so batches form by themselves: while there is so little to do that each
 * customer comes alone, the queue is M/G/c. Beyond that a batch is as large as what arrives during the one before it, the
 * fixed point of size = rate x cost(size); then a customer waits for the rest of a batch, or, near the limit, as long as in
 * M/G/c with the cost that an operation has in the largest batch, whichever is longer. Then it is performed with a batch.
 *
 * Pauses are taken as time that the processors do not have; that a pause, or a collection of garbage, also holds up those
 * who come in it, only the simulation sees. That processors have to wake up is left out: where it gets narrow none sleeps.
 */
export function predictKeyServer(
  { times, processors, workers }: Machine,
  demand: Demand,
): PredictedKeyServer {
  const awake = 1 - shareOfPauses(times);
  const request = times.request + collectingPerRequest(times);
  const of = (lanes: readonly Lane[]) => selectLanes(times.operations, demand, lanes);
  const [inline, pooled] = [of(['inline']), of(['short', 'long'])];
  const rate = inline.rate + pooled.rate;

  const inlineShare = rate === 0 ? 0 : inline.rate / rate;
  const turnTime = (size: number) => (times.turn + size * request + inline.cost(size * inlineShare)) / awake;
  const turn = formBatches({ rate, servers: 1, variability: 0, longest: MOST_IN_TURN, timeOf: turnTime });
  // What workers have performed is written in a turn too.
  const writing = ((pooled.rate / turn.size) * times.turn) / awake;
  const moving = Math.min(1, (rate / turn.size) * turn.time + writing);

  const processorsLeft = Math.max(Math.min(workers, processors - moving), 1e-9);
  const servers = Math.max(1, Math.floor(processorsLeft));
  const slowdown = servers / processorsLeft / awake;
  const batch = formBatches({
    ...pooled,
    servers,
    timeOf: (size) => (times.handover + pooled.cost(size)) * slowdown,
  });

  const working = ((pooled.rate / batch.size) * batch.time) / slowdown / awake;
  const moved = times.floor + turn.wait + turn.time;
  const performed = times.hop + times.turn + batch.wait + batch.time;
  const keepsUp = turn.keepsUp && batch.keepsUp;
  return {
    utilisation: (moving + working) / processors,
    keepsUp,
    p99: (lane) => (keepsUp ? (moved + (lane === 'inline' ? 0 : performed)) / 1000 : Infinity),
  };
}

/** Half a millisecond's worth of the cheapest, about. */
const MOST_IN_TURN = 256;
/** As packages/server/src/pool/operation-lanes.ts has them. */
const LONGEST_BATCHES: Readonly<Record<Lane, number>> = { inline: 256, short: 32, long: 8 };

interface SelectedLanes {
  /** Per microsecond. */
  readonly rate: number;
  /** Of a batch of so many, in the shares in which they come. */
  readonly cost: (size: number) => number;
  readonly longest: number;
  /** Squared coefficient of variation of what one operation costs. */
  readonly variability: number;
}

function selectLanes(
  operations: Machine['times']['operations'],
  demand: Demand,
  lanes: readonly Lane[],
): SelectedLanes {
  const parts = KEY_TYPES.flatMap((keyType) => {
    const rate = (demand[keyType] ?? 0) / 1e6;
    if (rate === 0) return [];
    const operation = operations[keyType];
    if (operation === undefined) throw new RangeError(`nothing is known of what ${keyType} costs`);
    return lanes.includes(operation.lane) ? [{ rate, operation }] : [];
  });
  const rate = parts.reduce((sum, part) => sum + part.rate, 0);
  const moment = (power: number) =>
    parts.reduce((sum, part) => sum + (part.rate / rate) * costOfBatch(part.operation, 1) ** power, 0);
  return {
    rate,
    cost: (size) =>
      parts.reduce((sum, part) => {
        const share = (size * part.rate) / rate;
        // Less than one of a kind comes only in some of the batches.
        return (
          sum + (share < 1 ? share * costOfBatch(part.operation, 1) : costOfBatch(part.operation, share))
        );
      }, 0),
    longest: Math.max(1, ...parts.map(({ operation }) => LONGEST_BATCHES[operation.lane])),
    variability: rate === 0 ? 0 : moment(2) / moment(1) ** 2 - 1,
  };
}

/** Servers that each take what is there, up to a limit. */
interface BatchQueue {
  /** Customers per microsecond. */
  readonly rate: number;
  readonly servers: number;
  readonly variability: number;
  /** The most that are taken at once. */
  readonly longest: number;
  /** Microseconds for so many at once. */
  readonly timeOf: (size: number) => number;
}

interface FormedBatches {
  readonly size: number;
  readonly time: number;
  /** The 99th percentile of the time until a batch begins. */
  readonly wait: number;
  readonly keepsUp: boolean;
}

function formBatches({ rate, servers, variability, longest, timeOf }: BatchQueue): FormedBatches {
  const size = batchSize(rate / servers, longest, timeOf);
  const time = timeOf(size);
  const station = (serviceTime: number): Station => ({
    servers,
    arrivalRate: rate,
    serviceTime,
    variability,
  });
  const largest = station(timeOf(longest) / longest);
  const alone = waitPercentile(station(timeOf(1)), 0.99);
  // Arrivals come by chance: in 99 of 100 cases a batch is no larger than that.
  const large = timeOf(Math.min(longest, size + 2.33 * Math.sqrt(size)));
  const together = Math.max(waitPercentile(largest, 0.99), large);
  // Who would wait for long alone is taken with others.
  return { size, time, wait: Math.min(alone, together), keepsUp: utilisationOf(largest) < 1 };
}

/** The size at which as many arrive during a batch as are in it; 1 at least. */
function batchSize(rate: number, longest: number, timeOf: (size: number) => number): number {
  if (rate * timeOf(1) <= 1) return 1;
  let [low, high] = [1, longest];
  for (let step = 0; step < 40; step += 1) {
    const middle = (low + high) / 2;
    if (rate * timeOf(middle) > middle) low = middle;
    else high = middle;
  }
  return high;
}
