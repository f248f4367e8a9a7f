import type { Channel } from './channel.js';
import type { Connection } from './connection.js';

/**
 * Chooses where an operation goes: of all channels with capacity, one with the fewest requests in flight.
 *
 * @param start the index of the connection to look at first; one that moves on each time spreads what is equal
 * @param avoidedServer the name of a key server that is taken only when no other can be had
 */
export function leastBusyChannel(
  connections: readonly Connection[],
  start: number,
  avoidedServer: string | undefined,
): Channel | undefined {
  let best: Channel | undefined;
  let lowestLoad = Infinity;
  for (let index = 0; index < connections.length; index++) {
    const connection = connections[(start + index) % connections.length];
    if (connection?.state.type !== 'ready') continue;
    const { channel } = connection.state;
    if (!channel.hasCapacity) continue;
    const load = connection.serverName === avoidedServer ? Infinity : channel.inFlight;
    if (best === undefined || load < lowestLoad) {
      best = channel;
      lowestLoad = load;
    }
  }
  return best;
}
