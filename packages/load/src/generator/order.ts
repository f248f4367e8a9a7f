import type { HandshakesOrder } from '../handshakes/order.js';
import type { OperationsOrder } from '../operations/order.js';
import type { RequestsOrder } from '../http/order.js';

/** What is asked for again and again. Plain data: it goes to a process of its own. */
export type WorkOrder = OperationsOrder | HandshakesOrder | RequestsOrder;

/**
 * When it is asked for.
 *
 * - `open_loop`: at a set rate, whether or not what came before is answered, as strangers do. The latency of each request
 *   counts from when it was due, so that no stall hides.
 * - `closed_loop`: again as soon as there is an answer, so that as much is always under way as the work allows.
 */
export type Pace =
  | {
      readonly type: 'open_loop';
      /** Requests per second, more than 0. */
      readonly rate: number;
      /** At random moments (a Poisson process), or with gaps that are all alike. */
      readonly arrivals: 'poisson' | 'constant';
    }
  | { readonly type: 'closed_loop' };

/** When a load generator asks, and for how long. */
export interface Timing {
  readonly pace: Pace;
  /** How long it measures. */
  readonly seconds: number;
  /** How long it does the same before, without measuring. */
  readonly warmUpSeconds: number;
  /** Decides messages, their order, and when requests are due: a whole number below 2^32. */
  readonly seed: number;
}

/** What a load generator is to do. */
export interface GeneratorOrder extends Timing {
  readonly work: WorkOrder;
}
