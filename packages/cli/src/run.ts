import { readFileSync } from 'node:fs';
import { nearest } from '@latchkey/server';
import { ExitCode, type CommandContext } from './command-line/command.js';
import { UsageError } from './command-line/errors.js';
import { helpOf, overview } from './command-line/help.js';
import { COMMANDS, isCommandName } from './commands/index.js';

/**
 * Runs `latchkey` with the arguments that follow it on the command line. Never throws: what goes wrong is written to `context.errors` in a line
 * or two, with a stack only where `LATCHKEY_DEBUG` is set.
 */
export async function run(commandLine: readonly string[], context: CommandContext): Promise<ExitCode> {
  const [name, ...rest] = commandLine;
  try {
    return await dispatch(name, rest, context);
  } catch (error) {
    const title = name !== undefined && isCommandName(name) ? `latchkey ${name}` : 'latchkey';
    context.errors.write(`${title}: ${describe(error)}\n`);
    if (error instanceof UsageError) context.errors.write(`See ${title} --help.\n`);
    return isUsersMistake(error) ? ExitCode.USAGE : ExitCode.FAILURE;
  }
}

async function dispatch(
  name: string | undefined,
  rest: readonly string[],
  context: CommandContext,
): Promise<ExitCode> {
  if (name === undefined || name === '--help' || name === '-h' || name === 'help') {
    const commands = await Promise.all(Object.values(COMMANDS).map((load) => load()));
    (name === undefined ? context.errors : context.output).write(overview(commands));
    return name === undefined ? ExitCode.USAGE : ExitCode.OK;
  }
  if (name === '--version' || name === '-v') {
    context.output.write(`latchkey ${version()}, Node.js ${process.versions.node}\n`);
    return ExitCode.OK;
  }
  if (!isCommandName(name)) throw unknownCommand(name);
  const command = await COMMANDS[name]();
  if (rest.includes('--help') || rest.includes('-h')) {
    context.output.write(helpOf(command));
    return ExitCode.OK;
  }
  return command.run(rest, context);
}

function unknownCommand(name: string): UsageError {
  const suggestion = nearest(name, Object.keys(COMMANDS));
  return new UsageError(
    `there is no command '${name}'${suggestion === undefined ? '' : `; did you mean '${suggestion}'?`}`,
  );
}

function version(): string {
  const manifest: unknown = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'));
  return (manifest as { version: string }).version;
}

function describe(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return process.env['LATCHKEY_DEBUG'] ? (error.stack ?? error.message) : error.message;
}

/** Codes of errors that say that what the user wrote, on the command line or in a file, is wrong. */
const USERS_MISTAKES: ReadonlySet<unknown> = new Set([
  'LATCHKEY_USAGE',
  'LATCHKEY_FILE_UNREADABLE',
  'LATCHKEY_CONFIGURATION_INVALID',
  'LATCHKEY_CHANNEL_CERTIFICATE_UNUSABLE',
  'LATCHKEY_CLIENT_CONFIGURATION',
  'LATCHKEY_EDGE_OPTIONS',
]);

function isUsersMistake(error: unknown): boolean {
  return error instanceof Error && 'code' in error && USERS_MISTAKES.has(error.code);
}
