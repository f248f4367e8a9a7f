import { describe, expect, it } from 'vitest';
import { latchkey } from './support.js';

describe('latchkey', () => {
  it('lists its commands', async () => {
    const { exitCode, output } = await latchkey('--help');
    expect(exitCode).toBe(0);
    for (const name of COMMANDS) expect(output).toMatch(new RegExp(`^ +${name} +\\S`, 'm'));
  });

  it.each(COMMANDS)('%s --help says how to use it', async (name) => {
    const { exitCode, output, errors } = await latchkey(name, '--help');
    expect({ exitCode, errors }).toEqual({ exitCode: 0, errors: '' });
    expect(output).toMatch(new RegExp(`^Usage: latchkey ${name}`));
    expect(output).toContain('Options:');
  });

  it('says its version', async () => {
    expect((await latchkey('--version')).output).toMatch(/^latchkey \d+\.\d+\.\d+/);
  });

  it('without a command says what there is, and exits with 2', async () => {
    const { exitCode, output, errors } = await latchkey();
    expect({ exitCode, output }).toEqual({ exitCode: 2, output: '' });
    expect(errors).toContain('Usage: latchkey COMMAND');
  });

  it.each([
    [['chekc'], "did you mean 'check'?"],
    [['pki', '--froce', 'DIR'], 'did you mean --force?'],
    [['pki'], 'an argument is missing'],
    [['server'], '--config is missing'],
    [['edge'], '--config is missing'],
    [['check'], 'name a key server with --server'],
    [['bench', 'keys'], "there is no 'keys' to measure"],
    [['bench', 'requests'], 'which URL?'],
    [['bench', 'handshakes', 'host:1', '--resumed', '2'], '--resumed 2: expected a share'],
    [['server', '--config', '/nonexistent.yaml'], '/nonexistent.yaml'],
    [['edge', '--config', '/nonexistent.yaml'], '/nonexistent.yaml: there is no such file'],
  ])('refuses %j in a line or two, with exit code 2 and no stack', async (commandLine, message) => {
    const { exitCode, errors } = await latchkey(...commandLine);
    expect(exitCode).toBe(2);
    expect(errors).toContain(message);
    expect(errors.trimEnd().split('\n').length).toBeLessThanOrEqual(2);
  });
});

const COMMANDS = ['demo', 'server', 'edge', 'pki', 'keys', 'audit', 'check', 'bench', 'plan'];
