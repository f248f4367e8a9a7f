import type { Target } from './attempt.js';
import type { KeyServer } from './key-server.js';

/** Key servers of one listing by the order in which they are to be used: a tier is used when none before it can be. */
export type Tiers = readonly (readonly KeyServer[])[];

/** How to choose a key server. */
export interface ChoiceOptions {
  /** Whether those are left out that are silent, or rest after failures. */
  readonly onlyHealthy: boolean;
  /** How long an answer takes at the most, as a rule, in milliseconds. */
  readonly patience: number;
  /** In milliseconds on the clock of `performance.now()`. */
  readonly now: number;
  /** From 0 up to, not including, 1. */
  readonly random: number;
}

/**
 * Chooses where an operation is likely to be answered soonest: what is in flight at a key server, times the latency that
 * was measured there. Among those about equal chance decides, by their weights (RFC 2782).
 *
 * @param accepts whether a key server is wanted at all
 */
export function chooseTarget(
  groups: Iterable<Tiers>,
  accepts: (keyServer: KeyServer) => boolean,
  options: ChoiceOptions,
): Target | undefined {
  const candidates: Candidate[] = [];
  for (const tiers of groups) {
    const before = candidates.length;
    for (const tier of tiers) {
      for (const keyServer of tier)
        if (accepts(keyServer)) addCandidate(candidates, keyServer, tier, options);
      if (candidates.length > before) break;
    }
  }
  return chooseByWeight(shortestWaits(candidates), options.random);
}

/**
 * The longest silence, in milliseconds, that can be explained where a key server owes answers: one that is far away or
 * slow takes longer.
 *
 * @param patience as in {@link ChoiceOptions}
 */
export function longestSilence({ latency }: KeyServer, patience: number, now: number): number {
  return 2 * Math.max(patience, latency.at(now) ?? 0);
}

interface Candidate extends Target {
  /** Its part of the load, 1 for the heaviest of its tier. */
  readonly share: number;
  /** In milliseconds; undefined where none was measured. */
  readonly latency: number | undefined;
  /** How long it has been silent, where that is longer than usual, in milliseconds. */
  readonly silence: number;
}

function addCandidate(
  candidates: Candidate[],
  keyServer: KeyServer,
  tier: readonly KeyServer[],
  { onlyHealthy, patience, now }: ChoiceOptions,
): void {
  if (onlyHealthy && keyServer.health.isResting) return;
  const channel = keyServer.channelFor(
    onlyHealthy ? longestSilence(keyServer, patience, now) : Infinity,
    now,
  );
  if (channel === undefined) return;
  const heaviest = tier.reduce((most, { weight }) => Math.max(most, weight), 0);
  const latency = keyServer.latency.at(now);
  const silence = channel.silence(now);
  candidates.push({
    keyServer,
    channel,
    share: keyServer.weight / heaviest,
    latency: latency === undefined ? undefined : Math.max(latency, LEAST_LATENCY),
    silence: silence > patience ? silence : 0,
  });
}

/** Those where the wait is expected to be the shortest, or not much longer. */
function shortestWaits(candidates: readonly Candidate[]): Candidate[] {
  // One that has not been measured yet is taken for as good as the best.
  const best = candidates.reduce((lowest, { latency }) => Math.min(lowest, latency ?? Infinity), Infinity);
  const assumed = best === Infinity ? LEAST_LATENCY : best;
  const waits = candidates.map(
    ({ keyServer, share, latency = assumed, silence }) =>
      (1 + keyServer.inFlight / share) * Math.max(latency, silence),
  );
  const limit = ABOUT_EQUAL * Math.min(...waits);
  return candidates.filter((_, index) => (waits[index] ?? Infinity) <= limit);
}

function chooseByWeight(candidates: readonly Candidate[], random: number): Target | undefined {
  let rest = random * candidates.reduce((sum, { share }) => sum + share, 0);
  for (const candidate of candidates) {
    rest -= candidate.share;
    if (rest < 0) return candidate;
  }
  return candidates.at(-1);
}

/** In milliseconds: below it, who is faster is chance. */
const LEAST_LATENCY = 1;

/** Differences below this factor are mostly noise. */
const ABOUT_EQUAL = 1.5;
