import { writeFile } from 'node:fs/promises';
import { cpus } from 'node:os';
import { createDevelopmentPki, type KeyAlgorithm } from 'latchkey/pki';
import { BenchmarkError, type ProcessorPlan, type Spread, spreadOf, takeProcessors } from '@latchkey/load';
import type { ApplicationOrder } from './application.js';
import { type MeasuredCase, SITE_NAME } from './cases.js';
import type { Load } from './load.js';
import type { EdgeBenchmarkOptions } from './options.js';
import { BAR, formatReport } from './table.js';
import { ApplicationSubject } from './subject.js';

/** What was found of one case: CPU time of the server's process for each, in microseconds. */
export interface CaseReport {
  readonly id: string;
  readonly title: string;
  readonly node: Spread;
  readonly edge: Spread;
  /** Of the edge's to Node's, in each round. */
  readonly ratio: Spread;
}

/**
 * Measures an edge beside Node's own servers, prints what it found, and writes it to a file where one is asked for.
 *
 * @throws {BenchmarkError} when something cannot be measured, or when a server answers wrongly
 */
export async function runEdgeBenchmark(options: EdgeBenchmarkOptions): Promise<void> {
  const processors = await takeProcessors();
  const { rounds, turns, jsonFile } = options;
  const versions = { node: process.version, openssl: process.versions.openssl };
  const processor = { model: cpus()[0]?.model ?? 'unknown', count: cpus().length };
  console.log(
    `Node ${versions.node} with OpenSSL ${versions.openssl}; ${processor.count} x ${processor.model}`,
  );
  console.log(`${rounds} rounds of ${turns} turns, each figure: median (lowest..highest)`);
  const cases = await measureAll(options, processors);
  console.log(`\n${formatReport(cases)}`);
  if (jsonFile === undefined) return;
  const configuration = { rounds, turns, bar: BAR, processors: processors ?? null };
  const report = { date: new Date().toISOString(), versions, processor, configuration, cases };
  await writeFile(jsonFile, `${JSON.stringify(report, undefined, 2)}\n`);
}

const KINDS = ['node', 'edge'] as const;
type Kind = (typeof KINDS)[number];

/** CPU time in microseconds, or figures that come of it. */
type OfBoth<T> = Readonly<Record<Kind, T>>;

async function measureAll(
  { cases, rounds, turns }: EdgeBenchmarkOptions,
  processors: ProcessorPlan | undefined,
): Promise<CaseReport[]> {
  const subjects = new Subjects(processors);
  const reports: CaseReport[] = [];
  try {
    for (const measured of cases) {
      const both = { node: await subjects.get('node', measured), edge: await subjects.get('edge', measured) };
      const loads = { node: await measured.open(both.node.port), edge: await measured.open(both.edge.port) };
      const found = { node: [] as number[], edge: [] as number[] };
      progress(`${measured.title}: warming up`);
      for (const kind of KINDS) await loads[kind].run(measured.count * WARMING_UP);
      for (let round = 1; round <= rounds; round += 1) {
        progress(`${measured.title}: round ${round} of ${rounds}`);
        const cpu = await measureRound(both, loads, measured.count, turns);
        for (const kind of KINDS) found[kind].push(cpu[kind]);
      }
      for (const kind of KINDS) await loads[kind].close();
      reports.push(reportOn(measured, found));
    }
    progress('');
    return reports;
  } finally {
    await subjects.stop();
  }
}

/** So many turns until V8 has compiled what it will compile: handshakes still get cheaper after a thousand of them. */
const WARMING_UP = 100;

/** A round is many short turns, so that whatever else the machine does disturbs both alike. */
async function measureRound(
  subjects: OfBoth<ApplicationSubject>,
  loads: OfBoth<Load>,
  count: number,
  turns: number,
): Promise<OfBoth<number>> {
  const cpu = { node: 0, edge: 0 };
  for (let turn = 0; turn < turns; turn += 1) {
    // Whoever comes second may profit, or suffer, from the first.
    for (const kind of turn % 2 === 0 ? KINDS : KINDS.toReversed())
      cpu[kind] += await subjects[kind].cpuTimeDuring(() => loads[kind].run(count));
  }
  const times = count * turns;
  return { node: cpu.node / times, edge: cpu.edge / times };
}

function reportOn({ id, title }: MeasuredCase, { node, edge }: OfBoth<readonly number[]>): CaseReport {
  const ratio = edge.map((cpu, round) => cpu / (node[round] ?? Number.NaN));
  return { id, title, node: spreadOf(node), edge: spreadOf(edge), ratio: spreadOf(ratio) };
}

/** The servers of a run, each started when it is first needed. */
class Subjects {
  readonly #processors: ProcessorPlan | undefined;
  readonly #sites = new Map<KeyAlgorithm, Pick<ApplicationOrder, 'certificateChain' | 'key'>>();
  readonly #started = new Map<string, ApplicationSubject>();

  constructor(processors: ProcessorPlan | undefined) {
    this.#processors = processors;
  }

  async get(kind: Kind, measured: MeasuredCase): Promise<ApplicationSubject> {
    const { keyAlgorithm, protocol, chosenByName } = measured;
    const name = [kind, keyAlgorithm, protocol, chosenByName].join(' ');
    const started = this.#started.get(name);
    if (started !== undefined) return started;
    const serverName = chosenByName ? SITE_NAME : undefined;
    const order = { kind, protocol, serverName, ...(await this.#site(keyAlgorithm)) };
    const subject = await ApplicationSubject.start(order, this.#processors);
    this.#started.set(name, subject);
    return subject;
  }

  async stop(): Promise<void> {
    await Promise.all([...this.#started.values()].map((subject) => subject.stop()));
  }

  async #site(keyAlgorithm: KeyAlgorithm): Promise<Pick<ApplicationOrder, 'certificateChain' | 'key'>> {
    const known = this.#sites.get(keyAlgorithm);
    if (known !== undefined) return known;
    const { sites } = await createDevelopmentPki({ sites: [{ name: SITE_NAME, keyAlgorithm }] });
    const [made] = sites;
    if (made === undefined) throw new BenchmarkError('the site has no certificate');
    const site = { certificateChain: made.certificateChainPem, key: made.keyPem };
    this.#sites.set(keyAlgorithm, site);
    return site;
  }
}

/** Where somebody may be waiting, one line that says how far it is. */
function progress(text: string): void {
  if (process.stderr.isTTY) process.stderr.write(`\r\u001b[K${text}`);
}
