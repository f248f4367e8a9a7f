import { setTimeout as delay } from 'node:timers/promises';
import { createRedisResumptionStore, type ResumptionStore } from '@latchkey/edge';
import type { ResumptionConfiguration } from '../edge-configuration/resumption.js';

/** The configuration wants Redis, and the package that speaks to it is not installed. */
class RedisPackageMissingError extends Error {
  readonly code = 'LATCHKEY_REDIS_PACKAGE_MISSING';
  override readonly name = 'RedisPackageMissingError';

  constructor(cause: unknown) {
    super('resumption.redis needs the package ioredis: npm install ioredis', { cause });
  }
}

/** What an edge shares through Redis. */
export interface RedisStore {
  readonly store: ResumptionStore;
  close(): void;
}

/**
 * Connects to Redis, and goes on trying when that fails: an edge serves without it.
 *
 * @throws {RedisPackageMissingError}
 */
export async function connectRedis({
  url,
  secret,
  prefix,
}: NonNullable<ResumptionConfiguration['redis']>): Promise<RedisStore> {
  const { Redis } = await import('ioredis').catch((error: unknown) => {
    throw new RedisPackageMissingError(error);
  });
  const redis = new Redis(url, {
    lazyConnect: true,
    // A handshake does not wait until Redis is back.
    enableOfflineQueue: false,
    maxRetriesPerRequest: 0,
    commandTimeout: COMMAND_TIMEOUT,
    connectTimeout: CONNECT_TIMEOUT,
    retryStrategy: (attempt) => Math.min(attempt * 100, LONGEST_RETRY_TIME),
  });
  // That Redis is away shows itself to the edge, which says so once.
  redis.on('error', () => {});
  await Promise.race([redis.connect().catch(() => {}), delay(PATIENCE, undefined, { ref: false })]);
  return {
    store: createRedisResumptionStore(redis, { secret, prefix }),
    close: () => redis.disconnect(),
  };
}

// In milliseconds.
const COMMAND_TIMEOUT = 2000;
const CONNECT_TIMEOUT = 5000;
const LONGEST_RETRY_TIME = 1000;
/** How long an edge that starts waits for Redis. */
const PATIENCE = 1000;
