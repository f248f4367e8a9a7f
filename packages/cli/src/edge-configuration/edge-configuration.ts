import type { AdminAddress } from '@latchkey/admin';
import { dirname, resolve } from 'node:path';
import type { ChannelProtocol, HedgingOptions, KeyServerAddress } from '@latchkey/client';
import type { DelegatedCredentialOptions, OriginOptions, TlsProfile } from '@latchkey/edge';
import type { ListenAddress } from '../addresses.js';
import { readTextFile } from '../files.js';
import { parseCertificateFile, parseKeyFile, type Channel } from '../pem-files.js';
import { readCertificates, type SiteCertificate } from './certificate.js';
import type { KeyPath } from '../yaml-document.js';
import { parseEdgeDocument } from './document.js';
import { readOrigin } from './origin.js';
import type { VisitorLimits } from './visitor-limits.js';
import { FileReader } from './file-reader.js';
import { hedgingOptions, locateKeyServers } from './key-servers.js';
import { readResumption, type ResumptionConfiguration } from './resumption.js';

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
  readonly resumption: ResumptionConfiguration;
  /** The first also serves visitors who name no host. */
  readonly sites: readonly EdgeSite[];
  readonly source: ConfigurationSource;
}

/** Where a configuration was read from. */
export interface ConfigurationSource {
  /** Absolute path of the configuration file. */
  readonly file: string;
  /** Absolute paths of its file and of all that it names. */
  readonly files: readonly string[];
  /** The same as long as all of them hold the same. */
  readonly fingerprint: string;
  /** Whether a change in them is a reason to read them again. */
  readonly isWatched: boolean;
  readonly overrides: EdgeOverrides;
}

/** What the command line says in place of the file. */
export type EdgeOverrides = Partial<Pick<EdgeConfiguration, 'listen'>>;

/** Host names and what the edge shows to their visitors. */
export interface EdgeSite {
  readonly serverNames: readonly string[];
  /** Each for another kind of key. None: those that the key servers send. */
  readonly certificates: readonly SiteCertificate[];
  /** Whether OCSP responses are fetched for those. */
  readonly fetchesOcsp: boolean;
  readonly keyServers: readonly KeyServerAddress[];
  /** Undefined: where the others' requests go. */
  readonly origin: OriginOptions | undefined;
  readonly profile: TlsProfile;
  /** Whether visitors without ECDHE may use RSA key exchange. */
  readonly allowStaticRsa: boolean;
  /** Whether visitors who take delegated credentials (RFC 9345) are shown some. */
  readonly delegatedCredentials: boolean | DelegatedCredentialOptions;
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
export async function loadEdgeConfiguration(
  fileName: string,
  overrides: EdgeOverrides = {},
): Promise<EdgeConfiguration> {
  const file = await readTextFile(fileName);
  const { values, problemAt } = parseEdgeDocument(file);
  const reader = new FileReader(file, problemAt);
  const folder = dirname(fileName);
  const readAuthorities = (at: KeyPath, path: string): Promise<string> =>
    reader.readText(at, path, (pem) => parseCertificateFile(pem).text);
  const [certificate, key, ca, origin, resumption, sites] = await Promise.all([
    reader.readText(['channel_certificate'], values.channel_certificate, parseCertificateFile),
    reader.readText(['channel_key'], values.channel_key, parseKeyFile),
    reader.readText(['channel_ca'], values.channel_ca, parseCertificateFile),
    readOrigin(['origin'], values.origin, readAuthorities),
    readResumption(values.resumption, (at, path) => reader.readSecrets(at, path)),
    Promise.all(
      values.sites.map(async (site, index) => ({
        serverNames: site.server_names,
        certificates: await readCertificates(
          ['sites', index, 'certificate'],
          site.certificate ?? [],
          site.ocsp_stapling ?? values.ocsp_stapling,
          reader,
        ),
        fetchesOcsp: site.ocsp_stapling ?? values.ocsp_stapling,
        keyServers: locateKeyServers(
          site.key_servers ?? values.key_servers,
          site.key_server_name ?? values.key_server_name,
          folder,
        ),
        origin: site.origin && (await readOrigin(['sites', index, 'origin'], site.origin, readAuthorities)),
        profile: site.profile ?? values.profile,
        allowStaticRsa: site.allow_static_rsa ?? false,
        delegatedCredentials: site.delegated_credentials ?? false,
      })),
    ),
  ]);
  return {
    listen: values.listen,
    origin,
    keyServers: locateKeyServers(values.key_servers, values.key_server_name, folder),
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
    resumption,
    sites,
    source: {
      file: resolve(fileName),
      files: reader.files,
      fingerprint: reader.fingerprint,
      isWatched: values.watch_files,
      overrides,
    },
    ...overrides,
  };
}

function accessLogOf(configurationFile: string, file: string, queries: boolean): AccessLogConfiguration {
  return { file: file === '-' ? file : resolve(dirname(configurationFile), file), queries };
}
