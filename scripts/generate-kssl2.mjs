// Writes the static modules of packages/codec/kssl2.proto: `node scripts/generate-kssl2.mjs [FOLDER]`.
import { execFileSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const codec = fileURLToPath(new URL('../packages/codec/', import.meta.url));
const folder = process.argv[2] ?? join(codec, 'generated');
const tools = join(
  dirname(createRequire(join(codec, 'package.json')).resolve('protobufjs-cli/package.json')),
  'bin',
);

mkdirSync(folder, { recursive: true });
run('pbjs', [
  ['--target', 'static-module', '--wrap', 'es6', '--es6', '--root', 'latchkey-kssl2'],
  ['--dependency', 'protobufjs/minimal.js', '--force-number'],
  [
    '--no-create',
    '--no-verify',
    '--no-convert',
    '--no-delimited',
    '--no-typeurl',
    '--no-service',
    '--no-bundle',
  ],
  ['--out', join(folder, 'kssl2.js'), join(codec, 'kssl2.proto')],
]);
run('pbts', [['--out', join(folder, 'kssl2.d.ts'), join(folder, 'kssl2.js')]]);

function run(tool, parts) {
  execFileSync(process.execPath, [join(tools, tool), ...parts.flat()], { stdio: 'inherit' });
}
