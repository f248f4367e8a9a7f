import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { UsageError } from './errors.js';
import { parseOptions } from './options.js';

const OPTIONS = {
  config: { type: 'string', placeholder: 'FILE', help: '' },
  server: { type: 'string', multiple: true, help: '' },
  force: { type: 'boolean', help: '' },
} as const;

function parse(...commandLine: string[]) {
  return parseOptions(commandLine, OPTIONS, { minimum: 0, maximum: 1 });
}

describe('parseOptions', () => {
  it('takes values after a space or an equals sign, and what is no option apart', () => {
    expect(parse('--config', 'a.yaml', 'DIR', '--server=x:1', '--server', 'y')).toEqual({
      values: { config: 'a.yaml', server: ['x:1', 'y'], force: false },
      positionals: ['DIR'],
    });
  });

  it('gives every option a value when none is on the command line', () => {
    expect(parse().values).toEqual({ config: undefined, server: [], force: false });
  });

  it('takes what follows -- as it is', () => {
    expect(parse('--', '--config').positionals).toEqual(['--config']);
  });

  it.each([
    ['an option that was mistyped, suggesting the right one', ['--confg', 'x'], 'did you mean --config?'],
    ['an option like no other, without a suggestion', ['--zebra'], 'there is no option --zebra'],
    ['a short option', ['-x'], 'there is no option -x'],
    ['the name of a property of all objects', ['--constructor'], 'there is no option --constructor'],
    ['an option without its value', ['--config'], '--config needs a value: --config FILE'],
    ['an option with an empty value', ['--config='], '--config needs a value'],
    ['a value for an option that takes none', ['--force=yes'], '--force takes no value'],
    ['an option given twice', ['--config', 'a', '--config', 'b'], '--config is given twice'],
    ['too many arguments', ['a', 'b'], "unexpected argument 'b'"],
  ])('refuses %s', (_case, commandLine, message) => {
    const act = () => parse(...commandLine);
    expect(act).toThrow(UsageError);
    expect(act).toThrow(message);
  });

  it('refuses too few arguments', () => {
    expect(() => parseOptions([], OPTIONS, { minimum: 1, maximum: 1 })).toThrow('an argument is missing');
  });

  it('does not take an option for the value of the one before it', () => {
    expect(() => parse('--config', '--force')).toThrow('--config needs a value');
  });

  it('answers any command line with values or a UsageError', () => {
    const word = fc.oneof(
      fc.string(),
      fc.constantFrom('--config', '--server=x', '--force', '-c', '--', '-', '--no-force', '--config='),
    );
    fc.assert(
      fc.property(fc.array(word), (commandLine) => {
        try {
          expect(Object.keys(parse(...commandLine).values)).toEqual(Object.keys(OPTIONS));
        } catch (error) {
          if (!(error instanceof UsageError)) throw error;
        }
      }),
    );
  });
});
