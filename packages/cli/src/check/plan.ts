import type { KeyServerAddress } from '@latchkey/client';
import { parseKeyServerAddress } from '../addresses.js';
import { UsageError } from '../command-line/errors.js';
import { loadEdgeConfiguration } from '../edge-configuration/edge-configuration.js';
import { readTextFile, type TextFile } from '../files.js';
import type { CheckPlan } from './check.js';
import { parseCertificateFile, parseKeyFile } from '../pem-files.js';

/** What the command line says of what to check; what it leaves out comes from the configuration. */
export interface CheckRequest {
  /** The configuration of an edge: its file name. */
  readonly config: string | undefined;
  readonly servers: readonly string[];
  readonly serverName: string | undefined;
  readonly certificate: string | undefined;
  readonly key: string | undefined;
  readonly ca: string | undefined;
  readonly siteCertificates: readonly string[];
  /** In milliseconds. */
  readonly timeout: number;
}

/**
 * Reads all that a check needs.
 *
 * @throws {UsageError} when neither the command line nor a configuration says what is needed
 * @throws {FileError} when a file cannot be read or holds something else
 */
export async function makePlan(request: CheckRequest): Promise<CheckPlan> {
  const configuration =
    request.config === undefined ? undefined : await loadEdgeConfiguration(request.config);
  const channel = configuration?.channel;
  return {
    keyServers: keyServersOf(request, configuration?.keyServers ?? []),
    channel: {
      certificate: await fileOf(
        'certificate',
        request.certificate,
        parseCertificateFile,
        channel?.certificate,
      ),
      key: await fileOf('key', request.key, parseKeyFile, channel?.key),
      ca: await fileOf('ca', request.ca, parseCertificateFile, channel?.ca),
    },
    sites:
      request.siteCertificates.length > 0
        ? (await Promise.all(request.siteCertificates.map(readTextFile))).map(parseCertificateFile)
        : (configuration?.sites ?? []).flatMap(({ certificates }) => certificates.map(({ chain }) => chain)),
    // Who names certificates on the command line asks for these.
    receivedSites:
      request.siteCertificates.length > 0
        ? []
        : (configuration?.sites ?? [])
            .filter(({ certificates }) => certificates.length === 0)
            .map(({ serverNames }) => serverNames.map((name) => name.toLowerCase())),
    timeout: request.timeout,
  };
}

async function fileOf<File>(
  option: string,
  path: string | undefined,
  parse: (file: TextFile) => File,
  configured: File | undefined,
): Promise<File> {
  if (path !== undefined) return parse(await readTextFile(path));
  if (configured !== undefined) return configured;
  throw new UsageError(`--${option} is missing; give it, or the configuration of an edge with --config`);
}

function keyServersOf(
  { servers, serverName }: CheckRequest,
  configured: readonly KeyServerAddress[],
): KeyServerAddress[] {
  const addresses = servers.length > 0 ? servers.map(parseServer) : configured;
  if (addresses.length === 0)
    throw new UsageError('name a key server with --server, or the configuration of an edge with --config');
  return addresses.map((address) => (serverName === undefined ? address : { ...address, serverName }));
}

function parseServer(text: string): KeyServerAddress {
  const address = parseKeyServerAddress(text);
  if (address === undefined)
    throw new UsageError(`--server ${text}: expected HOST, HOST:PORT, [IPV6]:PORT or the path of a socket`);
  return address;
}
