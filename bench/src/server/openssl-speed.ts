import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';
import { BenchmarkError, type ProcessorPlan } from '@latchkey/load';

/** How fast `openssl speed` signs. */
export interface OpensslSpeed {
  /** Signatures per second of wall-clock time, as the key server's are counted. */
  readonly rate: number;
  /** CPU time for each, in microseconds. */
  readonly cpu: number;
}

/** What `openssl` says of itself; throws a {@link BenchmarkError} that says what to do where it is missing. */
export async function opensslVersion(): Promise<string> {
  try {
    const { stdout } = await promisify(execFile)('openssl', ['version']);
    return stdout.trim();
  } catch (error) {
    throw new BenchmarkError(
      'the openssl command, which the key server is measured against, cannot be run; on Debian: apt-get install openssl',
      { cause: error },
    );
  }
}

/** Runs `openssl speed` for so many whole seconds on the server's processor. */
export async function measureOpenssl(
  algorithm: string,
  seconds: number,
  processors: ProcessorPlan | undefined,
): Promise<OpensslSpeed> {
  const speed = ['openssl', 'speed', '-mr', '-seconds', String(seconds), algorithm];
  const [command = '', ...commandLine] =
    processors === undefined ? speed : ['taskset', '--cpu-list', String(processors.server), ...speed];
  const child = spawn(command, commandLine, { stdio: ['ignore', 'ignore', 'pipe'] });
  const closed = once(child, 'close');
  let signed: SignatureCount | undefined;
  for await (const line of createInterface({ input: child.stderr })) {
    signed ??= parseSignatureCount(line);
    // What comes now is how fast it verifies, which is not asked.
    if (signed !== undefined) child.kill();
  }
  await closed;
  if (signed === undefined) throw new BenchmarkError(`openssl speed did not measure ${algorithm}`);
  return { rate: signed.signatures / seconds, cpu: (signed.cpuSeconds * 1e6) / signed.signatures };
}

/** How many signatures `openssl speed` made, and the CPU time that it took for them. */
export interface SignatureCount {
  readonly signatures: number;
  readonly cpuSeconds: number;
}

/**
 * Reads what `openssl speed -mr` prints when it is done with one kind of work: `+R`, a number for the kind, how often,
 * the key's bits, for EdDSA its name, and the seconds, separated by colons. Of any other line: undefined.
 */
export function parseSignatureCount(line: string): SignatureCount | undefined {
  const match = /^\+R\d+:(\d+):\d+:(?:[^:]+:)?(\d+\.\d+)$/.exec(line);
  if (match === null) return undefined;
  return { signatures: Number(match[1]), cpuSeconds: Number(match[2]) };
}
