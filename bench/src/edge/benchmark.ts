import { writeFile } from 'node:fs/promises';
import { cpus } from 'node:os';
import { createDevelopmentPki, type KeyAlgorithm } from 'latchkey/pki';
import { type ProcessorPlan, takeProcessors } from '../server/processors.js';
import { BenchmarkError, type Spread, spreadOf } from '@latchkey/load';
import type { ApplicationOrder } from './application.js';
import { type MeasuredCase, SITE_NAME } from './cases.js';
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
  const { rounds, share, jsonFile } = options;
  const versions = { node: process.version, openssl: process.versions.openssl };
  const processor = { model: cpus()[0]?.model ?? 'unknown', count: cpus().length };
  console.log(
    `Node ${versions.node} with OpenSSL ${versions.openssl}; ${processor.count} x ${processor.model}`,
  );
  console.log(`${rounds} rounds, each figure: median (lowest..highest)`);
  const cases = await measureAll(options, processors);
  console.log(`\n${formatReport(cases)}`);
  if (jsonFile === undefined) return;
  const configuration = { rounds, share, bar: BAR, processors: processors ?? null };
  const report = { date: new Date().toISOString(), versions, processor, configuration, cases };
  await writeFile(jsonFile, `${JSON.stringify(report, undefined, 2)}\n`);
}

const KINDS = ['node', 'edge'] as const;
type Kind = (typeof KINDS)[number];

async function measureAll(
  { cases, rounds, share }: EdgeBenchmarkOptions,
  processors: ProcessorPlan | undefined,
): Promise<CaseReport[]> {
  const subjects = new Subjects(processors);
  try {
    const found = new Map(cases.map(({ id }) => [id, { node: [] as number[], edge: [] as number[] }]));
    // The first round only warms the servers up.
    for (let round = 0; round <= rounds; round += 1) {
      for (const measured of cases) {
        progress(round === 0 ? 'warming up' : `round ${round} of ${rounds}: ${measured.title}`);
        // Whoever comes second may profit, or suffer, from the first: they change places every round.
        for (const kind of round % 2 === 0 ? KINDS : KINDS.toReversed()) {
          const cpu = await measure(await subjects.get(kind, measured), measured, share);
          if (round > 0) found.get(measured.id)?.[kind].push(cpu);
        }
      }
    }
    progress('');
    return cases.map(({ id, title }) => reportOn(id, title, found.get(id) ?? { node: [], edge: [] }));
  } finally {
    await subjects.stop();
  }
}

async function measure(subject: ApplicationSubject, { count, load }: MeasuredCase, share: number) {
  const times = Math.round(count * share);
  return (await subject.cpuTimeDuring(() => load(subject.port, times))) / times;
}

function reportOn(
  id: string,
  title: string,
  { node, edge }: Readonly<Record<Kind, readonly number[]>>,
): CaseReport {
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
