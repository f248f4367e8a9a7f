import { once } from 'node:events';
import type { AddressInfo, Server } from 'node:net';
import { connect, type ConnectionOptions, type TLSSocket } from 'node:tls';
import type { EdgeControls } from '@latchkey/edge';
import { tlsStatistics } from '@latchkey/native';
import { afterEach, expect } from 'vitest';
import { makeAuthority, type Authority, type KeyAlgorithm } from 'latchkey/pki';
import { TestKeyService } from './test-key-service.js';

/** A site's certificate, and a key service of its own that has its key. */
export interface TestSite {
  readonly certificateChain: string;
  readonly keyService: TestKeyService;
}

/** The authority that signed every test site's certificate. */
export const authority: Authority = await makeAuthority();

/** Makes a certificate for the names, `localhost` if none are given. */
export async function makeSite(
  keyAlgorithm: KeyAlgorithm = 'p-256',
  names: readonly string[] = ['localhost'],
): Promise<TestSite> {
  const { certificatePem, keyPem } = await authority.issue({
    commonName: names[0] ?? '',
    names,
    usages: ['server'],
    keyAlgorithm,
  });
  return { certificateChain: certificatePem, keyService: new TestKeyService([keyPem]) };
}

type EdgeServerOfAnyKind = Server & EdgeControls;

const started: EdgeServerOfAnyKind[] = [];

/** Listens on a port of its own until the test is over; then nothing may be left of any visitor. */
export async function listen(server: EdgeServerOfAnyKind): Promise<number> {
  started.push(server);
  // Room for a thousand who come at once: in one process with them, the edge cannot accept while they connect.
  server.listen({ port: 0, host: '127.0.0.1', backlog: 2048 });
  await once(server, 'listening');
  return (server.address() as AddressInfo).port;
}

afterEach(async () => {
  const servers = started.splice(0);
  await Promise.all(servers.map(shutDown));
  for (const server of servers) expectNothingLeft(server);
});

async function shutDown(server: EdgeServerOfAnyKind): Promise<void> {
  if (!server.listening) return;
  const closed = once(server, 'close');
  server.close();
  server.closeAllConnections();
  await closed;
}

/** No handshake, operation or connection is under way, and the addon holds nothing. */
export function expectNothingLeft(server: EdgeControls): void {
  expect(server.statistics()).toMatchObject({
    pendingHandshakes: 0,
    pendingOperations: 0,
    openConnections: 0,
  });
  expect(tlsStatistics()).toMatchObject({ connections: 0, fibersInUse: 0 });
}

/** Options for a visitor who verifies the site's certificate. */
export function visitorOptions(port: number, options: ConnectionOptions = {}): ConnectionOptions {
  return { host: '127.0.0.1', port, servername: 'localhost', ca: authority.certificatePem, ...options };
}

/** A visitor whose handshake is complete. */
export async function visit(port: number, options?: ConnectionOptions): Promise<TLSSocket> {
  const socket = connect(visitorOptions(port, options));
  await once(socket, 'secureConnect');
  return socket;
}

/** Why a visitor's handshake fails, as the visitor sees it. */
export async function visitInVain(port: number, options?: ConnectionOptions): Promise<Error> {
  const socket = connect(visitorOptions(port, options));
  socket.on('secureConnect', () => socket.destroy(new Error('the handshake did not fail')));
  try {
    const [error] = (await once(socket, 'close').then(
      () => [new Error('closed without an error')],
      (error: unknown) => [error],
    )) as [Error];
    return error;
  } finally {
    socket.destroy();
  }
}

/** Resolves once the condition holds; it is looked at every millisecond. */
export async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 1));
}
