// Fetches Intel's crypto_mb library as Debian packages it into a folder outside the checkout, for machines whose own
// Debian has none, and prints the path of the library, for LATCHKEY_CRYPTO_MB. Once that has been done it only prints.
// apt does the work, in a package state of its own, from the mirror that the machine is configured to use, and checks
// the archive's signatures. Nothing but Node's built-ins.
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { fail } from './run.mjs';

// Debian 14: the Ed25519 of the older library in Debian 13 does not pass the self-test.
const suite = 'forky';
const keyring = '/usr/share/keyrings/debian-archive-keyring.gpg';

const cache = join(process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'latchkey');
const folder = join(cache, 'crypto-mb');

if (process.arch !== 'x64' || process.platform !== 'linux') fail('crypto_mb is for Linux on x86-64');
if (!existsSync(folder)) fetch();
console.log(findLibrary());

function fetch() {
  mkdirSync(cache, { recursive: true });
  const work = mkdtempSync(join(cache, 'crypto-mb-'));
  process.on('exit', () => rmSync(work, { recursive: true }));
  const options = separateState(work);
  command('apt-get', [...options, '--quiet', '--quiet', 'update']);
  const name = packageName(options);
  // Into the folder that it is run in.
  command('apt-get', [...options, '--quiet', '--quiet', 'download', name], { cwd: work });
  const file = readdirSync(work).find((entry) => entry.endsWith('.deb'));
  command('dpkg-deb', ['--extract', join(work, file), join(work, 'root')]);
  renameSync(join(work, 'root'), folder);
}

/** Options that have apt keep its lists and packages in the folder, and look at no others. */
function separateState(work) {
  for (const name of ['state/lists/partial', 'cache/archives/partial'])
    mkdirSync(join(work, name), { recursive: true });
  const sources = join(work, 'debian.sources');
  writeFileSync(
    sources,
    `Types: deb\nURIs: ${mirror()}\nSuites: ${suite}\nComponents: main\nSigned-By: ${keyring}\n`,
  );
  return [
    `Dir::State=${join(work, 'state')}`,
    'Dir::State::status=/dev/null',
    `Dir::Cache=${join(work, 'cache')}`,
    `Dir::Etc::sourcelist=${sources}`,
    'Dir::Etc::sourceparts=/dev/null',
    // The user that apt downloads as by default may not be let into the home directory.
    'APT::Sandbox::User=root',
    'Acquire::Languages=none',
  ].flatMap((option) => ['--option', option]);
}

/** Where this machine gets its Debian packages from. */
function mirror() {
  const targets = command('apt-get', ['indextargets', '--format', '$(ORIGIN)|$(LABEL)|$(REPO_URI)']);
  const lines = targets.split('\n').map((line) => line.split('|'));
  // Before the first `apt-get update` it only knows the addresses.
  const found =
    lines.find(([origin, label]) => origin === 'Debian' && label === 'Debian') ??
    lines.find(([, , address]) => address?.endsWith('/debian/'));
  return found?.[2] ?? fail('apt is configured without a Debian archive');
}

/** The package's name has a number in it that goes up with the library's interface. */
function packageName(options) {
  const found = command('apt-cache', [...options, 'search', '--names-only', '^libcrypto-mb[0-9]+$']);
  return /^\S+/.exec(found)?.[0] ?? fail(`there is no libcrypto-mb in Debian's ${suite}`);
}

function findLibrary() {
  const libraries = join(folder, 'usr', 'lib', 'x86_64-linux-gnu');
  const name = readdirSync(libraries).find((entry) => /^libcrypto_mb\.so\.\d+$/.test(entry));
  return name === undefined ? fail(`${libraries} holds no crypto_mb`) : join(libraries, name);
}

function command(name, args, options = {}) {
  try {
    return execFileSync(name, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'], ...options });
  } catch (error) {
    return fail(`\`${name}\` failed: ${error.message}`);
  }
}
