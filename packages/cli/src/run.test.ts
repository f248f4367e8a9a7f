import { Writable } from 'node:stream';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { run } from './run.js';

class Text extends Writable {
  text = '';

  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    this.text += chunk.toString();
    done();
  }
}

async function runWith(...commandLine: string[]) {
  const output = new Text();
  const errors = new Text();
  const exitCode = await run(commandLine, {
    output,
    errors,
    interrupted: () => new Promise(() => {}),
    onReloadRequest: () => {},
  });
  return { exitCode, output: output.text, errors: errors.text };
}

describe('run', () => {
  afterEach(() => {
    vi.unstubAllEnvs();
  });

  it('says in a line what is wrong, and where there is more', async () => {
    vi.stubEnv('LATCHKEY_DEBUG', '');
    expect(await runWith('keys')).toEqual({
      exitCode: 2,
      output: '',
      errors: 'latchkey keys: an argument is missing\nSee latchkey keys --help.\n',
    });
  });

  it('prints the stack where LATCHKEY_DEBUG is set', async () => {
    vi.stubEnv('LATCHKEY_DEBUG', '1');
    expect((await runWith('keys')).errors).toMatch(/^latchkey keys: UsageError: .*\n +at /);
  });

  it('does not take the name of a property of all objects for a command', async () => {
    expect((await runWith('constructor')).errors).toContain("there is no command 'constructor'");
  });
});
