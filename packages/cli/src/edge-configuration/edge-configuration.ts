import type { AdminAddress } from '@latchkey/admin';
import type { OriginOptions } from '@latchkey/edge';
import { dirname, resolve } from 'node:path';
import { ConfigurationError } from '@latchkey/server';
import type { ChannelProtocol, HedgingOptions, KeyServerAddress } from '@latchkey/client';
import type { ListenAddress } from '../addresses.js';
import { FileError, readTextFile, type TextFile } from '../files.js';
import { parseCertificateFile, parseKeyFile, type CertificateFile, type Channel } from '../pem-files.js';
import type { KeyPath } from '../yaml-document.js';
import { hedgingOptions, namedKeyServers } from './key-servers.js';
import { parseEdgeDocument } from './document.js';
import { readOrigin } from './origin.js';
import type { VisitorLimits } from './visitor-limits.js';

/** What `latchkey edge` is told. */
export interface EdgeConfiguration {
  readonly listen: ListenAddress;
  /** Where visitors' requests go. */
  readonly origin: OriginOptions;
  /** Those of sites that name none of their own. */
  readonly keyServers: readonly KeyServerAddress[];
  /** What may be spoken with them. */
  readonly protocols: readonly ChannelProtocol[];
  readonly hedging: HedgingOptions;
  /** DNS servers for the key servers' names; undefined for those of this machine. */
  readonly nameServers: readonly string[] | undefined;
  readonly channel: Channel;
  /** How long a handshake may take, the key server's operation included, in milliseconds. */
  readonly handshakeTimeout: number;
  readonly limits: VisitorLimits;
  /** Processes that serve visitors. */
  readonly workers: number;
  /** Where metrics and health are shown. */
  readonly admin: AdminAddress | undefined;
  readonly accessLog: AccessLogConfiguration | undefined;
  /** How long requests under way have to finish when the edge ends, in milliseconds. */
  readonly drainTimeout: number;
  /** The first also serves visitors who name no host. */
  readonly sites: readonly EdgeSite[];
}

/** Host names and the certificate that the edge shows to their visitors. */
interface EdgeSite {
  readonly serverNames: readonly string[];
  readonly certificate: CertificateFile;
  readonly keyServers: readonly KeyServerAddress[];
  /** Undefined: where the others' requests go. */
  readonly origin: OriginOptions | undefined;
  /** Whether visitors without ECDHE may use RSA key exchange. */
  readonly allowStaticRsa: boolean;
}

/** Where a line is written for each request. */
export interface AccessLogConfiguration {
  /** Absolute, or `-` for standard output. */
  readonly file: string;
  /** Whether query strings are written, where secrets may be. */
  readonly queries: boolean;
}

/**
 * Reads an edge's configuration and the certificates that it names. Relative paths are resolved against the folder of the file.
 *
 * @throws {FileError} when the configuration file itself cannot be read
 * @throws {ConfigurationError} naming file, line, column and key of what is wrong
 */
export async function loadEdgeConfiguration(fileName: string): Promise<EdgeConfiguration> {
  const { values, problemAt } = parseEdgeDocument(await readTextFile(fileName));
  const read = async <File>(key: KeyPath, path: string, parse: (file: TextFile) => File): Promise<File> => {
    try {
      return parse(await readTextFile(resolve(dirname(fileName), path)));
    } catch (error) {
      throw error instanceof FileError ? new ConfigurationError([problemAt(key, error.message)]) : error;
    }
  };
  const readCertificates = async (at: KeyPath, path: string): Promise<string> =>
    (await read(at, path, parseCertificateFile)).text;
  const [certificate, key, ca, origin, sites] = await Promise.all([
    read(['channel_certificate'], values.channel_certificate, parseCertificateFile),
    read(['channel_key'], values.channel_key, parseKeyFile),
    read(['channel_ca'], values.channel_ca, parseCertificateFile),
    readOrigin(['origin'], values.origin, readCertificates),
    Promise.all(
      values.sites.map(async (site, index) => ({
        serverNames: site.server_names,
        certificate: await read(['sites', index, 'certificate'], site.certificate, parseCertificateFile),
        keyServers: namedKeyServers(
          site.key_servers ?? values.key_servers,
          site.key_server_name ?? values.key_server_name,
        ),
        origin: site.origin && (await readOrigin(['sites', index, 'origin'], site.origin, readCertificates)),
        allowStaticRsa: site.allow_static_rsa ?? false,
      })),
    ),
  ]);
  return {
    listen: values.listen,
    origin,
    keyServers: namedKeyServers(values.key_servers, values.key_server_name),
    hedging: hedgingOptions(values.hedging),
    nameServers: values.name_servers,
    protocols: values.protocols,
    channel: { certificate, key, ca },
    handshakeTimeout: values.handshake_timeout,
    limits: values.limits,
    workers: values.workers,
    admin: values.admin,
    accessLog:
      values.access_log === undefined
        ? undefined
        : accessLogOf(fileName, values.access_log, values.access_log_queries),
    drainTimeout: values.drain_timeout,
    sites,
  };
}

function accessLogOf(configurationFile: string, file: string, queries: boolean): AccessLogConfiguration {
  return { file: file === '-' ? file : resolve(dirname(configurationFile), file), queries };
}
