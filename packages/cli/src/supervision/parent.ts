import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { Report, StatisticsRequest } from './messages.js';

/** A command that was started as a process of its own ended when it should not have. */
export class CommandFailedError extends Error {
  readonly code = 'LATCHKEY_COMMAND_FAILED';
  override readonly name = 'CommandFailedError';
}

/** A `latchkey` command that serves in a process of its own. */
export class ServingCommand {
  /** The TCP port that it serves on. */
  readonly port: number;
  readonly #child: ChildProcess;

  /**
   * Starts a command and waits until it serves.
   *
   * @param options.program the `latchkey.js` of another version; default: this one's
   * @param options.execArgv options for Node.js itself; default: none
   * @throws {CommandFailedError} with what it printed when it ends instead
   */
  static async start(
    commandLine: readonly string[],
    {
      program = PROGRAM,
      execArgv = [],
    }: { readonly program?: string; readonly execArgv?: readonly string[] } = {},
  ): Promise<ServingCommand> {
    const child = fork(program, commandLine, {
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
      // A group of its own: Ctrl-C in a terminal reaches this process alone, which then ends its commands in order.
      detached: true,
      // What is meant for this process (a debugger's port, a profile's name) is not meant for that one.
      execArgv: [...execArgv],
    });
    let printed = '';
    child.stderr
      ?.setEncoding('utf8')
      .on('data', (text: string) => (printed = (printed + text).slice(-LONGEST_OUTPUT)));
    const port = await new Promise<number>((resolve, reject) => {
      child.once('message', (report: Report) => {
        if (report.type === 'listening') resolve(report.port ?? 0);
      });
      child.once('error', reject);
      // 'close' comes when all that it printed has been read.
      child.once('close', () =>
        reject(new CommandFailedError(`latchkey ${commandLine[0]} did not start:\n${printed.trim()}`)),
      );
    });
    return new ServingCommand(child, port);
  }

  private constructor(child: ChildProcess, port: number) {
    this.#child = child;
    this.port = port;
  }

  /** The id of its process. */
  get pid(): number {
    // A process that serves was started, so it has one.
    return this.#child.pid as number;
  }

  /** Its counters. */
  async statistics(): Promise<unknown> {
    const request: StatisticsRequest = { type: 'statistics' };
    this.#child.send(request);
    const ended = AbortSignal.timeout(ANSWER_TIMEOUT);
    const [report] = (await once(this.#child, 'message', { signal: ended })) as [Report];
    return report.type === 'statistics' ? report.statistics : undefined;
  }

  /** Settles when it has ended by itself, without {@link stop}. */
  async ended(): Promise<void> {
    if (this.#child.exitCode === null && this.#child.signalCode === null) await once(this.#child, 'exit');
  }

  /** Asks it to end and waits until it has. Idempotent. */
  async stop(): Promise<void> {
    this.#child.kill('SIGTERM');
    await this.ended();
  }
}

const PROGRAM = fileURLToPath(new URL('../../bin/latchkey.js', import.meta.url));
/** In characters: enough for an error, and no hoard for a log. */
const LONGEST_OUTPUT = 10_000;
const ANSWER_TIMEOUT = 10_000;
