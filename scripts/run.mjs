// What the scripts of this folder have in common. Nothing but Node's built-ins.
import { spawnSync } from 'node:child_process';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { headersDirectory } from '../packages/native/headers.mjs';

/** The folder of the checkout. */
export const root = join(dirname(fileURLToPath(import.meta.url)), '..');

/** Runs the pnpm that works on every Node that we run on, in the checkout. A failure ends this process. */
export function pnpm(...args) {
  const headers = headersDirectory();
  // Dependencies with an addon are built against the headers that came with this Node, without a download.
  if (headers !== undefined) process.env.npm_config_nodedir ??= headers;
  run('npx', ['--yes', 'pnpm@10.34.9', ...args]);
}

/** Runs a command in the checkout. A failure ends this process. */
export function run(command, args) {
  const { status, error } = spawnSync(command, args, { cwd: root, stdio: 'inherit' });
  if (status === 0) return;
  fail(`\`${[command, ...args].join(' ')}\` failed${error === undefined ? '' : `: ${error.message}`}`);
}

/** Ends this process. */
export function fail(message) {
  console.error(`latchkey: ${message}`);
  process.exit(1);
}
