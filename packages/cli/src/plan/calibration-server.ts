import { createPublicKey } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { appendFile, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { cpuTimeOf } from '@latchkey/load';
import { createDevelopmentPki, LAYOUT, writeDevelopmentPki } from '../pki/index.js';
import { ServingCommand } from '../supervision/parent.js';
import type { CalibrationSubject, MeasuredCollection } from './calibrate.js';

/** A key server of its own, with new keys, to calibrate with. */
export interface CalibrationServer extends CalibrationSubject {
  /** The id of its process. */
  readonly pid: number;
  /** Ends it and leaves nothing behind. */
  stop(): Promise<void>;
}

/**
 * Starts `latchkey server` as it comes, on a free port of this machine.
 *
 * @throws {CommandFailedError} with what it printed when it does not start
 */
export async function startCalibrationServer(): Promise<CalibrationServer> {
  const folder = await mkdtemp(join(tmpdir(), 'latchkey-plan-'));
  try {
    const pki = await createDevelopmentPki();
    await writeDevelopmentPki(pki, folder);
    const configuration = join(folder, LAYOUT.serverConfiguration);
    // The port for metrics may be another key server's.
    await appendFile(configuration, 'metrics_port: off\n');
    const options = ['--config', configuration, '--port', '0', '--loglevel', 'warn'];
    const collections = join(folder, 'collections');
    await writeFile(collections, '');
    const probe = new URL('./collection-probe.js', import.meta.url);
    probe.searchParams.set('file', collections);
    const command = await ServingCommand.start(['server', ...options], {
      execArgv: ['--import', probe.href],
    });
    const { caPem: ca, edge } = pki.channel;
    const publicKeyOf = (algorithm: string): string => {
      const site = pki.sites.find(({ keyAlgorithm }) => keyAlgorithm === algorithm);
      if (site === undefined) throw new Error(`the development PKI has no ${algorithm} key`);
      return createPublicKey(site.keyPem).export({ type: 'spki', format: 'pem' }).toString();
    };
    return {
      channel: { host: '127.0.0.1', port: command.port, ca, cert: edge.certificatePem, key: edge.keyPem },
      publicKeys: { 'p-256': publicKeyOf('p-256'), 'rsa-2048': publicKeyOf('rsa-2048') },
      pid: command.pid,
      cpuTime: () => cpuTimeOf(command.pid),
      collections: () => readCollections(collections),
      stop: async () => {
        await command.stop();
        await rm(folder, { recursive: true, force: true });
      },
    };
  } catch (error) {
    await rm(folder, { recursive: true, force: true });
    throw error;
  }
}

/** As collection-probe.ts writes them. */
function readCollections(file: string): MeasuredCollection[] {
  const lines = readFileSync(file, 'utf8').split('\n').slice(0, -1);
  return lines.map((line) => {
    const [duration = 0, standstill = 0] = line.split(' ').map(Number);
    return { duration, standstill };
  });
}
