import { randomBytes } from 'node:crypto';
import { renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ConnectionOptions } from 'node:tls';
import { expect, it } from 'vitest';
import { makeSiteFolder, RunningEdge, until } from './running-edge.js';
import { startKeyServer } from './support.js';

const VERSIONS = [
  { minVersion: 'TLSv1.3', maxVersion: 'TLSv1.3' },
  { minVersion: 'TLSv1.2', maxVersion: 'TLSv1.2' },
] as const satisfies readonly ConnectionOptions[];

it.each(VERSIONS)(
  'an edge takes its ticket keys from a file that another tool rotates, $maxVersion',
  async (version) => {
    const { edge, put, operations } = await startEdge();
    const [first, second] = [secret(), secret()];
    const visit = (session?: Buffer) => edge.visit({ ...version, ...(session && { session }) });
    await put(first);
    const { session: underFirst } = await visit();
    expect(await visit(underFirst)).toMatchObject({ resumed: true });

    await put(second, first);
    const before = await operations();
    const { session: renewed, resumed } = await visit(underFirst);
    expect(resumed).toBe(true);
    expect(await operations()).toBe(before);
    const { session: underSecond } = await visit();

    // What opens with the second key alone is under it.
    await put(second);
    expect(await visit(renewed)).toMatchObject({ resumed: true });
    expect(await visit(underSecond)).toMatchObject({ resumed: true });
    expect(await visit(underFirst)).toMatchObject({ resumed: false });
  },
);

it.each([
  ['cut off', (keys: string) => keys.slice(0, 50)],
  ['empty', () => ''],
])('an edge keeps its ticket keys when the file with the next ones is %s, and says so', async (_, spoil) => {
  const { edge, put, putText } = await startEdge();
  const key = secret();
  await put(key);
  const { session } = await edge.visit();
  putText(spoil(`${secret()}\n`));
  await until(async () => (await edge.metric('latchkey_edge_reloads_total{result="failed"}')) === 1);
  expect(edge.command.errors).toMatch(
    /not reloaded, all stays as it was: .*edge\.yaml:\d+:\d+: resumption\.ticket_key_file/,
  );
  expect(edge.command.errors).not.toContain(key);
  expect(await edge.visit({ session })).toMatchObject({ resumed: true });
  const { session: next } = await edge.visit();

  await put(secret(), key);
  expect(await edge.visit({ session: next })).toMatchObject({ resumed: true });
});

async function startEdge() {
  const folder = await makeSiteFolder();
  const { port } = await startKeyServer(join(folder, 'server.yaml'));
  const file = join(folder, 'ticket.keys');
  const putText = (text: string): void => {
    writeFileSync(`${file}.new`, text);
    renameSync(`${file}.new`, file);
  };
  putText(`${secret()}\n`);
  const edge = await RunningEdge.start(
    folder,
    [`127.0.0.1:${port}`],
    'resumption: { ticket_key_file: ticket.keys }\n',
  );
  let reloads = 0;
  return {
    edge,
    putText,
    /** Puts other secrets in the place of those that are there; resolves when the edge has taken them. */
    put: async (...secrets: readonly string[]): Promise<void> => {
      putText(`${secrets.join('\n')}\n`);
      reloads += 1;
      await until(
        async () => (await edge.metric('latchkey_edge_reloads_total{result="succeeded"}')) === reloads,
      );
    },
    operations: () => edge.metric('latchkey_edge_operations_total{operation="sign"}'),
  };
}

function secret(): string {
  return randomBytes(32).toString('hex');
}
