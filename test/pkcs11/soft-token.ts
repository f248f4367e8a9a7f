import type { KeyObject } from 'node:crypto';
import { mkdir, mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Requirement } from '../support/requirements.js';
import { runCommand } from '../support/run-command.js';

const SOFTHSM = '/usr/lib/softhsm/libsofthsm2.so';

/** What {@link SoftToken} needs from Debian. */
export const SOFT_TOKEN_REQUIREMENTS: readonly Requirement[] = [
  { needs: SOFTHSM, debianPackage: 'softhsm2' },
  { needs: 'softhsm2-util', debianPackage: 'softhsm2' },
];

/** A token of SoftHSM's in a folder of its own, behind a module that can be watched (watched-module.cc). */
export class SoftToken {
  readonly pin = '8a;7&6?%';
  readonly #folder: string;
  readonly #environment: NodeJS.ProcessEnv;

  /** Makes a token named "site keys" that holds keys by their labels, with the ids 1, 2, and so on. */
  static async create(keys: Readonly<Record<string, KeyObject>>): Promise<SoftToken> {
    const token = new SoftToken(await mkdtemp(join(tmpdir(), 'latchkey-token-')));
    await token.#initialize(keys);
    return token;
  }

  private constructor(folder: string) {
    this.#folder = folder;
    this.#environment = { ...process.env };
    Object.assign(process.env, {
      SOFTHSM2_CONF: join(folder, 'softhsm2.conf'),
      WATCHED_MODULE: SOFTHSM,
      WATCHED_LOGINS: join(folder, 'logins'),
      WATCHED_HANG: join(folder, 'hang'),
    });
  }

  /** The URI of all its keys, or of those with `attributes` (e.g. `object=ec`). */
  uri(attributes = '', { pin = this.pin, sessions = 4 } = {}): string {
    const path = ['token=site%20keys', ...(attributes === '' ? [] : [attributes])].join(';');
    const module = join(this.#folder, 'watched-module.so');
    return `pkcs11:${path}?module-path=${module}&pin-value=${encodeURIComponent(pin)}&max-sessions=${sessions}`;
  }

  /** The ids of the processes that have logged in, one for each time. */
  async logins(): Promise<readonly number[]> {
    const text = await readFile(join(this.#folder, 'logins'), 'utf8').catch(() => '');
    return text.split('\n').filter(Boolean).map(Number);
  }

  async takeAway(): Promise<void> {
    await rename(join(this.#folder, 'tokens'), join(this.#folder, 'away'));
  }

  async putBack(): Promise<void> {
    await rename(join(this.#folder, 'away'), join(this.#folder, 'tokens'));
  }

  /** Has no signature of its come back until {@link letGo}. */
  async hang(): Promise<void> {
    await writeFile(join(this.#folder, 'hang'), '');
  }

  async letGo(): Promise<void> {
    await rm(join(this.#folder, 'hang'));
  }

  async dispose(): Promise<void> {
    process.env = this.#environment;
    await rm(this.#folder, { recursive: true });
  }

  async #initialize(keys: Readonly<Record<string, KeyObject>>): Promise<void> {
    await mkdir(join(this.#folder, 'tokens'));
    const configuration = `directories.tokendir = ${join(this.#folder, 'tokens')}\nlog.level = ERROR\n`;
    await writeFile(join(this.#folder, 'softhsm2.conf'), configuration);
    await run(
      'softhsm2-util',
      '--init-token',
      '--free',
      '--label',
      'site keys',
      '--so-pin',
      'so-pin',
      '--pin',
      this.pin,
    );
    for (const [index, [label, key]] of Object.entries(keys).entries()) {
      const file = join(this.#folder, 'key.pem');
      await writeFile(file, key.export({ type: 'pkcs8', format: 'pem' }));
      const id = (index + 1).toString(16).padStart(2, '0');
      await run(
        'softhsm2-util',
        '--import',
        file,
        '--token',
        'site keys',
        '--label',
        label,
        '--id',
        id,
        '--pin',
        this.pin,
      );
      await rm(file);
    }
    await buildModule(join(this.#folder, 'watched-module.so'));
  }
}

async function buildModule(file: string): Promise<void> {
  // pkcs11js brings the header files of PKCS#11.
  const server = createRequire(import.meta.url).resolve('@latchkey/server');
  const headers = join(dirname(createRequire(server).resolve('pkcs11js')), 'includes', 'pkcs11');
  const source = fileURLToPath(new URL('watched-module.cc', import.meta.url));
  await run('g++', '-shared', '-fPIC', '-std=c++17', '-isystem', headers, '-o', file, source);
}

async function run(command: string, ...commandLine: string[]): Promise<void> {
  const { exitCode, errors, output } = await runCommand(command, commandLine);
  if (exitCode !== 0) throw new Error(`${command} ${commandLine[0]} failed: ${errors}${output.toString()}`);
}
