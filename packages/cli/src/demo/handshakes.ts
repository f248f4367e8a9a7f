import type { KeyServerStatistics } from '@latchkey/server';
import type { SecureVersion } from 'node:tls';
import { visit, type Visit } from './visitor.js';

/** One handshake of the demo and what it cost the key server. */
export interface ObservedHandshake extends Visit {
  readonly serverName: string;
  /** Private-key operations that the key server counted meanwhile. */
  readonly operations: number;
  /** How many there should have been. */
  readonly expectedOperations: number;
  /** The scheme that the key server counted a signature with; undefined where it made none. */
  readonly signatureScheme: string | undefined;
}

/** What the handshakes go through. */
export interface DemoServices {
  readonly edgePort: number;
  /** The CA that visitors trust, PEM. */
  readonly siteCa: string;
  readonly keyServerStatistics: () => Promise<KeyServerStatistics>;
}

/** Visits each site as a stranger and then once more with the session of the first time. */
export async function observeHandshakes(services: DemoServices): Promise<ObservedHandshake[]> {
  const full: ObservedHandshake[] = [];
  for (const { serverName, protocol } of VISITS) {
    full.push(await observe(services, serverName, protocol));
  }
  const resumed: ObservedHandshake[] = [];
  for (const [index, { serverName, protocol }] of VISITS.entries()) {
    resumed.push(await observe(services, serverName, protocol, full[index]?.session));
  }
  return [...full, ...resumed];
}

/** Whether every handshake cost what it should. */
export function isAsExpected(handshakes: readonly ObservedHandshake[]): boolean {
  return handshakes.every(
    ({ operations, expectedOperations, resumed }) =>
      operations === expectedOperations && resumed === (expectedOperations === 0),
  );
}

const VISITS: readonly { readonly serverName: string; readonly protocol: SecureVersion }[] = [
  { serverName: 'ecdsa.localhost', protocol: 'TLSv1.3' },
  { serverName: 'rsa.localhost', protocol: 'TLSv1.3' },
  { serverName: 'ecdsa.localhost', protocol: 'TLSv1.2' },
];

async function observe(
  { edgePort, siteCa, keyServerStatistics }: DemoServices,
  serverName: string,
  protocol: SecureVersion,
  session?: Buffer,
): Promise<ObservedHandshake> {
  const before = await keyServerStatistics();
  const outcome = await visit({
    port: edgePort,
    serverName,
    protocol,
    ca: siteCa,
    ...(session && { session }),
  });
  const after = await keyServerStatistics();
  return {
    ...outcome,
    serverName,
    operations: after.privateKeyOperations - before.privateKeyOperations,
    expectedOperations: session === undefined ? 1 : 0,
    signatureScheme: Object.keys(after.operations).find(
      (name) => /^(?:rsa|ecdsa|ed25519)/.test(name) && countOf(after, name) > countOf(before, name),
    ),
  };
}

function countOf({ operations }: KeyServerStatistics, name: string): number {
  return operations[name]?.succeeded ?? 0;
}
