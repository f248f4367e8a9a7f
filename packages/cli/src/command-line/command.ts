import type { Writable } from 'node:stream';
import { parseOptions, type OptionTable, type OptionValues } from './options.js';

/** What a command works with besides its arguments; a test brings its own. */
export interface CommandContext {
  /** Where the result goes. */
  readonly output: Writable;
  /** Where complaints go. */
  readonly errors: Writable;
  /** Settles when the user or the system asks the process to stop, with the name of the signal. */
  readonly interrupted: () => Promise<string>;
  /** Calls back each time the user or the system asks the process to read its configuration's files again. */
  readonly onReloadRequest: (callback: () => void) => void;
}

/** What the process ends with. */
export const ExitCode = {
  /** All went well. */
  OK: 0,
  /** Something failed while the command ran. */
  FAILURE: 1,
  /** The command line or a configuration file is wrong; nothing was done. */
  USAGE: 2,
} as const;
export type ExitCode = (typeof ExitCode)[keyof typeof ExitCode];

/** One of the things that `latchkey` can do. */
export interface Command {
  readonly name: string;
  /** One line for the list of commands. */
  readonly summary: string;
  /** What follows the name on the command line, e.g. `DIR [options]`. */
  readonly usage: string;
  /** Paragraphs for `--help`, plain text. */
  readonly description: string;
  readonly options: OptionTable;
  /** Runs the command over everything that followed its name. */
  readonly run: (argumentsAfterName: readonly string[], context: CommandContext) => Promise<ExitCode>;
}

/** A command as its file writes it down: what it does gets its arguments parsed. */
export interface CommandDefinition<Options extends OptionTable> extends Omit<Command, 'run' | 'options'> {
  readonly options: Options;
  /** How many arguments that are not options it takes. */
  readonly positionals: { readonly minimum: number; readonly maximum: number };
  readonly execute: (
    values: OptionValues<Options>,
    positionals: readonly string[],
    context: CommandContext,
  ) => Promise<ExitCode>;
}

/** Puts the parsing of arguments in front of what a command does. */
export function defineCommand<const Options extends OptionTable>({
  positionals,
  execute,
  ...description
}: CommandDefinition<Options>): Command {
  return {
    ...description,
    run: async (argumentsAfterName, context) => {
      const parsed = parseOptions(argumentsAfterName, description.options, positionals);
      return execute(parsed.values, parsed.positionals, context);
    },
  };
}
