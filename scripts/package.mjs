// Makes the folder that runs in production: the command `latchkey` with all that it needs at run time, in the versions of
// the lockfile, its addons built. It needs Node and nothing else outside itself: it may be copied anywhere.
// Argument: the folder to make. What has been built is taken as it is; `npm run package` builds it first.
import { cpSync, existsSync, readdirSync, rmSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fail, pnpm, root } from './run.mjs';

const [argument] = process.argv.slice(2);
if (argument === undefined) fail('which folder is to be made? npm run package -- FOLDER');
// npm runs scripts in the checkout, wherever one was.
const output = resolve(process.env.INIT_CWD ?? process.cwd(), argument);
if (existsSync(output) && readdirSync(output).length > 0) fail(`${output} is not empty`);

deploy();
if (!copyAddon(join('packages', 'native'), join('@latchkey', 'native'), 'latchkey.node'))
  fail('the addon has not been built: npm run setup');
if (!copyAddon(join('packages', 'server', 'node_modules', 'pkcs11js'), 'pkcs11js', 'pkcs11.node'))
  console.warn('latchkey: without PKCS#11, because pkcs11js could not be built on this machine');
removeRecords();
console.log(`latchkey: ${join(output, 'bin', 'latchkey.js')} is ready`);

function deploy() {
  pnpm(
    // Copies instead of links into the checkout.
    '--config.inject-workspace-packages=true',
    '--config.node-linker=hoisted',
    '--loglevel=error',
    '--filter=latchkey',
    'deploy',
    '--prod',
    // The addons are those that were built, and tested, here.
    '--ignore-scripts',
    output,
  );
}

function copyAddon(from, to, name) {
  const file = join('build', 'Release', name);
  const addon = join(root, from, file);
  if (!existsSync(addon)) return false;
  cpSync(addon, join(output, 'node_modules', to, file));
  return true;
}

/** pnpm writes down where everything came from: paths of this machine. */
function removeRecords() {
  for (const name of ['.modules.yaml', '.pnpm', '.pnpm-workspace-state-v1.json'])
    rmSync(join(output, 'node_modules', name), { recursive: true, force: true });
  rmSync(join(output, 'pnpm-lock.yaml'), { force: true });
  cpSync(join(root, 'packages', 'cli', 'package.json'), join(output, 'package.json'));
  cpSync(join(root, 'LICENSE'), join(output, 'LICENSE'));
}
