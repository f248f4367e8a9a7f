/** A queue that several servers take from, one customer at a time. Times are in microseconds. */
export interface Station {
  /** How many servers, at least 1. */
  readonly servers: number;
  /** Customers per microsecond. */
  readonly arrivalRate: number;
  /** Mean time with a server. */
  readonly serviceTime: number;
  /** Squared coefficient of variation of the time with a server: 0 where it is always the same, 1 where it is exponential. */
  readonly variability: number;
}

/** The share of time that each server is busy; from 1 on the queue grows without end. */
export function utilisationOf({ servers, arrivalRate, serviceTime }: Station): number {
  return (arrivalRate * serviceTime) / servers;
}

/**
 * The probability that a customer who arrives by chance must wait, in M/M/c (Erlang's C formula), by the recurrence of
 * Erlang's B, which neither overflows nor cancels.
 *
 * @returns 1 where the queue grows without end
 */
export function waitingProbability(station: Station): number {
  const utilisation = utilisationOf(station);
  if (utilisation >= 1) return 1;
  const load = utilisation * station.servers;
  let blocking = 1;
  for (let server = 1; server <= station.servers; server += 1)
    blocking = (load * blocking) / (server + load * blocking);
  return blocking / (1 - utilisation * (1 - blocking));
}

/**
 * The mean wait before service: in M/M/c exactly, in M/G/1 exactly (Pollaczek and Khinchine), in M/G/c by Allen and
 * Cunneen's approximation (Allen, Probability, Statistics, and Queueing Theory, 2nd edition, section 5.3).
 *
 * @returns Infinity where the queue grows without end
 */
export function meanWait(station: Station): number {
  const { servers, serviceTime, variability } = station;
  const spare = servers * (1 - utilisationOf(station));
  if (spare <= 0) return Infinity;
  return ((waitingProbability(station) * serviceTime) / spare) * ((1 + variability) / 2);
}

/**
 * The wait that so large a share of customers does not exceed: those who wait at all are taken to wait exponentially
 * long, which is exact for M/M/c, and for M/G/c the usual approximation in heavy traffic (Kingman).
 *
 * @param share from 0 up to, not including, 1
 */
export function waitPercentile(station: Station, share: number): number {
  const probability = waitingProbability(station);
  if (utilisationOf(station) >= 1) return Infinity;
  if (probability <= 1 - share) return 0;
  return (meanWait(station) / probability) * Math.log(probability / (1 - share));
}
