import { createPublicKey } from 'node:crypto';
import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { BenchmarkError, type OperationsOrder, type ProcessorPlan } from '@latchkey/load';
import type { DevelopmentSite, KeyAlgorithm } from 'latchkey/pki';
import type { ServingCommand } from 'latchkey/supervision';
import type { DelayedRelay } from '../deployment/delayed-relay.js';
import { Deployment } from '../deployment/deployment.js';
import { KEY_ALGORITHMS } from '../server/operations.js';

/** A key server and an edge with a site for each kind of key, the one reached by the other over a long way if wanted. */
export interface SuiteDeployment {
  readonly keyServer: ServingCommand;
  readonly edge: ServingCommand;
  readonly channel: OperationsOrder['channel'];
  /** Between edge and key server. */
  readonly relay: DelayedRelay;
  /** Where the key server shows its metrics. */
  readonly metricsUrl: string;
  readonly site: (algorithm: KeyAlgorithm) => DevelopmentSite;
  /** The public key of a site, PEM. */
  readonly publicKey: (algorithm: KeyAlgorithm) => string;
  /** What starts another key server or edge like these, on that port, after `latchkey`. */
  readonly commandLine: (what: 'server' | 'edge', port: number) => readonly string[];
  stop(): Promise<void>;
}

/** Options for Node.js in the processes, e.g. to have them write a profile. */
export interface SuiteDeploymentOptions {
  readonly keyServerExecArgv?: readonly string[];
  readonly edgeExecArgv?: readonly string[];
}

/** Starts both on the server's processor where there is a plan. */
export async function startDeployment(
  processors: ProcessorPlan | undefined,
  { keyServerExecArgv = [], edgeExecArgv = [] }: SuiteDeploymentOptions = {},
): Promise<SuiteDeployment> {
  const metricsPort = await freePort();
  const processor = processors?.server;
  const deployment = await Deployment.start({
    sites: KEY_ALGORITHMS.map((keyAlgorithm) => ({ name: `${keyAlgorithm}.localhost`, keyAlgorithm })),
    keyServers: { processor, execArgv: keyServerExecArgv, metricsPort, areFar: true },
    edge: { processor, execArgv: edgeExecArgv },
  });
  const {
    pki,
    edge,
    keyServers: [keyServer],
    relays,
  } = deployment;
  const site = (algorithm: KeyAlgorithm) => {
    const found = pki.sites.find(({ keyAlgorithm }) => keyAlgorithm === algorithm);
    if (found === undefined) throw new BenchmarkError(`there is no site with a key for ${algorithm}`);
    return found;
  };
  const { caPem: ca, edge: client } = pki.channel;
  return {
    keyServer,
    edge,
    channel: {
      host: '127.0.0.1',
      port: keyServer.port,
      ca,
      cert: client.certificatePem,
      key: client.keyPem,
    },
    // As many as there are key servers.
    relay: relays[0] as DelayedRelay,
    metricsUrl: `http://127.0.0.1:${metricsPort}/metrics`,
    site,
    publicKey: (algorithm) =>
      createPublicKey(site(algorithm).keyPem).export({ type: 'spki', format: 'pem' }).toString(),
    commandLine: (what, port) => deployment.commandLine(what, port),
    stop: () => deployment.stop(),
  };
}

/** A TCP port of this machine that nobody has at the moment. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}
