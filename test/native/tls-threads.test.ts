import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';
import { Worker } from 'node:worker_threads';
import { tlsStatistics } from '@latchkey/native';
import { beforeAll, describe, expect, it } from 'vitest';
import { clientHelloOf, makeSite, visitorOf } from './tls-encounter.js';

const native = pathToFileURL(createRequire(import.meta.url).resolve('@latchkey/native')).href;

/** Makes `count` connections, all waiting for a signature, in `paused`. */
const PAUSE = `
  const { TlsContext, TlsServerConnection, tlsStatistics } = await import(${JSON.stringify(native)});
  function pause({ certificatePem, clientHello, count }) {
    const context = new TlsContext({ certificateChain: certificatePem });
    return Array.from({ length: count }, () => {
      const connection = new TlsServerConnection({ context });
      connection.receive(clientHello);
      if (connection.takeRequest()?.type !== 'sign') throw new Error('not paused');
      return connection;
    });
  }
`;

interface PauseData {
  readonly certificatePem: string;
  readonly clientHello: Buffer;
  readonly count: number;
}

let data: PauseData;
beforeAll(async () => {
  const site = await makeSite('p-256');
  data = {
    certificatePem: site.certificatePem,
    clientHello: await clientHelloOf(visitorOf(site)),
    count: 50,
  };
});

/** For a worker with that data: pauses handshakes, then does what comes after. */
function workerScript(after = ''): string {
  return `
    (async () => {
      const { parentPort, workerData } = require('node:worker_threads');
      ${PAUSE}
      globalThis.paused = pause(workerData);
      parentPort.postMessage('paused');
      ${after}
    })();
  `;
}

describe('a worker thread', () => {
  it.each([
    ['ends by itself', ''],
    ['exits', 'process.exit();'],
    ['is terminated', 'setInterval(() => {}, 1000);'],
  ])('that %s leaves nothing of its paused handshakes behind', async (how, after) => {
    const start = (): Worker => new Worker(workerScript(after), { eval: true, workerData: data });
    const workers = [start(), start()];
    const exits = workers.map((worker) => once(worker, 'exit'));
    await Promise.all(workers.map((worker) => once(worker, 'message')));
    if (how === 'is terminated') await Promise.all(workers.map((worker) => worker.terminate()));
    await Promise.all(exits);
    expect(tlsStatistics()).toMatchObject({ connections: 0, fibersInUse: 0, fibersPooled: 0 });
  });
});

describe('a process', () => {
  /** Runs an ES module that finds `data` there. */
  function run(script: string, ...nodeOptions: string[]): void {
    const input = `
      const data = ${JSON.stringify({ ...data, clientHello: data.clientHello.toString('base64') })};
      data.clientHello = Buffer.from(data.clientHello, 'base64');
      ${script}
    `;
    const { status, stderr, stdout } = spawnSync(
      process.execPath,
      [...nodeOptions, '--input-type=module', '-'],
      { input, encoding: 'utf8', timeout: 50_000 },
    );
    expect({ status, stderr, stdout }).toEqual({ status: 0, stderr: '', stdout: '' });
  }

  it('ends cleanly with paused handshakes', () => {
    run(`${PAUSE} globalThis.paused = pause(data);`);
  });

  it('exits cleanly with paused handshakes', () => {
    run(`${PAUSE} globalThis.paused = pause(data); process.exit(0);`);
  });

  it('frees paused handshakes that were forgotten', () => {
    const script = `
      ${PAUSE}
      pause(data);
      for (let round = 0; round < 100 && tlsStatistics().connections > 0; round += 1) {
        gc();
        await new Promise(setImmediate);
      }
      const { connections, fibersInUse } = tlsStatistics();
      if (connections + fibersInUse > 0) throw new Error(connections + ' connections are left');
    `;
    run(script, '--expose-gc');
  });

  it('may load the addon in one worker thread after another, and nowhere else', () => {
    run(`
      import { Worker } from 'node:worker_threads';
      import { once } from 'node:events';
      const options = { eval: true, workerData: data, execArgv: [] };
      for (let round = 0; round < 3; round += 1)
        await once(new Worker(${JSON.stringify(workerScript())}, options), 'exit');
    `);
  });
});
