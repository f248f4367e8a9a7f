import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { BenchmarkError, confine, cpuTimeOf, type ProcessorPlan } from '@latchkey/load';
import type { ApplicationOrder } from './application.js';

/** A server to be measured, in a process of its own. */
export class ApplicationSubject {
  readonly port: number;
  readonly #child: ChildProcess;

  /** Starts it on the server's processor alone where there is a plan. */
  static async start(
    order: ApplicationOrder,
    processors: ProcessorPlan | undefined,
  ): Promise<ApplicationSubject> {
    const child = fork(fileURLToPath(new URL('./application.js', import.meta.url)), {
      execArgv: process.execArgv,
    });
    child.send(order);
    const [port] = (await Promise.race([
      once(child, 'message'),
      once(child, 'exit').then(() => [undefined]),
    ])) as [number | undefined];
    if (port === undefined || child.pid === undefined)
      throw new BenchmarkError(`the server of kind ${order.kind} ended before it listened`);
    if (processors !== undefined) await confine(child.pid, processors.server);
    return new ApplicationSubject(child, port);
  }

  private constructor(child: ChildProcess, port: number) {
    this.#child = child;
    this.port = port;
  }

  /** The id of its process. */
  get processId(): number {
    return this.#child.pid as number;
  }

  /** CPU time that its process takes while the load lasts, in microseconds. */
  async cpuTimeDuring(load: () => Promise<void>): Promise<number> {
    const before = cpuTimeOf(this.processId);
    await load();
    return cpuTimeOf(this.processId) - before;
  }

  async stop(): Promise<void> {
    if (this.#child.exitCode !== null) return;
    const exited = once(this.#child, 'exit');
    this.#child.kill();
    await exited;
  }
}
