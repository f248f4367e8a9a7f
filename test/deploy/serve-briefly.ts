import { spawn } from 'node:child_process';
import { once } from 'node:events';

/** How a program that serves has ended, and what it printed. */
export interface Ending {
  readonly output: string;
  readonly exitCode: number | null;
  readonly signal: NodeJS.Signals | null;
}

/**
 * Runs a Node program that says when it serves, and then sends it a signal.
 *
 * @param commandLine the program's file and its arguments
 */
export async function serveBriefly(commandLine: readonly string[], signal: NodeJS.Signals): Promise<Ending> {
  const child = spawn(process.execPath, commandLine, { stdio: ['ignore', 'pipe', 'inherit'], cwd: '/' });
  let output = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (output += text));
  child.stdout.once('data', () => child.kill(signal));
  await once(child, 'close');
  return { output, exitCode: child.exitCode, signal: child.signalCode };
}
