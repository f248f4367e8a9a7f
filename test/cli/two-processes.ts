import { randomBytes } from 'node:crypto';
import { appendFileSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createKeyServerClient, type KeyServerAddress, type KeyServerClient } from '@latchkey/client';
import type { KeyReference, Operation } from '@latchkey/codec';
import { loadKeys } from '@latchkey/server';
import { LAYOUT } from 'latchkey/pki';
import { onTestFinished } from 'vitest';
import { type RunningCommand, startKeyServer } from './support.js';

/** A key server of two processes. */
export interface TwoProcesses {
  readonly port: number;
  readonly admin: string;
  readonly command: RunningCommand;
  /** The process ids of those that serve. */
  readonly processes: () => string[];
}

/** What `writeDevelopmentPki` is to write for one. */
export const ADDRESSES = { keyServerPort: 0, edgePort: 0, origin: 'http://127.0.0.1:1' };

/** @param folder of a development PKI; its server.yaml gets more lines */
export async function startTwoProcesses(folder: string, configuration = ''): Promise<TwoProcesses> {
  appendFileSync(join(folder, 'server.yaml'), `processes: 2\nworkers: 2\n${configuration}`);
  process.env['KEYLESS_METRICS_PORT'] = '0';
  onTestFinished(() => void (process.env['KEYLESS_METRICS_PORT'] = 'off'));
  const { port, command } = await startKeyServer(join(folder, 'server.yaml'));
  const [, admin = ''] = await command.printed(/status page: (http:\S*)\/\n/);
  const processes = (): string[] =>
    readFileSync(`/proc/${command.pid}/task/${command.pid}/children`, 'utf8').trim().split(' ');
  return { port, admin, command, processes };
}

/** Connects as the edge of the development PKI in the folder. */
export function connectTo(
  keyServer: KeyServerAddress,
  folder: string,
  connectionsPerServer: number,
): KeyServerClient {
  const read = (name: string) => readFileSync(join(folder, name), 'utf8');
  const client = createKeyServerClient({
    keyServers: [keyServer],
    certificate: read(LAYOUT.edgeCertificate),
    key: read(LAYOUT.edgeKey),
    ca: read(LAYOUT.channelCa),
    connectionsPerServer,
  });
  onTestFinished(() => client.close());
  return client;
}

export function perform(
  client: KeyServerClient,
  operation: Operation,
  key: KeyReference = {},
): Promise<Uint8Array> {
  return client.perform({ key, operation }, { deadline: performance.now() + 30_000 });
}

/** @param ski of a P-256 key */
export function sign(client: KeyServerClient, ski: Uint8Array): Promise<Uint8Array> {
  const transcriptHash = randomBytes(32);
  return perform(
    client,
    { type: 'sign_certificate_verify', scheme: 'ecdsa_sha256', transcriptHash },
    { ski },
  );
}

export async function skiOf(file: string): Promise<Uint8Array> {
  const { keys } = await loadKeys([{ type: 'file', path: file }]);
  const [found] = keys;
  if (found === undefined) throw new Error(`no key in ${file}`);
  const copy = Uint8Array.from(found.ski);
  keys.dispose();
  return copy;
}

/** What the admin endpoint answers. */
export async function textOf(admin: string, path: string): Promise<string> {
  return (await fetch(`${admin}${path}`)).text();
}

export async function until(condition: () => Promise<boolean> | boolean): Promise<void> {
  while (!(await condition())) await new Promise((resolve) => setTimeout(resolve, 50));
}
