import type { Channel } from './channel.js';
import type { Connection } from './connection.js';

/**
 * Chooses where an operation goes: of all channels with capacity, one with the fewest requests in flight.
 *
 * @param start the index of the connection to look at first; one that moves on each time spreads what is equal
 */
export function leastBusyChannel(connections: readonly Connection[], start: number): Channel | undefined {
  let best: Channel | undefined;
  for (let index = 0; index < connections.length; index++) {
    const state = connections[(start + index) % connections.length]?.state;
    if (state?.type !== 'ready' || !state.channel.hasCapacity) continue;
    if (best === undefined || state.channel.inFlight < best.inFlight) best = state.channel;
  }
  return best;
}
