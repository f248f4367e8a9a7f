import { appendFile, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ChannelProtocol } from '@latchkey/client';
import type { KeyServerStatistics } from '@latchkey/server';
import { createDevelopmentPki, edgeConfigurationText, LAYOUT, writeDevelopmentPki } from '../pki/index.js';
import { ServingCommand } from '../supervision/parent.js';
import type { DemoServices } from './handshakes.js';
import { startOrigin } from './origin.js';

/** A key server and an edge, each a process of its own, and an origin in this one. */
export interface Demo extends DemoServices {
  /** Where its certificates, keys and configuration are while it is up. */
  readonly directory: string;
  /** Settles when the key server or the edge has ended by itself. */
  broken(): Promise<void>;
  /** Ends everything and removes the folder. */
  close(): Promise<void>;
}

/**
 * Starts a whole keyless set-up on free ports of this machine.
 *
 * @param protocol what key server and edge speak
 * @throws {CommandFailedError} with what it printed when the key server or the edge does not start
 */
export async function startDemo(protocol: ChannelProtocol): Promise<Demo> {
  const toClose: (() => unknown)[] = [];
  const close = async (): Promise<void> => {
    while (toClose.length > 0) await toClose.pop()?.();
  };
  try {
    const directory = await mkdtemp(join(tmpdir(), 'latchkey-demo-'));
    toClose.push(() => rm(directory, { recursive: true, force: true }));
    const origin = await startOrigin();
    toClose.push(() => origin.close());

    const pki = await createDevelopmentPki();
    const addresses = { keyServerPort: 0, edgePort: 0, origin: origin.url };
    await writeDevelopmentPki(pki, directory, { addresses });
    const serverFile = join(directory, LAYOUT.serverConfiguration);
    const protocols = `protocols: [${protocol}]\n`;
    await appendFile(serverFile, protocols);
    const keyServer = await ServingCommand.start(['server', '--config', serverFile]);
    toClose.push(() => keyServer.stop());

    // Only now is it known where the key server listens.
    const edgeFile = join(directory, LAYOUT.edgeConfiguration);
    const siteNames = pki.sites.map(({ name }) => name);
    await writeFile(
      edgeFile,
      edgeConfigurationText(siteNames, { ...addresses, keyServerPort: keyServer.port }) + protocols,
    );
    const edge = await ServingCommand.start(['edge', '--config', edgeFile]);
    toClose.push(() => edge.stop());

    return {
      directory,
      edgePort: edge.port,
      siteCa: pki.siteCaPem,
      keyServerStatistics: async () => (await keyServer.statistics()) as KeyServerStatistics,
      broken: () => Promise.race([keyServer.ended(), edge.ended()]),
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}
