import {
  createKeyServer,
  createLogger,
  loadConfiguration,
  type ConfigurationOverride,
  type KeyServer,
} from '@latchkey/server';
import { formatAddress } from '../addresses.js';
import { defineCommand, ExitCode } from '../command-line/command.js';
import { UsageError } from '../command-line/errors.js';
import type { OptionTable, OptionValues } from '../command-line/options.js';
import { reportListening } from '../supervision/child.js';

/** Options that take the place of the configuration's key of the same name. */
const OVERRIDES = {
  port: { type: 'string', placeholder: 'PORT', help: 'TCP port to listen on; 0: one that is free' },
  address: {
    type: 'string',
    placeholder: 'ADDRESS',
    help: 'IP address or host name to listen on; default: all',
  },
  'unix-socket': { type: 'string', placeholder: 'FILE', help: 'Unix socket to listen on' },
  'auth-cert': { type: 'string', placeholder: 'FILE', help: "the key server's certificate for the channel" },
  'auth-key': { type: 'string', placeholder: 'FILE', help: 'the private key of that certificate' },
  'cloudflare-ca-cert': {
    type: 'string',
    placeholder: 'FILE',
    help: 'the CA whose client certificates are let in',
  },
  'private-key-dirs': {
    type: 'string',
    placeholder: 'DIR[,DIR]',
    help: 'folders to search for *.key files',
  },
  workers: { type: 'string', placeholder: 'N', help: 'threads for private-key operations' },
  'pid-file': { type: 'string', placeholder: 'FILE', help: 'file to write the process id to' },
  loglevel: {
    type: 'string',
    placeholder: 'LEVEL',
    help: '0 to 5, or trace, debug, info, warn, error, fatal, silent',
  },
} as const satisfies OptionTable;

/** `latchkey server`: the key server. */
export const serverCommand = defineCommand({
  name: 'server',
  summary: 'run a key server: sign with the private keys for edges that are let in',
  usage: '--config FILE [options]',
  description: `
Serves Keyless SSL v1 over mutually authenticated TLS. The configuration is YAML with the keys of gokeyless; options
go before what it says. Logs go to standard error. SIGTERM and SIGINT end it once what is under way is answered, a
second one at once; SIGHUP reads keys, certificates, policy and sealing secrets again without losing a request.
Exit codes: 0 ended by a signal, 1 could not serve, 2 wrong command line or configuration.`,
  options: {
    config: { type: 'string', placeholder: 'FILE', help: 'the configuration' },
    ...OVERRIDES,
  },
  positionals: { minimum: 0, maximum: 0 },
  execute: async (values, _positionals, { output, errors, interrupted, onReloadRequest }) => {
    if (values.config === undefined) throw new UsageError('--config is missing');
    const configuration = await loadConfiguration(values.config, overridesOf(values));
    const logger = createLogger({ level: configuration.logLevel, destination: errors });
    const server = await createKeyServer(configuration, { logger });
    onReloadRequest(() => void server.reload());
    const addresses = await server.listen();
    const stopped = interrupted();
    output.write(
      `key server listens on ${addresses.map(formatAddress).join(' and ')} with ${describeCount(server)}\n`,
    );
    reportListening(addresses.find((address) => address.type === 'tcp')?.port, () => server.statistics());
    logger.info({ signal: await stopped }, 'key server ends');
    await server.close();
    return ExitCode.OK;
  },
});

function describeCount({ keys, keyProblems }: KeyServer): string {
  const count = `${keys.size} ${keys.size === 1 ? 'key' : 'keys'}`;
  return keyProblems.length === 0
    ? count
    : `${count}; files not served: ${keyProblems.map(({ file }) => file).join(', ')}`;
}

function overridesOf(values: OptionValues<typeof OVERRIDES>): ConfigurationOverride[] {
  return Object.keys(OVERRIDES).flatMap((key) => {
    const value = values[key as keyof typeof OVERRIDES];
    return value === undefined ? [] : [{ key, value, source: `--${key}` }];
  });
}
