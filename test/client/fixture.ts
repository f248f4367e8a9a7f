import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import type { OperationRequest, PerformOptions } from '@latchkey/codec';
import { createKeyServerClient, type KeyServerClient, type KeyServerClientOptions } from '@latchkey/client';
import { afterEach, beforeAll } from 'vitest';
import { makeAuthority, type Authority, type IssuedCertificate } from 'latchkey/pki';
import { startFakeKeyServer, type FakeKeyServer, type FakeKeyServerOptions } from './fake-key-server.js';

/** The channel's certificates, and clients and servers that use them and end with the test. */
export interface ChannelFixture {
  readonly authority: Authority;
  readonly server: IssuedCertificate;
  readonly client: IssuedCertificate;
  startServer(options?: FakeKeyServerOptions): Promise<FakeKeyServer>;
  /** A client of the servers on these ports of 127.0.0.1. */
  createClient(ports: readonly number[], options?: Partial<KeyServerClientOptions>): KeyServerClient;
  /** Ends something when the test ends. */
  cleanUp(end: () => Promise<unknown> | void): void;
}

/** Call it once in a suite; usable from `beforeAll` on. */
export function useChannel(): ChannelFixture {
  let authority: Authority;
  let server: IssuedCertificate;
  let client: IssuedCertificate;
  const ends: (() => Promise<unknown> | void)[] = [];
  beforeAll(async () => {
    authority = await makeAuthority('Channel CA');
    server = await authority.issue({
      commonName: 'key server',
      names: ['localhost', '127.0.0.1', 'keys.example'],
      usages: ['server'],
    });
    client = await authority.issue({ commonName: 'edge', usages: ['client'] });
  });
  afterEach(async () => {
    for (const end of ends.splice(0).toReversed()) await end();
  });
  const cleanUp: ChannelFixture['cleanUp'] = (end) => void ends.push(end);
  return {
    get authority() {
      return authority;
    },
    get server() {
      return server;
    },
    get client() {
      return client;
    },
    async startServer(options) {
      const started = await startFakeKeyServer({
        ca: authority.certificatePem,
        cert: server.certificatePem,
        key: server.keyPem,
        ...options,
      });
      cleanUp(() => started.close());
      return started;
    },
    createClient(ports, options) {
      const created = createKeyServerClient({
        keyServers: ports.map((port) => ({ host: '127.0.0.1', port })),
        certificate: client.certificatePem,
        key: client.keyPem,
        ca: authority.certificatePem,
        // What the fake key server speaks.
        protocols: ['kssl1'],
        ...options,
      });
      cleanUp(() => created.close());
      return created;
    },
    cleanUp,
  };
}

/** A request that {@link FakeKeyServer} answers with the same payload, and that may be repeated. */
export function sealing(text: string): OperationRequest {
  return { key: {}, operation: { type: 'seal', blob: bytes(text) } };
}

export function bytes(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

export function within(milliseconds: number, signal?: AbortSignal): PerformOptions {
  return { deadline: performance.now() + milliseconds, ...(signal && { signal }) };
}

/** Waits for something that other parts of the test bring about. */
export async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await sleep(1);
}

/** A port of 127.0.0.1 where nothing listens. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}
