// Runs testssl.sh (Debian's package of that name) against an edge, once in each TLS profile, and fails for a finding of
// medium severity or worse that docs/security.md does not explain. Takes a few minutes.
import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { createDevelopmentPki, edgeConfigurationText, LAYOUT, writeDevelopmentPki } from 'latchkey/pki';
import { ServingCommand } from 'latchkey/supervision';
import { root } from './run.mjs';

const NAME = 'site.localhost';
const SITES = [
  { name: NAME, keyAlgorithm: 'p-256' },
  { name: 'rsa.localhost', keyAlgorithm: 'rsa-2048', alternativeNames: [NAME] },
];
const BAD = ['MEDIUM', 'HIGH', 'CRITICAL', 'FATAL'];
/** For each profile, in milliseconds; on a calm machine a minute and a half is enough. */
const TIME_LIMIT = 600_000;

const explained = readExplained();
const folder = mkdtempSync(join(tmpdir(), 'latchkey-testssl-'));
let unexplained = 0;
await writeDevelopmentPki(await createDevelopmentPki({ sites: SITES }), folder, {
  addresses: { keyServerPort: 0, edgePort: 0, origin: 'http://127.0.0.1:1' },
});
const keyServer = await ServingCommand.start([
  'server',
  '--metrics-port=off',
  '--config',
  join(folder, LAYOUT.serverConfiguration),
]);
try {
  for (const profile of ['modern', 'intermediate']) unexplained += await examine(profile);
} finally {
  await keyServer.stop();
  rmSync(folder, { recursive: true });
}
if (unexplained > 0) {
  console.error(`${unexplained} findings are not explained in docs/security.md`);
  process.exitCode = 1;
}

/** The findings' ids in the table of docs/security.md. */
function readExplained() {
  const text = readFileSync(join(root, 'docs', 'security.md'), 'utf8');
  const section = text.slice(text.indexOf('## testssl.sh'));
  return new Set([...section.matchAll(/^\| `(\w+)` /gm)].map(([, id]) => id));
}

/** Shows an edge's findings and counts those that nobody has explained. */
async function examine(profile) {
  const edge = await ServingCommand.start(['edge', '--config', configure(profile)]);
  const started = performance.now();
  const findings = await scan(edge.port);
  const seconds = Math.round((performance.now() - started) / 1000);
  await edge.stop();
  console.log(`${profile}: ${findings.length} findings in ${seconds} s`);
  const bad = findings.filter(({ severity }) => BAD.includes(severity));
  for (const finding of bad)
    console.log(
      `  ${isExplained(finding) ? 'explained' : 'NOT EXPLAINED'}: ${finding.severity} ${finding.id}: ${finding.finding}`,
    );
  return bad.filter((finding) => !isExplained(finding)).length;
}

/** One site with an ECDSA and an RSA certificate. */
function configure(profile) {
  const addresses = { keyServerPort: keyServer.port, edgePort: 0, origin: 'http://127.0.0.1:1' };
  const both = SITES.map(({ name }) => LAYOUT.siteCertificateChain(name)).join(', ');
  const text = edgeConfigurationText([NAME], addresses).replace(/( certificate: ).*/, `$1[${both}]`);
  const file = join(folder, `${profile}.yaml`);
  writeFileSync(file, `${text}profile: ${profile}\n`);
  return file;
}

/** Of several certificates, testssl.sh numbers the findings. */
function isExplained({ id }) {
  return explained.has(id.replace(/ <.*>$/, ''));
}

async function scan(port) {
  const report = join(folder, 'report.json');
  rmSync(report, { force: true });
  const commandLine = ['--quiet', '--color=0', '--warnings=batch', '--ip=127.0.0.1'].concat(
    `--add-ca=${join(folder, LAYOUT.siteCa)}`,
    ['--connect-timeout=5', '--openssl-timeout=5', `--jsonfile=${report}`, `${NAME}:${port}`],
  );
  // Its exit code counts findings.
  const ended = promisify(execFile)('testssl', commandLine, { maxBuffer: 2 ** 26, timeout: TIME_LIMIT });
  await ended.catch((error) => {
    if (typeof error.code !== 'number') throw error;
  });
  return JSON.parse(readFileSync(report, 'utf8'));
}
