import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { confine } from '@latchkey/load';
import {
  createDevelopmentPki,
  type DevelopmentPki,
  LAYOUT,
  type SiteOptions,
  writeDevelopmentPki,
} from 'latchkey/pki';
import { ServingCommand } from 'latchkey/supervision';
import { DelayedRelay } from './delayed-relay.js';

/** What a benchmark wants of its key servers and its edge. */
export interface DeploymentOptions {
  readonly sites: readonly SiteOptions[];
  readonly keyServers?: KeyServerOptions;
  readonly edge?: ProcessOptions;
}

/** How processes are started. */
export interface ProcessOptions {
  /** The processor that each has for itself and whoever else is confined to it. Default: that of whoever starts them. */
  readonly processor?: number | undefined;
  /** Options for Node.js, e.g. to have it write a profile. */
  readonly execArgv?: readonly string[];
}

export interface KeyServerOptions extends ProcessOptions {
  /** How many there are. Default: 1. */
  readonly count?: number;
  /** Where the only one shows its metrics. Default: nowhere. */
  readonly metricsPort?: number;
  /** Whether the edge reaches them over a way whose length can be set, at some cost to this process. Default: false. */
  readonly areFar?: boolean;
}

/**
 * Key servers and an edge as an operator starts them, with new keys, each a process of its own. The origin, which says
 * hello, is in this process.
 */
export class Deployment {
  readonly pki: DevelopmentPki;
  readonly keyServers: readonly [ServingCommand, ...ServingCommand[]];
  /** The ways from the edge to the key servers, in their order, where these are far. */
  readonly relays: readonly DelayedRelay[];
  readonly edge: ServingCommand;
  readonly #folder: string;
  readonly #toClose: (() => unknown)[];

  static async start(options: DeploymentOptions): Promise<Deployment> {
    const toClose: (() => unknown)[] = [];
    try {
      return new Deployment(await startParts(options, toClose), toClose);
    } catch (error) {
      await closeAll(toClose);
      throw error;
    }
  }

  private constructor({ folder, pki, keyServers, relays, edge }: Parts, toClose: (() => unknown)[]) {
    this.pki = pki;
    this.keyServers = keyServers;
    this.relays = relays;
    this.edge = edge;
    this.#folder = folder;
    this.#toClose = toClose;
  }

  /** What starts another key server or edge like these, on that port, after `latchkey`. */
  commandLine(what: 'server' | 'edge', port: number): string[] {
    return what === 'server'
      ? [...keyServerCommand(this.#folder), '--port', String(port)]
      : [...edgeCommand(this.#folder), '--listen', `127.0.0.1:${port}`];
  }

  /** Ends everything and leaves nothing behind. Idempotent. */
  stop(): Promise<void> {
    return closeAll(this.#toClose);
  }
}

type Parts = Pick<Deployment, 'pki' | 'keyServers' | 'relays' | 'edge'> & { readonly folder: string };

async function startParts(
  { sites, keyServers: serverOptions = {}, edge: edgeOptions = {} }: DeploymentOptions,
  toClose: (() => unknown)[],
): Promise<Parts> {
  const folder = await mkdtemp(join(tmpdir(), 'latchkey-bench-'));
  toClose.push(() => rm(folder, { recursive: true, force: true }));
  const origin = createServer((_request, response) => response.end('Hello from the origin\n'));
  toClose.push(() => origin.close());
  await once(origin.listen(0, '127.0.0.1'), 'listening');
  const { port: originPort } = origin.address() as AddressInfo;
  const pki = await createDevelopmentPki({ sites });
  const addresses = { keyServerPort: 0, edgePort: 0, origin: `http://127.0.0.1:${originPort}` };
  await writeDevelopmentPki(pki, folder, { addresses });

  const start = async (commandLine: readonly string[], { execArgv = [], processor }: ProcessOptions) => {
    const command = await ServingCommand.start(commandLine, { execArgv });
    toClose.push(() => command.stop());
    if (processor !== undefined) await confine(command.pid, processor);
    return command;
  };
  const { count = 1, metricsPort, areFar = false } = serverOptions;
  const startKeyServer = () => start(keyServerCommand(folder, metricsPort), serverOptions);
  const keyServers: [ServingCommand, ...ServingCommand[]] = [await startKeyServer()];
  while (keyServers.length < count) keyServers.push(await startKeyServer());
  const relays: DelayedRelay[] = [];
  for (const { port } of areFar ? keyServers : []) {
    const relay = await DelayedRelay.start(port);
    toClose.push(() => relay.close());
    relays.push(relay);
  }
  await nameKeyServers(folder, areFar ? relays : keyServers);
  return { folder, pki, keyServers, relays, edge: await start(edgeCommand(folder), edgeOptions) };
}

/** Puts the ports into the edge's configuration, which was written before they were known. */
async function nameKeyServers(
  folder: string,
  keyServers: readonly { readonly port: number }[],
): Promise<void> {
  const path = join(folder, LAYOUT.edgeConfiguration);
  const list = keyServers.map(({ port }) => `127.0.0.1:${port}`).join(', ');
  const text = await readFile(path, 'utf8');
  await writeFile(path, text.replace(/^key_servers:\n.*$/m, `key_servers: [${list}]`));
}

function keyServerCommand(folder: string, metricsPort?: number): string[] {
  const configuration = join(folder, LAYOUT.serverConfiguration);
  return ['server', '--config', configuration, ...QUIET, '--metrics-port', String(metricsPort ?? 'off')];
}

function edgeCommand(folder: string): string[] {
  return ['edge', '--config', join(folder, LAYOUT.edgeConfiguration), ...QUIET];
}

const QUIET = ['--loglevel', 'warn'] as const;

/** The last first: each may need those before it. */
async function closeAll(toClose: (() => unknown)[]): Promise<void> {
  while (toClose.length > 0) await toClose.pop()?.();
}
