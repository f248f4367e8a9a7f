import { createPublicKey } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { confine, LoadGenerators, measureWith, type ProcessorPlan, type WorkOrder } from '@latchkey/load';
import { createDevelopmentPki, type DevelopmentPki, LAYOUT, writeDevelopmentPki } from '../../pki/index.js';
import { ServingCommand } from '../../supervision/parent.js';
import { type ComparedBenchmark, KEYS, SITE_KEY } from './benchmarks.js';

/** One version at work: its key server and its edge. */
export class ComparedSubject {
  readonly #pki: DevelopmentPki;
  readonly #keyServer: ServingCommand;
  readonly #edge: ServingCommand;
  readonly #folder: string;

  /** @param program the `latchkey.js` of that version */
  static async start(program: string, processors: ProcessorPlan | undefined): Promise<ComparedSubject> {
    const pki = await createDevelopmentPki({
      sites: KEYS.map((keyAlgorithm) => ({ name: `${keyAlgorithm}.localhost`, keyAlgorithm })),
    });
    const folder = await mkdtemp(join(tmpdir(), 'latchkey-compare-'));
    const write = (keyServerPort: number) =>
      // Nobody asks for a page: the origin is never needed.
      writeDevelopmentPki(pki, folder, {
        addresses: { keyServerPort, edgePort: 0, origin: 'http://127.0.0.1:9' },
        force: true,
      });
    await write(0);
    const quiet = ['--loglevel', 'error'];
    const keyServer = await ServingCommand.start(
      ['server', '--config', join(folder, LAYOUT.serverConfiguration), '--metrics-port', 'off', ...quiet],
      { program },
    );
    await write(keyServer.port);
    const edge = await ServingCommand.start(
      ['edge', '--config', join(folder, LAYOUT.edgeConfiguration), ...quiet],
      {
        program,
      },
    );
    if (processors !== undefined)
      for (const { pid } of [keyServer, edge]) await confine(pid, processors.server);
    return new ComparedSubject(pki, keyServer, edge, folder);
  }

  private constructor(pki: DevelopmentPki, keyServer: ServingCommand, edge: ServingCommand, folder: string) {
    this.#pki = pki;
    this.#keyServer = keyServer;
    this.#edge = edge;
    this.#folder = folder;
  }

  /** Connects load generators for a benchmark: they are to be closed. */
  openGenerators({ load }: ComparedBenchmark, seconds: number, seed: number): Promise<LoadGenerators> {
    const work = load.type === 'operations' ? this.#operations(load) : this.#handshakes(load);
    return LoadGenerators.open({ work, pace: { type: 'closed_loop' }, seconds, warmUpSeconds: 0, seed });
  }

  /** CPU time in microseconds that one costs: the key server for an operation, the edge for a handshake. */
  async cpuPerOperation({ load }: ComparedBenchmark, generators: LoadGenerators): Promise<number> {
    const { pid } = load.type === 'operations' ? this.#keyServer : this.#edge;
    const { server } = await measureWith(generators, [pid]);
    return server.cpuPerOperation[0] ?? Number.NaN;
  }

  async stop(): Promise<void> {
    await this.#edge.stop();
    await this.#keyServer.stop();
    await rm(this.#folder, { recursive: true, force: true });
  }

  #operations({
    operation,
    key,
    depth,
  }: Extract<ComparedBenchmark['load'], { type: 'operations' }>): WorkOrder {
    const { caPem: ca, edge } = this.#pki.channel;
    const site = this.#pki.sites.find(({ keyAlgorithm }) => keyAlgorithm === key);
    const publicKey = site && createPublicKey(site.keyPem).export({ type: 'spki', format: 'pem' }).toString();
    return {
      type: 'operations',
      channel: {
        host: '127.0.0.1',
        port: this.#keyServer.port,
        ca,
        cert: edge.certificatePem,
        key: edge.keyPem,
      },
      kinds: [{ label: operation, operation, ...(publicKey !== undefined && { publicKey }) }],
      connections: 2,
      depth,
      records: 'shared',
    };
  }

  #handshakes(load: Extract<ComparedBenchmark['load'], { type: 'handshakes' }>): WorkOrder {
    const serverName = `${SITE_KEY}.localhost`;
    return { ...load, host: '127.0.0.1', port: this.#edge.port, serverName, concurrency: 20 };
  }
}
