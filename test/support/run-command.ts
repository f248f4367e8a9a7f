import { spawn } from 'node:child_process';

/** How a command ended. */
export interface CommandResult {
  readonly exitCode: number | null;
  readonly output: Buffer;
  readonly errors: string;
}

/**
 * Runs a command to its end.
 *
 * @param input what it reads from standard input, which stays open until it ends by itself; default: nothing, and closed
 */
export function runCommand(
  command: string,
  commandLine: readonly string[],
  input?: string,
): Promise<CommandResult> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, commandLine, { stdio: ['pipe', 'pipe', 'pipe'] });
    const output: Buffer[] = [];
    let errors = '';
    child.stdout.on('data', (chunk: Buffer) => output.push(chunk));
    child.stderr.setEncoding('utf8').on('data', (text: string) => (errors += text));
    child.once('error', reject);
    child.once('close', (exitCode) => resolve({ exitCode, output: Buffer.concat(output), errors }));
    // A command may end before it has read everything.
    child.stdin.on('error', () => {});
    if (input === undefined) child.stdin.end();
    else child.stdin.write(input);
  });
}
