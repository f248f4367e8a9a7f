// Makes a fresh clone ready to run: installs the dependencies, builds the addon and the packages, each only where its
// inputs have changed since the last time. Uses nothing but Node's built-ins, since nothing else is there yet.
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { fail, pnpm, root, run } from './run.mjs';

const stamps = join(root, 'node_modules', '.latchkey');

requireNode();
step('dependencies', dependencyInputs(), 'installing the dependencies', install);
step('packages', sourceInputs(), 'building the packages', () => run(process.execPath, [typescript(), '-b']));
// The addon keeps its own record of what it was built from.
run(process.execPath, [join('packages', 'native', 'build.mjs')]);

/** Does `action` unless it has been done for inputs with this very content. */
function step(name, inputs, title, action) {
  const hash = createHash('sha256');
  for (const file of inputs) hash.update(relative(root, file)).update('\0').update(readFileSync(file));
  const digest = hash.digest('hex');
  const stamp = join(stamps, name);
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === digest) return;
  console.log(`latchkey: ${title}`);
  action();
  mkdirSync(stamps, { recursive: true });
  writeFileSync(stamp, digest);
}

function install() {
  // pnpm also runs the addon's install script, which builds it.
  pnpm('install', '--frozen-lockfile', '--reporter=append-only', '--loglevel=warn');
}

function dependencyInputs() {
  const manifests = ['packages', '.']
    .flatMap((folder) =>
      readdirSync(join(root, folder), { withFileTypes: true }).map((entry) => join(root, folder, entry.name)),
    )
    .map((folder) => join(folder, 'package.json'))
    .filter((file) => existsSync(file));
  return [
    join(root, 'package.json'),
    ...manifests,
    join(root, 'pnpm-lock.yaml'),
    join(root, 'pnpm-workspace.yaml'),
  ];
}

function sourceInputs() {
  const folders = [
    ...readdirSync(join(root, 'packages')).map((name) => join(root, 'packages', name)),
    join(root, 'bench'),
  ];
  const sources = folders.flatMap((folder) => [
    ...['package.json', 'tsconfig.build.json'].map((name) => join(folder, name)),
    ...readdirSync(join(folder, 'src'), { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile() && !entry.name.endsWith('.test.ts'))
      .map((entry) => join(entry.parentPath, entry.name)),
  ]);
  return [join(root, 'tsconfig.json'), join(root, 'tsconfig.base.json'), ...sources.sort()];
}

function typescript() {
  return join('node_modules', 'typescript', 'bin', 'tsc');
}

function requireNode() {
  const [major, minor] = process.versions.node.split('.').map(Number);
  if (major > 20 || (major === 20 && minor >= 20)) return;
  fail(`Node ${process.versions.node} is too old; it takes 20.20 or later`);
}
