import { type ChildProcess, fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { BenchmarkError } from '../benchmark-error.js';
import type { IntervalReport } from './collector.js';
import type { Findings, GeneratorMessage } from './messages.js';
import type { GeneratorOrder } from './order.js';
import { type GeneratorResult, pointOf, resultOf, type TimelinePoint } from './result.js';

/** The generator was what limited the result, which therefore says nothing of the server. */
export class GeneratorBottleneckError extends Error {
  readonly code = 'LATCHKEY_GENERATOR_BOTTLENECK';
  override readonly name = 'GeneratorBottleneckError';
}

/** How a measurement is made. */
export interface GeneratorOptions {
  /** Generators at once, each with its share of the rate and a process of its own. Default: 1. */
  readonly processes?: number;
  /** Hears about twice a second how it goes. */
  readonly onProgress?: (point: TimelinePoint) => void;
  /** Takes the result nevertheless when the generators were what limited it, and hears why. Default: there is none. */
  readonly onBottleneck?: (reason: string) => void;
  /** Called when it begins and when it has ended, warming up included: whoever counts the server's CPU time does it here. */
  readonly onBegin?: () => void;
  readonly onEnd?: () => void;
}

/**
 * Measures a server with load generators in processes of their own.
 *
 * @throws {BenchmarkError} when the server cannot be reached, closes a connection, or answers wrongly
 * @throws {GeneratorBottleneckError} when the generators could not do what the order says
 */
export async function generateLoad(
  order: GeneratorOrder,
  { processes = 1, onProgress, onBottleneck, onBegin, onEnd }: GeneratorOptions = {},
): Promise<GeneratorResult> {
  const shares = Array.from({ length: processes }, (_, index) => shareOf(order, index, processes));
  const generators = shares.map((share) => new Generator(share));
  try {
    await Promise.all(generators.map((generator) => generator.ready));
    if (onProgress !== undefined) reportTogether(generators, onProgress);
    onBegin?.();
    for (const generator of generators) generator.begin();
    const findings = await Promise.all(generators.map((generator) => generator.done));
    onEnd?.();
    const result = resultOf(
      order,
      findings,
      generators.map(({ intervals }) => intervals),
    );
    const { bottleneck } = result.generator;
    if (bottleneck !== undefined) {
      if (onBottleneck === undefined) throw new GeneratorBottleneckError(bottleneck);
      onBottleneck(bottleneck);
    }
    return result;
  } finally {
    for (const generator of generators) generator.end();
  }
}

/** One process. */
class Generator {
  readonly intervals: IntervalReport[] = [];
  readonly ready: Promise<void>;
  readonly done: Promise<Findings>;
  onInterval: () => void = () => {};
  readonly #child: ChildProcess;

  constructor(order: GeneratorOrder) {
    this.#child = fork(fileURLToPath(new URL('./generator-process.js', import.meta.url)), { execArgv: [] });
    this.#child.send(order);
    this.ready = this.#hear((message) => (message.type === 'ready' ? { value: undefined } : undefined));
    this.done = this.#hear((message) => (message.type === 'done' ? { value: message.findings } : undefined));
    this.#child.on('message', (message: GeneratorMessage) => {
      if (message.type !== 'interval') return;
      this.intervals.push(message.interval);
      this.onInterval();
    });
  }

  begin(): void {
    if (this.#child.connected) this.#child.send('begin');
  }

  end(): void {
    this.#child.kill('SIGKILL');
  }

  /** Waits for a message of which `read` makes something; a failure ends the waiting, whoever waits. */
  #hear<Value>(read: (message: GeneratorMessage) => { readonly value: Value } | undefined): Promise<Value> {
    const heard = new Promise<Value>((resolve, reject) => {
      this.#child.on('message', (message: GeneratorMessage) => {
        const wanted = read(message);
        if (wanted !== undefined) resolve(wanted.value);
        else if (message.type === 'failed') reject(new BenchmarkError(message.message));
      });
      this.#child.once('exit', () => reject(new BenchmarkError('the load generator ended unexpectedly')));
    });
    heard.catch(() => {});
    return heard;
  }
}

function shareOf(order: GeneratorOrder, index: number, processes: number): GeneratorOrder {
  const pace =
    order.pace.type === 'open_loop' ? { ...order.pace, rate: order.pace.rate / processes } : order.pace;
  return { ...order, pace, seed: (order.seed + index) % 2 ** 32 };
}

function reportTogether(generators: readonly Generator[], onProgress: (point: TimelinePoint) => void): void {
  let reported = 0;
  for (const generator of generators) {
    generator.onInterval = () => {
      const together = generators.flatMap(({ intervals }) => intervals[reported] ?? []);
      if (together.length < generators.length) return;
      reported += 1;
      onProgress(pointOf(together));
    };
  }
}
