import cluster from 'node:cluster';
import {
  checkConfiguration,
  configurationKeys,
  type ConfigurationOverride,
  createLogger,
  type EnvironmentOverrides,
  environmentOverrides,
  parseConfiguration,
  readConfigurationText,
  type ServerConfiguration,
} from '@latchkey/server';
import type { Logger } from 'pino';
import { formatAddress } from '../addresses.js';
import { type CommandContext, defineCommand, ExitCode } from '../command-line/command.js';
import { UsageError } from '../command-line/errors.js';
import type { OptionTable, OptionValues } from '../command-line/options.js';
import type { ServingFacts } from '../server/processes/messages.js';
import { serveKeysAsWorker } from '../server/processes/worker.js';
import { serveKeys } from '../server/serve.js';
import { reportListening } from '../supervision/child.js';
import { styleFor } from '../terminal/style.js';

/** An option for each key of the configuration that a word can say; it takes the place of what the file has. */
const OVERRIDES: OptionTable = Object.fromEntries(
  configurationKeys()
    .filter(({ isWord }) => isWord)
    .map(({ key, placeholder, description }) => [
      key.replaceAll('_', '-'),
      { type: 'string', placeholder, help: description } as const,
    ]),
);

/** `latchkey server`: the key server. */
export const serverCommand = defineCommand({
  name: 'server',
  summary: 'run a key server: sign with the private keys for edges that are let in',
  usage: '--config FILE [options]',
  description: `
Serves Keyless SSL v1 over mutually authenticated TLS. The configuration is YAML with the keys of gokeyless; environment
variables (KEYLESS_PORT for port, and so on) go before what it says, and options before those. Logs go to standard
error. SIGTERM and SIGINT end it once what is under way is answered, a second one at once; SIGHUP reads keys,
certificates, policy and sealing secrets again without losing a request.
Exit codes: 0 ended by a signal, or valid; 1 could not serve; 2 wrong command line or configuration.`,
  options: {
    config: { type: 'string', placeholder: 'FILE', help: 'the configuration' },
    validate: {
      type: 'boolean',
      help: 'check the configuration and all files that it names, print what it comes to, and serve nothing',
    },
    ...OVERRIDES,
  },
  positionals: { minimum: 0, maximum: 0 },
  execute: async (values, _positionals, context) => {
    if (values.config === undefined) throw new UsageError('--config is missing');
    const environment = environmentOverrides(process.env);
    const overrides = overridesOf(values, environment);
    if (values.validate) return await validate(values.config, overrides, environment.warnings, context);
    const { output, errors, interrupted, onReloadRequest } = context;
    const file = values.config;
    const parse = (text: string): ServerConfiguration => parseConfiguration(text, file, overrides);
    const loggerOf = ({ logLevel }: ServerConfiguration): Logger =>
      createLogger({ level: logLevel, destination: errors });
    if (cluster.isWorker) {
      await serveKeysAsWorker(parse, loggerOf);
      return ExitCode.OK;
    }
    const text = await readConfigurationText(file);
    const configuration = parse(text);
    const logger = loggerOf(configuration);
    for (const warning of environment.warnings) logger.warn(warning);
    const server = await serveKeys({ configuration, text, commandLine: process.argv.slice(2), logger });
    onReloadRequest(() => server.reload());
    const { addresses, adminAddress } = server;
    const stopped = interrupted();
    output.write(
      `key server listens on ${addresses.map(formatAddress).join(' and ')} with ${describeCount(server.facts)}\n`,
    );
    if (adminAddress !== undefined) output.write(`status page: http://${formatAddress(adminAddress)}/\n`);
    reportListening(addresses.find((address) => address.type === 'tcp')?.port, () => server.statistics());
    logger.info({ signal: await stopped }, 'key server ends');
    await server.close();
    return ExitCode.OK;
  },
});

function describeCount({ keys, unusableFiles }: ServingFacts): string {
  const count = `${keys} ${keys === 1 ? 'key' : 'keys'}`;
  return unusableFiles.length === 0 ? count : `${count}; files not served: ${unusableFiles.join(', ')}`;
}

/** What goes before the file: environment variables, and before those the options. */
function overridesOf(
  values: OptionValues<OptionTable>,
  environment: EnvironmentOverrides,
): ConfigurationOverride[] {
  const options = Object.keys(OVERRIDES).flatMap((name) => {
    const value = values[name];
    return value === undefined ? [] : [{ key: name, value, source: `--${name}` }];
  });
  return [...environment.overrides, ...options];
}

/** Prints what a configuration comes to, and complains of what is wrong with it. */
async function validate(
  file: string,
  overrides: readonly ConfigurationOverride[],
  environmentWarnings: readonly string[],
  { output, errors }: CommandContext,
): Promise<ExitCode> {
  const { effective, problems, warnings } = await checkConfiguration(file, overrides);
  output.write(effective);
  const style = styleFor(errors);
  for (const warning of [...environmentWarnings, ...warnings])
    errors.write(`${style.faint('warning')}  ${warning}\n`);
  for (const problem of problems) errors.write(`${style.bad('problem')}  ${problem}\n`);
  return problems.length === 0 ? ExitCode.OK : ExitCode.USAGE;
}
