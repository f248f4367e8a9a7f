// Runs the native tests against an addon built with AddressSanitizer (which brings LeakSanitizer) and
// UndefinedBehaviorSanitizer. Whatever they find fails the run. Arguments: which tests, by default all native ones.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { configDefaults } from 'vitest/config';
import { startVitest } from 'vitest/node';

const here = dirname(fileURLToPath(import.meta.url));
const native = join(here, '..', 'packages', 'native');
const filters = process.argv.slice(2);
const reports = mkdtempSync(join(tmpdir(), 'latchkey-sanitize-'));

execFileSync(process.execPath, [join(native, 'build.mjs'), '--sanitize'], { stdio: 'inherit' });
Object.assign(process.env, {
  LATCHKEY_ADDON: join(native, 'build-sanitize', 'build', 'Release', 'latchkey.node'),
  // Node itself is not built with AddressSanitizer, whose runtime has to be there before anything else.
  LD_PRELOAD: execFileSync('g++', ['-print-file-name=libasan.so'], { encoding: 'utf8' }).trim(),
  // Leaks are looked for by the setup file: at exit they would be in every program that a test starts.
  ASAN_OPTIONS: `detect_leaks=1:leak_check_at_exit=0:log_path=${join(reports, 'report')}`,
  UBSAN_OPTIONS: 'print_stacktrace=1',
});
const vitest = await startVitest('test', filters.length > 0 ? filters : ['packages/native', 'test/native'], {
  watch: false,
  // They read all memory, and AddressSanitizer maps terabytes.
  exclude: [...configDefaults.exclude, '**/key-wiping.test.ts', '**/openssl-fault.test.ts'],
  setupFiles: [join(here, 'sanitize-setup.mjs')],
});
await vitest.close();

const findings = readdirSync(reports).flatMap((name) =>
  findingsIn(readFileSync(join(reports, name), 'utf8')),
);
rmSync(reports, { recursive: true });
if (findings.length > 0) {
  console.error(`\n${findings.join('\n\n')}\n\nThe sanitizers found ${findings.length} defects.`);
  process.exitCode = 1;
}

function findingsIn(report) {
  if (report.includes('ERROR: AddressSanitizer')) return [report];
  return report.split('\n\n').filter((paragraph) => / leak of \d+ byte/.test(paragraph) && isOurs(paragraph));
}

// LeakSanitizer cannot see what V8's heap refers to and takes it for lost: a leak of ours is one that the addon, or
// OpenSSL in its name, allocated without V8 or Node-API in between.
function isOurs(leak) {
  const frames = [...leak.matchAll(/^ +#\d+ 0x[0-9a-f]+ (?:in )?(.*)$/gm)].map(([, frame]) => frame);
  const caller = frames.findIndex((frame) => frame.includes('latchkey'));
  return caller >= 0 && !frames.slice(0, caller).some((frame) => /^(v8::|node::|napi_)/.test(frame));
}
