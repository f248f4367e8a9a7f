import { Http1Origin } from './http1-origin.js';
import { Http2Origin } from './http2-origin.js';
import type { OriginSettings } from './options.js';
import type { Origin } from './origin.js';

/** An origin, and what is known of how it does. */
export class OriginMember {
  readonly origin: Origin;
  /** Requests under way. */
  load = 0;
  #failures = 0;
  #restsUntil = 0;

  constructor(origin: Origin) {
    this.origin = origin;
  }

  /** @param now on the clock of `performance.now()` */
  isResting(now: number): boolean {
    return now < this.#restsUntil;
  }

  /** It could not be connected: longer after each failure in a row it is asked only where there is no other. */
  rest(now: number): void {
    this.#restsUntil = now + Math.min(SHORTEST_REST * 2 ** this.#failures, LONGEST_REST);
    this.#failures += 1;
  }

  wake(): void {
    this.#failures = 0;
    this.#restsUntil = 0;
  }
}

/** Origins that have the same to offer. */
export class OriginGroup {
  /** How long an origin may be silent, in milliseconds. */
  readonly timeout: number;
  readonly #members: readonly OriginMember[];
  #turn = 0;
  /** Exchanges that may still send something to these origins. */
  #exchanges = 0;
  #isRetired = false;

  constructor({ addresses, timeout }: OriginSettings) {
    this.timeout = timeout;
    this.#members = addresses.map(
      (address) =>
        new OriginMember(address.protocol === 'h2' ? new Http2Origin(address) : new Http1Origin(address)),
    );
  }

  /**
   * The origin with the fewest requests under way, each in turn where that is equal.
   *
   * @param tried those that are not to be asked
   * @returns undefined where there is no other
   */
  choose(tried: ReadonlySet<OriginMember>): OriginMember | undefined {
    const now = performance.now();
    const untried = this.#members.filter((member) => !tried.has(member));
    const awake = untried.filter((member) => !member.isResting(now));
    const candidates = awake.length > 0 ? awake : untried;
    this.#turn += 1;
    const start = candidates.length === 0 ? 0 : this.#turn % candidates.length;
    return [...candidates.slice(start), ...candidates.slice(0, start)].reduce<OriginMember | undefined>(
      (best, member) => (best === undefined || member.load < best.load ? member : best),
      undefined,
    );
  }

  /** An exchange begins, which {@link leave}s when it is over. */
  enter(): void {
    this.#exchanges += 1;
  }

  leave(): void {
    this.#exchanges -= 1;
    this.#closeIfUnused();
  }

  /** Closes the connections as soon as no exchange needs them any more; none will begin. */
  retire(): void {
    this.#isRetired = true;
    this.#closeIfUnused();
  }

  close(): void {
    for (const { origin } of this.#members) origin.close();
  }

  #closeIfUnused(): void {
    if (this.#isRetired && this.#exchanges === 0) this.close();
  }
}

/** In milliseconds. */
const SHORTEST_REST = 1000;
const LONGEST_REST = 30_000;
