import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdir, rename } from 'node:fs/promises';
import { connect } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { BenchmarkError } from '@latchkey/load';

/** What Clinic.js can make of a run. */
export const CLINIC_TOOLS = ['doctor', 'flame'] as const;
export type ClinicTool = (typeof CLINIC_TOOLS)[number];

/** Printed beside its pages, so that nobody believes them for what they do not show. */
export const CLINIC_BLIND_SPOTS = `Clinic.js is no longer maintained, and it does not see
  - worker threads: what workers sign is in none of its figures (the profile above has every thread);
  - C++: the addon's and OpenSSL's time stands under the function that called them, or is missing;
  - who waits: doctor's event loop delay says that the thread was held up, not what held up a request.`;

/** A server that runs under Clinic.js. */
export interface ClinicRun {
  /**
   * Ends it and waits for the page.
   *
   * @param page where it goes
   * @throws {BenchmarkError} with what was printed when there is none
   */
  finish(page: string): Promise<void>;
  /** Ends it for good. Idempotent. */
  kill(): void;
}

/**
 * Runs a command of Node.js under Clinic.js, which npx fetches where it is not there yet, and waits until it takes connections.
 *
 * @param folder of its own: for what Clinic.js leaves
 * @throws {BenchmarkError} with what was printed when npx cannot have it, or when nothing listens after two minutes
 */
export async function startUnderClinic(
  tool: ClinicTool,
  command: readonly string[],
  port: number,
  folder: string,
): Promise<ClinicRun> {
  const child = spawn(
    'npx',
    ['--yes', CLINIC, tool, '--open=false', `--dest=${folder}`, '--', process.execPath, ...command],
    // It asks whether it may tell its makers how it is used, unless told not to. A group of its own, to be ended as by Ctrl-C.
    { stdio: ['ignore', 'pipe', 'pipe'], detached: true, env: { ...process.env, NO_INSIGHT: 'true' } },
  );
  let printed = '';
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (text: string) => (printed = (printed + text).slice(-10_000)));
  const ended = once(child, 'close').catch(() => {});
  const fail = (what: string) =>
    new BenchmarkError(`${what}: npx ${CLINIC} ${tool} printed\n${printed.trim() || 'nothing'}`);
  try {
    await untilListening(child, port, () =>
      fail('Clinic.js cannot be had, or the server does not start under it'),
    );
  } catch (error) {
    signalGroup(child, 'SIGKILL');
    throw error;
  }
  return {
    finish: async (page) => {
      signalGroup(child, 'SIGINT');
      await ended;
      const made = (await readdir(folder)).find((name) => name.endsWith('.html'));
      if (made === undefined) throw fail('Clinic.js made no page');
      await rename(join(folder, made), page);
    },
    kill: () => signalGroup(child, 'SIGKILL'),
  };
}

/** The last one there is. */
const CLINIC = 'clinic@13';
/** To fetch it as well. */
const PATIENCE = 120_000;

async function untilListening(child: ChildProcess, port: number, failure: () => Error): Promise<void> {
  const end = performance.now() + PATIENCE;
  while (!(await takesConnections(port))) {
    if (child.exitCode !== null || child.pid === undefined || performance.now() > end) throw failure();
    await sleep(200);
  }
}

function takesConnections(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => resolve(true)).once('error', () => resolve(false));
    socket.once('connect', () => socket.destroy());
  });
}

function signalGroup({ pid, exitCode, signalCode }: ChildProcess, signal: NodeJS.Signals): void {
  if (pid === undefined || exitCode !== null || signalCode !== null) return;
  process.kill(-pid, signal);
}
