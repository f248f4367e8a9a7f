import { randomBytes } from 'node:crypto';
import { appendFileSync, existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { KeyServerClient } from '@latchkey/client';
import { createDevelopmentPki, LAYOUT, writeDevelopmentPki } from 'latchkey/pki';
import { beforeEach, describe, expect, it } from 'vitest';
import { latchkey, temporaryFolder } from './support.js';
import {
  ADDRESSES,
  connectTo,
  perform,
  sign,
  skiOf,
  startTwoProcesses,
  textOf,
  type TwoProcesses,
  until,
} from './two-processes.js';

const SITE = 'ecdsa.localhost';
let folder: string;
let ski: Uint8Array;

beforeEach(async () => {
  folder = temporaryFolder();
  await writeDevelopmentPki(await createDevelopmentPki(), folder, { addresses: ADDRESSES });
  ski = await skiOf(join(folder, LAYOUT.siteKey(SITE)));
});

describe('a key server of two processes', () => {
  it('spreads connections evenly, and counts what all processes do', async () => {
    const { port, admin } = await start();
    await Promise.all(Array.from({ length: 6 }, () => signMany(connect(port, 1), 50)));
    const metrics = await textOf(admin, '/metrics');
    expect(metrics).toContain('latchkey_process_connections{process="1"} 3');
    expect(metrics).toContain('latchkey_process_connections{process="2"} 3');
    expect(metrics).toMatch(/latchkey_operations_total\{operation="ecdsa_sha256",result="succeeded"\} 300\n/);
    expect(metrics).toMatch(/latchkey_operation_duration_seconds_count\{type="ecdsa"\} 300\n/);
    expect(metrics).toMatch(/\nlatchkey_keys 2\n/);
    const { statistics } = await jsonOf<{ statistics: { keys: number } }>(admin, '/status.json');
    expect(statistics).toMatchObject({ keys: 2, connections: { open: 6, accepted: 6 } });
    expect((await jsonOf<{ keys: unknown[] }>(admin, '/keys')).keys).toHaveLength(2);
  });

  it('unseals with any process what another has sealed', async () => {
    const secret = randomBytes(32).toString('hex');
    writeFileSync(join(folder, 'sealing.secret'), secret);
    const { port } = await start('sealing_secret_file: sealing.secret\n');
    const clients = Array.from({ length: 4 }, () => connect(port, 1));
    const blob = Buffer.from('a ticket');
    const sealed = await Promise.all(clients.map((client) => perform(client, { type: 'seal', blob })));
    for (const client of clients)
      for (const ticket of sealed)
        expect(await perform(client, { type: 'unseal', blob: ticket })).toEqual(Uint8Array.from(blob));
  });

  it.each([
    [2, 1],
    [8, 4],
  ])(
    'replaces a process that is killed under load of %i connections; no operation fails, and it gets its share',
    async (connections, share) => {
      const { port, admin, command, processes } = await start();
      const client = connect(port, connections);
      const load = beginLoad(client);
      await load.reaches(200);
      const [victim] = processes();
      process.kill(Number(victim), 'SIGKILL');
      await until(async () => /latchkey_processes_replaced_total 1\n/.test(await textOf(admin, '/metrics')));
      await until(async () => {
        const metrics = await textOf(admin, '/metrics');
        return [1, 2].every((slot) => metrics.includes(`process="${slot}"} ${share}\n`));
      });
      await until(async () => (await jsonOf<{ ready: boolean }>(admin, '/readyz')).ready);
      expect(await load.end()).toEqual([]);
      expect(processes()).not.toContain(victim);
      expect(command.errors).toContain('a worker has ended; another takes its place');
    },
  );

  it('reloads all processes under load without a failed operation', async () => {
    const { port, admin, command } = await start('watch_keys: false\n');
    const client = connect(port, 4);
    const load = beginLoad(client);
    await load.reaches(100);
    writeFileSync(join(folder, 'keys/copy.key'), readFileSync(join(await otherPki(), LAYOUT.siteKey(SITE))));
    command.signal('SIGHUP');
    await until(async () =>
      /\nlatchkey_reloads_total\{result="succeeded"\} 1\n/.test(await textOf(admin, '/metrics')),
    );
    expect(await textOf(admin, '/metrics')).toContain('\nlatchkey_keys 3\n');
    expect(await load.end()).toEqual([]);
    const newSki = await skiOf(join(folder, 'keys/copy.key'));
    await Promise.all(Array.from({ length: 4 }, () => sign(connect(port, 1), newSki)));
  });

  it('serves keys in all processes that come into a folder', async () => {
    const { admin } = await start();
    writeFileSync(join(folder, 'keys/copy.key'), readFileSync(join(await otherPki(), LAYOUT.siteKey(SITE))));
    await until(async () => /\nlatchkey_keys 3\n/.test(await textOf(admin, '/metrics')));
  });

  it('reloads none when one cannot, says why, and goes on', async () => {
    writeFileSync(join(folder, 'policy.yaml'), 'rules: [{clients: all, keys: all, allow: sign}]\n');
    const { port, admin, command } = await start('policy_file: policy.yaml\n');
    writeFileSync(join(folder, 'policy.yaml'), 'rules: nonsense\n');
    command.signal('SIGHUP');
    await until(async () =>
      /latchkey_reloads_total\{result="failed"\} 1\n/.test(await textOf(admin, '/metrics')),
    );
    await until(() =>
      Promise.resolve(command.errors.includes('not reloaded: all processes serve as they did')),
    );
    await Promise.all(Array.from({ length: 4 }, () => sign(connect(port, 1), ski)));
  });

  it('keeps an audit log in each process, which are verified together', async () => {
    writeFileSync(join(folder, 'audit.key'), randomBytes(32).toString('hex'));
    const { port, command } = await start('audit_log: audit.log\naudit_log_key_file: audit.key\n');
    const client = connect(port, 4);
    await signMany(client, 100);
    await client.close();
    command.signal('SIGTERM');
    expect((await command.ended()).exitCode).toBe(0);

    const logs = readdirSync(folder).filter((name) => name.startsWith('audit.log'));
    expect(logs.toSorted()).toEqual(
      [1, 2].flatMap((slot) => [`audit.log.process-${slot}`, `audit.log.process-${slot}.head`]),
    );
    const files = logs.map((name) => join(folder, name));
    const verify = () => latchkey('audit', 'verify', ...files, '--key-file', join(folder, 'audit.key'));
    const verified = await verify();
    expect(verified.output.match(/^verified {2}audit\.log\.process-[12]: /gm)).toHaveLength(2);
    expect(verified.exitCode).toBe(0);
    const lines = files.flatMap((file) => readFileSync(file, 'utf8').match(/"result":"ok"/g) ?? []);
    expect(lines).toHaveLength(100);

    const second = join(folder, 'audit.log.process-2');
    writeFileSync(second, readFileSync(second, 'utf8').replace('log_opened', 'log_0pened'));
    const forged = await verify();
    expect(forged.output).toMatch(/^verified {2}audit\.log\.process-1: /);
    expect(forged.errors).toMatch(/^not verified {2}.*audit\.log\.process-2:\d+: /);
    expect(forged.exitCode).toBe(1);
  });

  it('holds a rate limit of a client over all processes', async () => {
    writeFileSync(
      join(folder, 'policy.yaml'),
      'rules: [{clients: all, keys: all, allow: sign}]\nlimits: [{clients: all, rate: 1/h, burst: 20}]\n',
    );
    const { port } = await start('policy_file: policy.yaml\n');
    const clients = Array.from({ length: 4 }, () => connect(port, 1));
    await Promise.all(clients.map((client) => sign(client, ski)));
    let performed = clients.length;
    // One after the other, so that each process hears of what the other has let through.
    for (let count = 0; count < 40; count += 1) {
      const client = clients[count % clients.length] as KeyServerClient;
      performed += await sign(client, ski).then(
        () => 1,
        () => 0,
      );
      await new Promise((resolve) => setTimeout(resolve, 30));
    }
    // Each process on its own would have let 20 through. One may hear late of the other on a busy machine.
    expect(performed).toBeGreaterThanOrEqual(20);
    expect(performed).toBeLessThan(30);
  });

  it('answers what has arrived when it is told to end, and leaves no process, pid file or port', async () => {
    const { port, command, processes } = await start('pid_file: server.pid\n');
    const pids = processes();
    expect(pids).toHaveLength(2);
    expect(readFileSync(join(folder, 'server.pid'), 'utf8')).toBe(`${command.pid}\n`);
    const client = connect(port, 4);
    await signMany(client, 8);
    const signatures = signMany(client, 100);
    command.signal('SIGTERM');
    await signatures;
    expect((await command.ended()).exitCode).toBe(0);
    expect(existsSync(join(folder, 'server.pid'))).toBe(false);
    for (const pid of pids) expect(existsSync(`/proc/${pid}`)).toBe(false);
  });

  it('ends with 2 and says once why when its configuration cannot be used', async () => {
    writeFileSync(join(folder, LAYOUT.keyServerKey), 'no key');
    appendFileSync(join(folder, 'server.yaml'), 'processes: 2\n');
    const { exitCode, errors } = await latchkey('server', '--config', join(folder, 'server.yaml'));
    expect(exitCode).toBe(2);
    expect(errors.match(/key-server\.key/g)).toHaveLength(1);
  });
});

function start(configuration = ''): Promise<TwoProcesses> {
  return startTwoProcesses(folder, configuration);
}

function connect(port: number, connectionsPerServer: number): KeyServerClient {
  return connectTo({ host: 'localhost', port }, folder, connectionsPerServer);
}

async function signMany(client: KeyServerClient, count: number): Promise<void> {
  await Promise.all(Array.from({ length: count }, () => sign(client, ski)));
}

interface Load {
  reaches(count: number): Promise<void>;
  /** @returns the operations that failed */
  end(): Promise<unknown[]>;
}

/** Sixteen operations at a time, until it is ended. */
function beginLoad(client: KeyServerClient): Load {
  const failures: unknown[] = [];
  let performed = 0;
  const over = new AbortController();
  const lane = async (): Promise<void> => {
    while (!over.signal.aborted) {
      try {
        await sign(client, ski);
        performed += 1;
      } catch (error) {
        failures.push(error);
      }
    }
  };
  const lanes = Array.from({ length: 16 }, lane);
  return {
    reaches: (count) => until(() => Promise.resolve(performed >= count || failures.length > 0)),
    end: async () => {
      over.abort();
      await Promise.all(lanes);
      return failures;
    },
  };
}

async function otherPki(): Promise<string> {
  const other = temporaryFolder();
  await writeDevelopmentPki(await createDevelopmentPki(), other);
  return other;
}

async function jsonOf<T>(admin: string, path: string): Promise<T> {
  return (await (await fetch(`${admin}${path}`)).json()) as T;
}
