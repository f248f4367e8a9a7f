/**
 * Where a key server's or an edge's time goes under load: a CPU profile of every thread, heap and event loop, on one page.
 *
 * With `--clinic`, what Clinic.js makes of the same load as well.
 *
 * `npm run profile -- server|edge [--seconds N] [--rate N] [--operation NAME] [--html FILE] [--clinic]`
 */
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import {
  BenchmarkError,
  type GeneratorOrder,
  measureLoad,
  takeProcessors,
  type WorkOrder,
} from '@latchkey/load';
import { callTreeOf, type CpuProfile, hottest } from './profile/call-tree.js';
import { CLINIC_BLIND_SPOTS, CLINIC_TOOLS, startUnderClinic } from './profile/clinic.js';
import type { ProbeFindings } from './profile/findings.js';
import { type ProfileData, renderProfile } from './profile/page.js';
import { OPERATIONS } from './server/operations.js';
import { freePort, startDeployment, type SuiteDeployment } from './suite/deployment.js';

const PROBE = new URL('./profile/probe.js', import.meta.url).href;
const PROGRAM = fileURLToPath(new URL('../../packages/cli/bin/latchkey.js', import.meta.url));
const PAGE = fileURLToPath(new URL('../../.cache/bench/profile.html', import.meta.url));

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    seconds: { type: 'string', default: '5' },
    rate: { type: 'string' },
    operation: { type: 'string', default: 'p-256' },
    html: { type: 'string', default: PAGE },
    clinic: { type: 'boolean', default: false },
  },
});

try {
  const [what] = positionals;
  if (what !== 'server' && what !== 'edge') throw new BenchmarkError('npm run profile -- server, or edge');
  const folder = await mkdtemp(join(tmpdir(), 'latchkey-profile-'));
  try {
    const data = await profile(what, folder);
    await mkdir(dirname(values.html), { recursive: true });
    await writeFile(values.html, await renderProfile(data));
    for (const { name, hottest: functions } of data.threads) {
      console.log(name);
      for (const { name: called, place, self } of functions.slice(0, 5))
        console.log(`  ${self.toFixed(0).padStart(6)} ms  ${called}  ${place}`);
    }
    console.log(`\n${values.html} shows all of it`);
    if (values.clinic) await profileWithClinic(what);
  } finally {
    await rm(folder, { recursive: true });
  }
} catch (error) {
  if (!(error instanceof BenchmarkError)) throw error;
  console.error(`profile: ${error.message}`);
  process.exitCode = 1;
}

async function profile(what: 'server' | 'edge', folder: string): Promise<ProfileData> {
  const probeFile = join(folder, 'probe.json');
  process.env['LATCHKEY_PROBE'] = probeFile;
  const execArgv = ['--cpu-prof', `--cpu-prof-dir=${folder}`, '--import', PROBE];
  const deployment = await startDeployment(await takeProcessors(), {
    [what === 'server' ? 'keyServerExecArgv' : 'edgeExecArgv']: execArgv,
  });
  try {
    const { port } = what === 'server' ? deployment.keyServer : deployment.edge;
    const { result } = await measureLoad(orderFor(what, deployment, port), []);
    // Profiles are written when the process ends.
    await deployment.stop();
    return {
      title: `Latchkey profile: ${what === 'server' ? `key server, ${values.operation}` : 'edge, full handshakes'}`,
      date: new Date().toISOString(),
      load: { rate: result.rate, p50: result.latency.p50, p99: result.latency.p99 },
      threads: await readProfiles(folder),
      probe: JSON.parse(await readFile(probeFile, 'utf8')) as ProbeFindings,
    };
  } finally {
    await deployment.stop();
  }
}

/** What Clinic.js makes of a server of its own under the same load: a page from each of its tools. */
async function profileWithClinic(what: 'server' | 'edge'): Promise<void> {
  const deployment = await startDeployment(await takeProcessors());
  try {
    for (const tool of CLINIC_TOOLS) {
      const folder = await mkdtemp(join(tmpdir(), 'latchkey-clinic-'));
      const port = await freePort();
      const run = await startUnderClinic(
        tool,
        [PROGRAM, ...deployment.commandLine(what, port)],
        port,
        folder,
      );
      try {
        await measureLoad(orderFor(what, deployment, port), []);
        const page = join(dirname(values.html), `clinic-${tool}.html`);
        await run.finish(page);
        console.log(`${page} is what clinic ${tool} makes of it`);
      } finally {
        run.kill();
        await rm(folder, { recursive: true, force: true });
      }
    }
    console.log(CLINIC_BLIND_SPOTS);
  } finally {
    await deployment.stop();
  }
}

function orderFor(what: 'server' | 'edge', deployment: SuiteDeployment, port: number): GeneratorOrder {
  const { rate, seconds } = values;
  return {
    work: what === 'server' ? operations(deployment, port) : visitors(port),
    pace:
      rate === undefined
        ? { type: 'closed_loop' }
        : { type: 'open_loop', rate: Number(rate), arrivals: 'poisson' },
    seconds: Number(seconds),
    warmUpSeconds: 1,
    seed: 1,
  };
}

function operations({ channel, publicKey }: SuiteDeployment, port: number): WorkOrder {
  const operation = OPERATIONS.find(({ id }) => id === values.operation);
  if (operation === undefined)
    throw new BenchmarkError(
      `--operation ${values.operation}: expected one of ${OPERATIONS.map(({ id }) => id).join(', ')}`,
    );
  const { signature, inFlight: depth, records } = operation;
  const kind =
    signature === undefined
      ? { label: 'ping', operation: 'ping' as const }
      : {
          label: signature.scheme,
          operation: signature.scheme,
          publicKey: publicKey(signature.keyAlgorithm),
        };
  return { type: 'operations', channel: { ...channel, port }, kinds: [kind], connections: 2, depth, records };
}

function visitors(port: number): WorkOrder {
  const serverName = 'p-256.localhost';
  return {
    type: 'handshakes',
    host: '127.0.0.1',
    port,
    serverName,
    resumedShare: 0,
    concurrency: 64,
  };
}

/** One for each thread; the first thread's number is 0. */
async function readProfiles(folder: string): Promise<ProfileData['threads']> {
  const files = (await readdir(folder)).filter((name) => name.endsWith('.cpuprofile'));
  const found = await Promise.all(
    files.map(async (name) => {
      const thread = Number(/^CPU\.\d+\.\d+\.\d+\.(\d+)\./.exec(name)?.[1] ?? 0);
      return { thread, profile: JSON.parse(await readFile(join(folder, name), 'utf8')) as CpuProfile };
    }),
  );
  return found
    .toSorted((one, other) => one.thread - other.thread)
    .map((each) => ({
      name: each.thread === 0 ? 'First thread' : `Thread ${each.thread}`,
      tree: callTreeOf(each.profile),
      hottest: hottest(each.profile, 25),
    }));
}
