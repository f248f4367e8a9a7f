import { parseArgs } from 'node:util';
import { nearest } from '@latchkey/server';
import { UsageError } from './errors.js';

/** One option of a command, by its long name without the hyphens. */
interface OptionDescription {
  readonly type: 'string' | 'boolean';
  /** It may be given more than once. */
  readonly multiple?: boolean;
  /** What stands for its value in the help, e.g. `FILE`. */
  readonly placeholder?: string;
  /** What it does, its unit and its default. */
  readonly help: string;
}

/** The options of a command by their names. */
export type OptionTable = Readonly<Record<string, OptionDescription>>;

/** The values that a command line gave to the options of a table. */
export type OptionValues<Options extends OptionTable> = {
  readonly [Name in keyof Options]: Options[Name]['type'] extends 'boolean'
    ? boolean
    : Options[Name]['multiple'] extends true
      ? readonly string[]
      : string | undefined;
};

/** A command line taken apart. */
export interface ParsedArguments<Options extends OptionTable> {
  readonly values: OptionValues<Options>;
  readonly positionals: readonly string[];
}

/**
 * Takes a command line apart by a table of options.
 *
 * @throws {@link UsageError} for an option that is not in the table, one without its value, with a value it does not
 *   take or given twice, and for too few or too many other arguments
 */
export function parseOptions<Options extends OptionTable>(
  argumentsAfterName: readonly string[],
  options: Options,
  { minimum, maximum }: { readonly minimum: number; readonly maximum: number },
): ParsedArguments<Options> {
  // Not strict: its messages are for programmers, and it cannot suggest what was meant.
  const { tokens, positionals } = parseArgs({
    args: [...argumentsAfterName],
    options: Object.fromEntries(Object.entries(options).map(([name, { type }]) => [name, { type }])),
    strict: false,
    tokens: true,
    allowPositionals: true,
  });
  const given = new Map<string, string[]>();
  for (const token of tokens) {
    if (token.kind !== 'option') continue;
    const description = Object.hasOwn(options, token.name) ? options[token.name] : undefined;
    if (description === undefined) throw unknownOption(token.rawName, options);
    const values = given.get(token.name) ?? [];
    if (values.length > 0 && description.multiple !== true && description.type === 'string')
      throw new UsageError(`${token.rawName} is given twice`);
    given.set(token.name, [...values, readValue(token, description)]);
  }
  if (positionals.length > maximum) throw new UsageError(`unexpected argument '${positionals[maximum]}'`);
  if (positionals.length < minimum) throw new UsageError('an argument is missing');
  const values = Object.entries(options).map(([name, description]) => [
    name,
    valueOf(description, given.get(name) ?? []),
  ]);
  return { values: Object.fromEntries(values) as OptionValues<Options>, positionals };
}

function unknownOption(rawName: string, options: OptionTable): UsageError {
  const suggestion = nearest(rawName.replace(/^-+/, ''), [...Object.keys(options), 'help']);
  return new UsageError(
    `there is no option ${rawName}${suggestion === undefined ? '' : `; did you mean --${suggestion}?`}`,
  );
}

interface OptionToken {
  readonly rawName: string;
  readonly value?: string | undefined;
  readonly inlineValue?: boolean | undefined;
}

function readValue({ rawName, value, inlineValue }: OptionToken, description: OptionDescription): string {
  if (description.type === 'boolean') {
    if (value !== undefined) throw new UsageError(`${rawName} takes no value`);
    return '';
  }
  const isNextOption = inlineValue !== true && value?.startsWith('-') === true;
  if (value === undefined || value === '' || isNextOption)
    throw new UsageError(`${rawName} needs a value: ${rawName} ${description.placeholder ?? 'VALUE'}`);
  return value;
}

function valueOf({ type, multiple }: OptionDescription, given: readonly string[]): unknown {
  if (type === 'boolean') return given.length > 0;
  return multiple === true ? given : given[0];
}
