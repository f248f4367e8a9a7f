import { generateKeyPairSync, verify } from 'node:crypto';
import { once } from 'node:events';
import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';
import { Worker } from 'node:worker_threads';
import { expect, it } from 'vitest';
import { PrivateKey, countPrivateKeys } from './private-key.js';

const native = pathToFileURL(createRequire(import.meta.url).resolve('@latchkey/native')).href;
const pair = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const der = pair.privateKey.export({ type: 'pkcs8', format: 'der' });
const message = Buffer.from('signed in another thread');

interface Report {
  readonly signatures: readonly Uint8Array[];
  readonly lastFailure: string;
}

it('a key is used by handle in two threads until a third disposes of it', async () => {
  const before = countPrivateKeys();
  const key = PrivateKey.parse(der);
  const workers = [0, 1].map(
    () =>
      new Worker(
        `import(${JSON.stringify(native)}).then(({ BatchReader, BatchStatus, BatchWriter, OperationCode, performBatch }) => {
          const { parentPort, workerData: { handle, message } } = require('node:worker_threads');
          const signatures = [];
          for (;;) {
            const writer = new BatchWriter();
            for (let count = 0; count < 4; count += 1)
              writer.add(handle, OperationCode.ecdsa_sha256, message, { payloadIsMessage: true });
            const reader = new BatchReader(performBatch(writer.finish()));
            for (let index = 0; index < reader.count; index += 1) {
              const status = reader.status(index);
              if (status !== BatchStatus.ok) {
                const lastFailure = Object.keys(BatchStatus)[status];
                parentPort.postMessage({ signatures: signatures.slice(-20), lastFailure });
                return;
              }
              signatures.push(reader.answer(index).slice());
            }
            if (signatures.length === 4) parentPort.postMessage('started');
          }
        });`,
        { eval: true, workerData: { handle: key.handle, message } },
      ),
  );
  await Promise.all(workers.map((worker) => once(worker, 'message')));
  const reports = workers.map((worker) => once(worker, 'message') as Promise<[Report]>);
  const ended = workers.map((worker) => once(worker, 'exit'));
  key.dispose();
  for (const [{ signatures, lastFailure }] of await Promise.all(reports)) {
    expect(lastFailure).toBe('no_such_key');
    for (const signature of signatures)
      expect(verify('sha256', message, pair.publicKey, signature)).toBe(true);
  }
  await Promise.all(ended);
  expect(countPrivateKeys()).toBe(before);
});

it("a thread's keys end with it", async () => {
  const before = countPrivateKeys();
  const worker = new Worker(
    `import(${JSON.stringify(native)}).then(({ PrivateKey, countPrivateKeys }) => {
      const { parentPort, workerData } = require('node:worker_threads');
      globalThis.kept = PrivateKey.parse(workerData);
      parentPort.postMessage(countPrivateKeys());
    });`,
    { eval: true, workerData: der },
  );
  const ended = once(worker, 'exit');
  expect(await once(worker, 'message')).toEqual([before + 1]);
  await ended;
  expect(countPrivateKeys()).toBe(before);
});
