import { constants, randomBytes } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { RedisServer } from '../support/redis-server.js';
import { describeWith } from '../support/requirements.js';
import { makeSiteFolder, RunningEdge, until } from './running-edge.js';
import { startKeyServer } from './support.js';

/** A visitor who takes no tickets resumes by session id. */
const BY_ID = { maxVersion: 'TLSv1.2', secureOptions: constants.SSL_OP_NO_TICKET } as const;

describeWith('edges whose Redis is full', [{ needs: 'redis-server', debianPackage: 'redis-server' }], () => {
  it('serve everybody, share what is in it, say so once, and share all again when there is room', async () => {
    const { redis, startEdge } = await prepare();
    const [one, other] = [await startEdge(), await startEdge()];
    const kept = (await one.visit(BY_ID)).session;
    await until(async () => (await other.visit({ ...BY_ID, session: kept })).resumed);

    await redis.setFull(true);
    const lost = (await one.visit(BY_ID)).session;
    await until(async () => (await one.metric(`${FAILURES}{for="keep_session"}`)) === 1);
    for (let count = 0; count < 10; count += 1) await one.visit(BY_ID);
    expect(await other.visit({ ...BY_ID, session: lost })).toMatchObject({ resumed: false });
    // What it has, it gives.
    expect(await other.visit({ ...BY_ID, session: kept })).toMatchObject({ resumed: true });
    const late = await startEdge();
    expect(await late.visit({ session: (await one.visit()).session })).toMatchObject({ resumed: true });

    // As ever after a failure, nothing is tried for a second.
    await until(async () => {
      await one.visit(BY_ID);
      return (await one.metric(`${FAILURES}{for="keep_session"}`)) === 3;
    });
    for (const edge of [one, other, late]) {
      expect(await edge.metrics('latchkey_edge_handshakes_failed_total')).toEqual({});
      expect(await edge.metric(`${FAILURES}{for="share_ticket_keys"}`)).toBe(0);
      expect(await edge.metric(`${FAILURES}{for="find_session"}`)).toBe(0);
    }
    expect(one.command.errors.match(/Redis/g)).toHaveLength(1);
    expect(one.command.errors).toMatch(/OOM.*"msg":"Redis has not kept or given a session/);

    await redis.setFull(false);
    await until(async () => {
      const { session } = await one.visit(BY_ID);
      return (await other.visit({ ...BY_ID, session })).resumed;
    });
  });

  it('begin with ticket keys of their own where it was full from the beginning', async () => {
    const { redis, startEdge } = await prepare();
    await redis.setFull(true);
    const [one, other] = [await startEdge(), await startEdge()];
    const { session } = await one.visit();
    expect(await one.visit({ session })).toMatchObject({ resumed: true });
    expect(await other.visit({ session })).toMatchObject({ resumed: false });
    expect(one.command.errors.match(/Redis cannot be used/g)).toHaveLength(1);
    await redis.setFull(false);
    await until(() => one.command.errors.includes('Redis can be used again'));
    await until(() => other.command.errors.includes('Redis can be used again'));
    expect(await other.visit({ session: (await one.visit()).session })).toMatchObject({ resumed: true });
    expect(await one.metric(`${FAILURES}{for="share_ticket_keys"}`)).toBeGreaterThan(0);
  });
});

const FAILURES = 'latchkey_edge_resumption_store_failures_total';

async function prepare() {
  const redis = await RedisServer.start();
  onTestFinished(() => redis.stop());
  const folder = await makeSiteFolder();
  writeFileSync(join(folder, 'redis.secret'), randomBytes(32).toString('hex'));
  const { port } = await startKeyServer(join(folder, 'server.yaml'));
  const resumption = `resumption: { redis: "${redis.url}", redis_secret_file: redis.secret }\n`;
  return { redis, startEdge: () => RunningEdge.start(folder, [`127.0.0.1:${port}`], resumption) };
}
