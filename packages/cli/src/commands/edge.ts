import cluster from 'node:cluster';
import { pino } from 'pino';
import { formatAddress, parseListenAddress, type ListenAddress } from '../addresses.js';
import { defineCommand, ExitCode } from '../command-line/command.js';
import { UsageError } from '../command-line/errors.js';
import { loadEdgeConfiguration } from '../edge-configuration/edge-configuration.js';
import { serveEdge } from '../edge/serve.js';
import { serveEdgeAsWorker } from '../edge/workers/worker.js';
import { reportListening } from '../supervision/child.js';

const LOG_LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'];

/** `latchkey edge`: TLS for visitors in front of origins, with the private keys on key servers. */
export const edgeCommand = defineCommand({
  name: 'edge',
  summary: "terminate visitors' TLS with keys on key servers, in front of origins",
  usage: '--config FILE [options]',
  description: `
Serves HTTP/2, HTTP/1.1 and WebSockets over TLS 1.3 and 1.2 and passes requests on to origins. The private keys stay
on the key servers. Logs go to standard error. SIGTERM and SIGINT end it: requests under way have drain_timeout to
finish, a second one ends it at once. SIGHUP, or a change of a file, makes it read configuration and certificates again
without dropping a connection; SIGHUP also makes it go on in a new access log where the old one was moved away.
Exit codes: 0 ended by a signal, 1 could not serve, 2 wrong command line or configuration.

The configuration is YAML ('latchkey pki' makes one that works):

  listen: 127.0.0.1:8443                  # or :8443 for all interfaces, the default
  origin: http://127.0.0.1:8080           # or a list, or a map: docs/guides/reverse-proxy.md
  key_servers: [keys.example:2407]        # host:port, a socket's path, or the name of SRV records
  key_server_name: keys.example           # in the key servers' certificates; default: the host of each
  channel_certificate: edge.pem           # what the edge shows to key servers
  channel_key: edge.key
  channel_ca: channel-ca.pem              # who issued the key servers' certificates
  handshake_timeout: 10000                # milliseconds, the key server's operation included
  profile: intermediate                   # or modern: TLS 1.3 only
  ocsp_stapling: false                    # whether OCSP responses are fetched and stapled
  watch_files: true                       # whether a change of a file is a reason to reload
  resumption:
    session_lifetime: 7200                # seconds after the full handshake
    tickets: 2                            # per full TLS 1.3 handshake
    ticket_key_lifetime: 7200             # seconds; default: the session's lifetime
    redis: redis://127.0.0.1:6379         # what edges share; or ticket_key_file: FILE
    redis_secret_file: redis.secret       # encrypts it there
  sites:                                  # the first also serves visitors who name no host
    - server_names: [www.example.com]
      certificate: chain.pem              # or [ecdsa.pem, rsa.pem]; default: what the key servers have
      profile: modern                     # profile and ocsp_stapling of this site
      key_servers: [other.example:2407]   # of this site's own; also key_server_name
      allow_static_rsa: false             # RSA key exchange for visitors without ECDHE
      delegated_credentials: false        # or true: docs/guides/edge.md
      origin: https://app.example         # where it is not the one above
  workers: 4                              # processes on one port; default 1
  admin: 127.0.0.1:2408                   # metrics, /healthz and /readyz over HTTP; default off
  access_log: access.log                  # a line of JSON for each request; - for standard output; default none
  drain_timeout: 10000                    # milliseconds
  limits: {body_size: 10000000}           # of visitors: docs/guides/reverse-proxy.md`,
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
  execute: async (values, _positionals, { output, errors, interrupted, onReloadRequest }) => {
    if (values.config === undefined) throw new UsageError('--config is missing');
    const logger = pino({ name: 'latchkey-edge', level: parseLevel(values.loglevel ?? 'info') }, errors);
    const configuration = await loadEdgeConfiguration(
      values.config,
      values.listen === undefined ? {} : { listen: parseListen(values.listen) },
    );
    const { listen } = configuration;
    if (cluster.isWorker) {
      await serveEdgeAsWorker(configuration, logger);
      return ExitCode.OK;
    }
    const edge = await serveEdge(configuration, process.argv.slice(2), logger);
    onReloadRequest(() => edge.reload());
    const stopped = interrupted();
    const names = configuration.sites.flatMap(({ serverNames }) => serverNames);
    const keyServers = new Set(configuration.sites.flatMap((site) => site.keyServers.map(formatAddress)));
    output.write(
      `edge listens on ${formatAddress({ ...listen, port: edge.port })} for ${names.join(', ')}; ` +
        `keys at ${[...keyServers].join(', ')}\n`,
    );
    if (configuration.admin !== undefined && edge.adminPort !== undefined)
      output.write(
        `metrics: http://${formatAddress({ ...configuration.admin, port: edge.adminPort })}/metrics\n`,
      );
    await Promise.race([edge.contacted, stopped]);
    reportListening(edge.port, () => edge.statistics());
    logger.info({ signal: await stopped }, 'edge ends');
    await edge.close();
    return ExitCode.OK;
  },
});

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
