import { mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import {
  DEFAULT_ADDRESSES,
  edgeConfigurationText,
  LAYOUT,
  serverConfigurationText,
  type DevelopmentAddresses,
} from './configuration.js';
import type { DevelopmentPki } from './development-pki.js';

/** The folder for a development PKI holds something already. */
export class PkiExistsError extends Error {
  readonly code = 'LATCHKEY_PKI_EXISTS';
  override readonly name = 'PkiExistsError';
}

/** How {@link writeDevelopmentPki} writes. */
export interface WritePkiOptions {
  /** What the configuration files say. Default: {@link DEFAULT_ADDRESSES}. */
  readonly addresses?: DevelopmentAddresses;
  /** Write into a folder that is not empty and overwrite what has the same name; other files in it stay. Default: false. */
  readonly force?: boolean;
}

/**
 * Writes a development PKI into a folder. Folders it makes only their owner can open (0700), keys only the owner can read (0600).
 *
 * ```
 * channel/ca.pem                       who both ends of the channel trust
 * channel/key-server.pem, .key         the key server's certificate for the channel
 * channel/edge.pem, .key               the edge's certificate for the channel
 * sites/ca.pem                         who visitors trust
 * sites/NAME/chain.pem                 a site's certificate: for the edge
 * keys/NAME.key                        a site's private key: for the key server alone
 * server.yaml, edge.yaml               configuration of the two, which works as it stands
 * ```
 *
 * @throws {@link PkiExistsError} when the folder is not empty and `force` is not set
 */
export async function writeDevelopmentPki(
  pki: DevelopmentPki,
  directory: string,
  { addresses = DEFAULT_ADDRESSES, force = false }: WritePkiOptions = {},
): Promise<void> {
  await mkdir(directory, { recursive: true, mode: 0o700 });
  if (!force && (await readdir(directory)).length > 0) {
    throw new PkiExistsError(`${directory} is not empty: name another folder, or overwrite with --force`);
  }
  for (const [path, content] of filesOf(pki, addresses)) {
    const target = join(directory, path);
    await mkdir(dirname(target), { recursive: true, mode: 0o700 });
    // A file that is overwritten would keep the permissions it had.
    await rm(target, { force: true });
    await writeFile(target, content, { mode: path.endsWith('.key') ? 0o600 : 0o644, flag: 'wx' });
  }
}

function filesOf(pki: DevelopmentPki, addresses: DevelopmentAddresses): [path: string, content: string][] {
  const siteNames = pki.sites.map(({ name }) => name);
  const delegatingSites = pki.sites
    .filter(({ allowsDelegation }) => allowsDelegation)
    .map(({ name }) => name);
  return [
    [LAYOUT.channelCa, pki.channel.caPem],
    [LAYOUT.keyServerCertificate, pki.channel.keyServer.certificatePem],
    [LAYOUT.keyServerKey, pki.channel.keyServer.keyPem],
    [LAYOUT.edgeCertificate, pki.channel.edge.certificatePem],
    [LAYOUT.edgeKey, pki.channel.edge.keyPem],
    [LAYOUT.siteCa, pki.siteCaPem],
    ...pki.sites.flatMap(({ name, certificateChainPem, keyPem }): [string, string][] => [
      [LAYOUT.siteCertificateChain(name), certificateChainPem],
      [LAYOUT.siteKey(name), keyPem],
    ]),
    [LAYOUT.serverConfiguration, serverConfigurationText(addresses, delegatingSites.length > 0)],
    [LAYOUT.edgeConfiguration, edgeConfigurationText(siteNames, addresses, delegatingSites)],
  ];
}
