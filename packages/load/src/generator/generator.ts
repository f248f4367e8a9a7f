import { type ChildProcess, fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { BenchmarkError } from '../benchmark-error.js';
import type { IntervalReport } from './collector.js';
import type { Findings, GeneratorMessage } from './messages.js';
import type { GeneratorOrder, Timing } from './order.js';
import { type GeneratorResult, pointOf, resultOf, type TimelinePoint } from './result.js';

/** The generator was what limited the result, which therefore says nothing of the server. */
export class GeneratorBottleneckError extends Error {
  readonly code = 'LATCHKEY_GENERATOR_BOTTLENECK';
  override readonly name = 'GeneratorBottleneckError';
}

/** How a measurement is made. */
export interface GeneratorOptions {
  /** Hears about twice a second how it goes. */
  readonly onProgress?: (point: TimelinePoint) => void;
  /** Takes the result nevertheless when the generators were what limited it, and hears why. Default: there is none. */
  readonly onBottleneck?: (reason: string) => void;
  /** Called when it begins and when it has ended, warming up included: whoever counts the server's CPU time does it here. */
  readonly onBegin?: () => void;
  readonly onEnd?: () => void;
  /** What is other than in the order, for this once; the seed then decides only when requests are due. */
  readonly timing?: Partial<Timing>;
}

/**
 * Measures a server with load generators in processes of their own.
 *
 * @throws {BenchmarkError} when the server cannot be reached, closes a connection, or answers wrongly
 * @throws {GeneratorBottleneckError} when the generators could not do what the order says
 */
export async function generateLoad(
  order: GeneratorOrder,
  { processes = 1, ...options }: GeneratorOptions & { readonly processes?: number } = {},
): Promise<GeneratorResult> {
  const generators = await LoadGenerators.open(order, processes);
  try {
    return await generators.measure(options);
  } finally {
    generators.close();
  }
}

/** Load generators that stay connected, to measure the same again and again. */
export class LoadGenerators {
  readonly #order: GeneratorOrder;
  readonly #generators: readonly Generator[];

  /**
   * Starts them and waits until they are connected.
   *
   * @param processes each with its share of the rate
   * @throws {BenchmarkError} when the server cannot be reached
   */
  static async open(order: GeneratorOrder, processes = 1): Promise<LoadGenerators> {
    const shares = Array.from({ length: processes }, (_, index) => shareOf(order, index, processes));
    const generators = new LoadGenerators(
      order,
      shares.map((share) => new Generator(share)),
    );
    try {
      await Promise.all(generators.#generators.map((generator) => generator.ready));
    } catch (error) {
      generators.close();
      throw error;
    }
    return generators;
  }

  private constructor(order: GeneratorOrder, generators: readonly Generator[]) {
    this.#order = order;
    this.#generators = generators;
  }

  /** Those of the load generators, on this machine. */
  get processIds(): readonly number[] {
    return this.#generators.flatMap(({ processId }) => processId ?? []);
  }

  /** As {@link generateLoad}, without connecting. */
  async measure({
    onProgress,
    onBottleneck,
    onBegin,
    onEnd,
    timing,
  }: GeneratorOptions = {}): Promise<GeneratorResult> {
    const order = { ...this.#order, ...timing };
    for (const { intervals } of this.#generators) intervals.length = 0;
    if (onProgress !== undefined) reportTogether(this.#generators, onProgress);
    onBegin?.();
    const findings = await Promise.all(
      this.#generators.map((generator, index) =>
        generator.measure(shareOf(order, index, this.#generators.length)),
      ),
    );
    onEnd?.();
    const intervals = this.#generators.map((generator) => [...generator.intervals]);
    const result = resultOf(order, findings, intervals);
    const { bottleneck } = result.generator;
    if (bottleneck !== undefined) {
      if (onBottleneck === undefined) throw new GeneratorBottleneckError(bottleneck);
      onBottleneck(bottleneck);
    }
    return result;
  }

  /** Ends their processes. Idempotent. */
  close(): void {
    for (const generator of this.#generators) generator.end();
  }
}

/** One process. */
class Generator {
  readonly intervals: IntervalReport[] = [];
  readonly ready: Promise<void>;
  onInterval: () => void = () => {};
  readonly #child: ChildProcess;

  constructor(order: GeneratorOrder) {
    const file = fileURLToPath(new URL('./generator-process.js', import.meta.url));
    // On a processor that all its threads share, waiting for threads that help to collect garbage takes ten times as long.
    this.#child = fork(file, { execArgv: ['--single-threaded-gc'] });
    this.#child.send(order);
    this.ready = this.#hear((message) => (message.type === 'ready' ? { value: undefined } : undefined));
    this.#child.on('message', (message: GeneratorMessage) => {
      if (message.type !== 'interval') return;
      this.intervals.push(message.interval);
      this.onInterval();
    });
  }

  get processId(): number | undefined {
    return this.#child.pid;
  }

  measure({ pace, seconds, warmUpSeconds, seed }: Timing): Promise<Findings> {
    const done = this.#hear((message) => (message.type === 'done' ? { value: message.findings } : undefined));
    const timing: Timing = { pace, seconds, warmUpSeconds, seed };
    if (this.#child.connected) this.#child.send(timing);
    return done;
  }

  end(): void {
    this.#child.kill('SIGKILL');
  }

  /** Waits for a message of which `read` makes something; a failure ends the waiting, whoever waits. */
  #hear<Value>(read: (message: GeneratorMessage) => { readonly value: Value } | undefined): Promise<Value> {
    const heard = new Promise<Value>((resolve, reject) => {
      const listen = (message: GeneratorMessage) => {
        const wanted = read(message);
        if (wanted !== undefined) resolve(wanted.value);
        else if (message.type === 'failed') reject(new BenchmarkError(message.message));
        else return;
        stop();
      };
      const end = () => reject(new BenchmarkError('the load generator ended unexpectedly'));
      const stop = () => this.#child.off('message', listen).off('exit', end);
      this.#child.on('message', listen).once('exit', end);
    });
    heard.catch(() => {});
    return heard;
  }
}

function shareOf<Order extends Timing>(order: Order, index: number, processes: number): Order {
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
