import { pino } from 'pino';
import { formatAddress, parseListenAddress, type ListenAddress } from '../addresses.js';
import { defineCommand, ExitCode } from '../command-line/command.js';
import { UsageError } from '../command-line/errors.js';
import { loadEdgeConfiguration } from '../edge-configuration/edge-configuration.js';
import { startEdge } from '../edge/edge.js';
import { reportListening } from '../supervision/child.js';

const LOG_LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'];

/** `latchkey edge`: TLS for visitors in front of one origin, with the private keys on key servers. */
export const edgeCommand = defineCommand({
  name: 'edge',
  summary: "terminate visitors' TLS with keys on key servers, in front of an origin",
  usage: '--config FILE [options]',
  description: `
Serves HTTP/2 and HTTP/1.1 over TLS 1.3 and 1.2 and passes requests on to one origin. The private keys stay on the
key servers. Logs go to standard error. SIGTERM and SIGINT end it: requests under way have 10 seconds to finish.
Exit codes: 0 ended by a signal, 1 could not serve, 2 wrong command line or configuration.

The configuration is YAML ('latchkey pki' makes one that works):

  listen: 127.0.0.1:8443                  # or :8443 for all interfaces, the default
  origin: http://127.0.0.1:8080
  key_servers: [keys.example:2407]        # host:port, a socket's path, or the name of SRV records
  key_server_name: keys.example           # in the key servers' certificates; default: the host of each
  channel_certificate: edge.pem           # what the edge shows to key servers
  channel_key: edge.key
  channel_ca: channel-ca.pem              # who issued the key servers' certificates
  handshake_timeout: 10000                # milliseconds, the key server's operation included
  sites:                                  # the first also serves visitors who name no host
    - server_names: [www.example.com]
      certificate: chain.pem
      key_servers: [other.example:2407]   # of this site's own; also key_server_name
      allow_static_rsa: false             # RSA key exchange for visitors without ECDHE`,
  options: {
    config: { type: 'string', placeholder: 'FILE', help: 'the configuration' },
    listen: {
      type: 'string',
      placeholder: 'HOST:PORT',
      help: 'where visitors connect, before what the configuration says',
    },
    loglevel: {
      type: 'string',
      placeholder: 'LEVEL',
      help: `${LOG_LEVELS.join(', ')}; default info`,
    },
  },
  positionals: { minimum: 0, maximum: 0 },
  execute: async (values, _positionals, { output, errors, interrupted }) => {
    if (values.config === undefined) throw new UsageError('--config is missing');
    const logger = pino({ name: 'latchkey-edge', level: parseLevel(values.loglevel ?? 'info') }, errors);
    const configuration = await loadEdgeConfiguration(values.config);
    const listen = values.listen === undefined ? configuration.listen : parseListen(values.listen);
    const edge = await startEdge({ ...configuration, listen }, logger);
    const stopped = interrupted();
    const names = configuration.sites.flatMap(({ serverNames }) => serverNames);
    const keyServers = new Set(configuration.sites.flatMap((site) => site.keyServers.map(formatAddress)));
    output.write(
      `edge listens on ${formatAddress({ ...listen, port: edge.port })} for ${names.join(', ')}; ` +
        `keys at ${[...keyServers].join(', ')}\n`,
    );
    await Promise.race([edge.contacted, stopped]);
    reportListening(edge.port, () => edge.statistics());
    logger.info({ signal: await stopped }, 'edge ends');
    await edge.close(DRAIN_TIMEOUT);
    return ExitCode.OK;
  },
});

/** In milliseconds. */
const DRAIN_TIMEOUT = 10_000;

function parseListen(text: string): ListenAddress {
  const address = parseListenAddress(text);
  if (address === undefined)
    throw new UsageError(`--listen ${text}: expected HOST:PORT, or :PORT for all interfaces`);
  return address;
}

function parseLevel(text: string): string {
  if (!LOG_LEVELS.includes(text))
    throw new UsageError(`--loglevel ${text}: expected one of ${LOG_LEVELS.join(', ')}`);
  return text;
}
