import { spawn, type ChildProcessByStdio } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import type { Readable } from 'node:stream';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { onTestFinished } from 'vitest';

/** How a command ended and what it printed. */
export interface Outcome {
  readonly exitCode: number | null;
  readonly output: string;
  readonly errors: string;
}

/** Says what to do when something is no longer needed: by default, when the test is over. */
export type WhenOver = (cleanUp: () => Promise<void> | void) => void;

/** A `latchkey` command in a process of its own. */
export class RunningCommand {
  output = '';
  errors = '';
  readonly #child: ChildProcessByStdio<null, Readable, Readable>;

  /** @param through a command line that runs what is put behind it, in the same process. Default: none */
  constructor(
    commandLine: readonly string[],
    whenOver: WhenOver = onTestFinished,
    through: readonly string[] = [],
  ) {
    const [program = '', ...rest] = [...through, process.execPath, COMMAND, ...commandLine];
    this.#child = spawn(program, rest, { stdio: ['ignore', 'pipe', 'pipe'] });
    this.#child.stdout.setEncoding('utf8').on('data', (text: string) => (this.output += text));
    this.#child.stderr.setEncoding('utf8').on('data', (text: string) => (this.errors += text));
    whenOver(async () => {
      this.#child.kill('SIGTERM');
      await this.ended();
    });
  }

  /** Waits until the output matches and returns the match. */
  async printed(pattern: RegExp): Promise<RegExpExecArray> {
    for (;;) {
      const match = pattern.exec(this.output);
      if (match !== null) return match;
      const event = await Promise.race([
        once(this.#child.stdout, 'data'),
        once(this.#child, 'close').then(() => undefined),
      ]);
      if (event === undefined)
        throw new Error(`ended without printing ${pattern}: ${this.output}${this.errors}`);
    }
  }

  /** The id of its process. */
  get pid(): number {
    // It was started, so it has one.
    return this.#child.pid as number;
  }

  signal(name: NodeJS.Signals): void {
    this.#child.kill(name);
  }

  /** Waits until it has ended and all its output is there. */
  async ended(): Promise<Outcome> {
    if (!this.#child.stdout.closed || !this.#child.stderr.closed) await once(this.#child, 'close');
    return { exitCode: this.#child.exitCode, output: this.output, errors: this.errors };
  }
}

/** Runs a `latchkey` command to its end. */
export function latchkey(...commandLine: string[]): Promise<Outcome> {
  return new RunningCommand(commandLine).ended();
}

/** Starts `latchkey server` on a free port and waits until it listens. */
export async function startKeyServer(
  configuration: string,
  whenOver?: WhenOver,
): Promise<{ port: number; command: RunningCommand }> {
  const command = new RunningCommand(['server', '--config', configuration, '--port', '0'], whenOver);
  const [, port] = await command.printed(/listens on [^ ]*:(\d+)/);
  return { port: Number(port), command };
}

/** A folder of its own. */
export function temporaryFolder(whenOver: WhenOver = onTestFinished): string {
  const folder = mkdtempSync(join(tmpdir(), 'latchkey-test-'));
  whenOver(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

const COMMAND = fileURLToPath(new URL('../../packages/cli/bin/latchkey.js', import.meta.url));
