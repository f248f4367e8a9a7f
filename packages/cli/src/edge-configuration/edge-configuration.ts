import { dirname, resolve } from 'node:path';
import { ConfigurationError } from '@latchkey/server';
import type { ChannelProtocol, HedgingOptions, KeyServerAddress } from '@latchkey/client';
import type { ListenAddress } from '../addresses.js';
import { FileError, readTextFile, type TextFile } from '../files.js';
import { parseCertificateFile, parseKeyFile, type CertificateFile, type Channel } from '../pem-files.js';
import type { KeyPath } from '../yaml-document.js';
import { hedgingOptions, namedKeyServers } from './key-servers.js';
import { parseEdgeDocument } from './document.js';

/** What `latchkey edge` is told. */
export interface EdgeConfiguration {
  readonly listen: ListenAddress;
  /** Where visitors' requests go. */
  readonly origin: URL;
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
  /** The first also serves visitors who name no host. */
  readonly sites: readonly EdgeSite[];
}

/** Host names and the certificate that the edge shows to their visitors. */
interface EdgeSite {
  readonly serverNames: readonly string[];
  readonly certificate: CertificateFile;
  readonly keyServers: readonly KeyServerAddress[];
  /** Whether visitors without ECDHE may use RSA key exchange. */
  readonly allowStaticRsa: boolean;
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
  const [certificate, key, ca, sites] = await Promise.all([
    read(['channel_certificate'], values.channel_certificate, parseCertificateFile),
    read(['channel_key'], values.channel_key, parseKeyFile),
    read(['channel_ca'], values.channel_ca, parseCertificateFile),
    Promise.all(
      values.sites.map(async (site, index) => ({
        serverNames: site.server_names,
        certificate: await read(['sites', index, 'certificate'], site.certificate, parseCertificateFile),
        keyServers: namedKeyServers(
          site.key_servers ?? values.key_servers,
          site.key_server_name ?? values.key_server_name,
        ),
        allowStaticRsa: site.allow_static_rsa ?? false,
      })),
    ),
  ]);
  return {
    listen: values.listen,
    origin: values.origin,
    keyServers: namedKeyServers(values.key_servers, values.key_server_name),
    hedging: hedgingOptions(values.hedging),
    nameServers: values.name_servers,
    protocols: values.protocols,
    channel: { certificate, key, ca },
    handshakeTimeout: values.handshake_timeout,
    sites,
  };
}
