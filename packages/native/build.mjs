// Builds the addon with the node-gyp that comes with npm, when its sources are newer than what was built.
// `--sanitize` builds it with AddressSanitizer and UndefinedBehaviorSanitizer into build-sanitize/ instead.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  cpSync,
  existsSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { headersDirectory } from './headers.mjs';

const here = dirname(fileURLToPath(import.meta.url));
const sanitize = process.argv.includes('--sanitize');
const outputDirectory = join(here, sanitize ? 'build-sanitize' : 'build');
const addonFile = join(outputDirectory, ...(sanitize ? ['build'] : []), 'Release', 'latchkey.node');
const stampFile = join(outputDirectory, 'sources.sha256');

const digest = sourcesDigest();
if (existsSync(addonFile) && existsSync(stampFile) && readFileSync(stampFile, 'utf8') === digest)
  process.exit(0);
build();
mkdirSync(outputDirectory, { recursive: true });
writeFileSync(stampFile, digest);

function build() {
  console.log(`latchkey: building the addon${sanitize ? ' with sanitizers' : ''} (about half a minute)`);
  const headers = headersDirectory();
  const result = spawnSync(
    process.execPath,
    [
      nodeGyp(),
      'configure',
      'build',
      '--silent',
      '--jobs=max',
      ...(headers === undefined ? [] : [`--nodedir=${headers}`]),
    ],
    {
      cwd: sanitize ? sanitizeCopy() : here,
      env: { ...process.env, ...(sanitize && { GYP_DEFINES: 'sanitize=true' }) },
      stdio: 'inherit',
    },
  );
  if (result.status !== 0) {
    console.error(
      'latchkey: the addon could not be built. It needs python3, make and a C++17 compiler: ' +
        'on Debian, apt-get install python3 make g++.',
    );
    process.exit(1);
  }
}

// node-gyp always writes to build/ beside binding.gyp: the sanitizer build gets a copy of the sources so that both can
// stand side by side.
function sanitizeCopy() {
  rmSync(outputDirectory, { recursive: true, force: true });
  mkdirSync(outputDirectory);
  for (const name of ['binding.gyp', 'package.json', 'cc'])
    cpSync(join(here, name), join(outputDirectory, name), { recursive: true });
  symlinkSync(join(here, 'node_modules'), join(outputDirectory, 'node_modules'));
  return outputDirectory;
}

function sourcesDigest() {
  const hash = createHash('sha256');
  const files = readdirSync(join(here, 'cc'), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();
  for (const file of [join(here, 'binding.gyp'), ...files])
    hash.update(file.slice(here.length)).update(readFileSync(file));
  return hash.digest('hex');
}

function nodeGyp() {
  const npmDirectories = [
    process.env.npm_execpath === undefined ? undefined : dirname(dirname(process.env.npm_execpath)),
    join(dirname(process.execPath), '..', 'lib', 'node_modules', 'npm'),
    join(dirname(realpathSync(process.execPath)), '..', 'lib', 'node_modules', 'npm'),
  ];
  const candidates = [
    process.env.npm_config_node_gyp,
    ...npmDirectories.map(
      (directory) => directory && join(directory, 'node_modules', 'node-gyp', 'bin', 'node-gyp.js'),
    ),
  ];
  const found = candidates.find((candidate) => candidate !== undefined && existsSync(candidate));
  if (found !== undefined) return found;
  return createRequire(import.meta.url).resolve('node-gyp/bin/node-gyp.js');
}
