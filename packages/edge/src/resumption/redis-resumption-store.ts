import { hkdfSync } from 'node:crypto';
import type { ResumptionStore } from './resumption-store.js';
import { sealResumptionStore } from './sealed-resumption-store.js';

/** What is used of a client of ioredis 5 or 6: its `Redis` and `Cluster` both are one. */
export interface RedisClient {
  callBuffer(command: string, ...args: (string | Buffer | number)[]): Promise<unknown>;
}

/** How a store in Redis is kept. */
export interface RedisResumptionStoreOptions {
  /** 32 bytes that nobody could guess, the same for all edges: what is in Redis is encrypted with it. Copied. */
  readonly secret: Uint8Array;
  /** What the names of all keys in Redis begin with. Default `latchkey:`. */
  readonly prefix?: string;
}

/**
 * Makes a store in Redis.
 *
 * @param redis of ioredis, best with `enableOfflineQueue: false`, so that nothing waits for a Redis that is away. The
 *   caller connects and closes it, and listens to its 'error' events.
 */
export function createRedisResumptionStore(
  redis: RedisClient,
  { secret, prefix = 'latchkey:' }: RedisResumptionStoreOptions,
): ResumptionStore {
  const begin = `${prefix}${secretName(secret)}:`;
  const get = async (key: string): Promise<Uint8Array | undefined> => {
    const value = await redis.callBuffer('GET', begin + key);
    return Buffer.isBuffer(value) ? value : undefined;
  };
  const set = (key: string, value: Uint8Array, lifetime: number, ...condition: 'NX'[]): Promise<unknown> =>
    redis.callBuffer('SET', begin + key, Buffer.from(value), 'EX', lifetime, ...condition);
  return sealResumptionStore(
    {
      get,
      set: async (key, value, lifetime) => {
        await set(key, value, lifetime);
      },
      add: async (key, value, lifetime) => {
        // Looked for first: a Redis that is full refuses any SET, and has what was put there before.
        const kept = await get(key);
        if (kept !== undefined) return kept;
        const added = await set(key, value, lifetime, 'NX');
        // Null where another edge was quicker; should that expire just now, the next attempt adds ours.
        return added === null ? ((await get(key)) ?? value) : value;
      },
    },
    secret,
  );
}

/** Edges that have a new secret already and those that do not yet must not find each other's values. */
function secretName(secret: Uint8Array): string {
  return Buffer.from(hkdfSync('sha256', secret, '', 'latchkey resumption store name', 8)).toString('hex');
}
