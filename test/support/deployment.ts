import { appendFile, mkdtemp, rm } from 'node:fs/promises';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  createDevelopmentPki,
  type DevelopmentPki,
  LAYOUT,
  writeDevelopmentPki,
  type SiteOptions,
} from 'latchkey/pki';
import { ServingCommand } from 'latchkey/supervision';
import { startOrigin } from './origin.js';

/** A site for every kind of key that a certificate can have. */
export const SITES = [
  { name: 'p256.localhost', keyAlgorithm: 'p-256' },
  { name: 'p384.localhost', keyAlgorithm: 'p-384' },
  { name: 'p521.localhost', keyAlgorithm: 'p-521' },
  { name: 'rsa.localhost', keyAlgorithm: 'rsa-2048' },
  { name: 'ed25519.localhost', keyAlgorithm: 'ed25519' },
] as const satisfies readonly SiteOptions[];

/** A key server and an edge as processes of their own, and an origin in this one. */
export interface Deployment {
  readonly edge: ServingCommand;
  readonly keyServer: ServingCommand;
  /** Who trusts whom. */
  readonly pki: DevelopmentPki;
  /** The certificate of the authority that signed the sites' certificates. */
  readonly siteCaFile: string;
  siteKeyFile(siteName: string): string;
  /** How many private-key operations the key server has performed since it started. */
  operations(): Promise<number>;
  stop(): Promise<void>;
}

/** How {@link deploy} deviates from what `latchkey pki` configures. */
export interface DeploymentOptions {
  readonly sites?: readonly SiteOptions[];
  /** The port at which the edge reaches the key server, given the one that it listens on. Default: that one. */
  readonly keyServerPort?: (port: number) => Promise<number>;
  /** Behind the edge. Default: one that answers `/` with a page and any upload with the same bytes. */
  readonly origin?: Server;
  /** What key server and edge speak. Default: what they choose, which is kssl2. */
  readonly protocol?: 'kssl2' | 'kssl1';
}

/**
 * Starts the whole of Latchkey as an operator would: from the files that `latchkey pki` writes, by the commands
 * `latchkey server` and `latchkey edge`.
 */
export async function deploy({
  sites = SITES,
  keyServerPort = (port) => Promise.resolve(port),
  origin: givenOrigin,
  protocol,
}: DeploymentOptions = {}): Promise<Deployment> {
  const directory = await mkdtemp(join(tmpdir(), 'latchkey-test-'));
  const origin = givenOrigin ?? (await startOrigin());
  const originUrl = `http://127.0.0.1:${(origin.address() as AddressInfo).port}`;
  const pki = await createDevelopmentPki({ sites });
  const write = async (port: number): Promise<void> => {
    await writeDevelopmentPki(pki, directory, {
      addresses: { keyServerPort: port, edgePort: 0, origin: originUrl },
      force: true,
    });
    if (protocol === undefined) return;
    for (const file of [LAYOUT.serverConfiguration, LAYOUT.edgeConfiguration])
      await appendFile(join(directory, file), `protocols: [${protocol}]\n`);
  };

  await write(0);
  const keyServer = await ServingCommand.start([
    'server',
    '--config',
    join(directory, LAYOUT.serverConfiguration),
  ]);
  await write(await keyServerPort(keyServer.port));
  const edge = await ServingCommand.start(['edge', '--config', join(directory, LAYOUT.edgeConfiguration)]);
  return {
    edge,
    keyServer,
    pki,
    siteCaFile: join(directory, LAYOUT.siteCa),
    siteKeyFile: (siteName) => join(directory, LAYOUT.siteKey(siteName)),
    operations: async () => {
      const { privateKeyOperations } = (await keyServer.statistics()) as { privateKeyOperations: number };
      return privateKeyOperations;
    },
    stop: async () => {
      await edge.stop();
      await keyServer.stop();
      origin.closeAllConnections();
      origin.close();
      await rm(directory, { recursive: true });
    },
  };
}
