import { once } from 'node:events';
import { appendFile, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { connect } from 'node:tls';
import type { KeyServerClientStatistics, KeyServerStatistics } from '@latchkey/client';
import { createDevelopmentPki, edgeConfigurationText, LAYOUT, writeDevelopmentPki } from 'latchkey/pki';
import { ServingCommand } from 'latchkey/supervision';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startRelay, type Relay } from '../support/relay.js';

const SITE = 'site.localhost';

describe.each(['kssl2', 'kssl1'])(
  'an edge with three key servers under a steady load of full handshakes, over %s',
  (protocol) => {
    let folder: string;
    let siteCa: string;
    let keyServers: ServingCommand[];
    /** In front of the second key server. */
    let relay: Relay;
    let edge: ServingCommand;

    beforeAll(async () => {
      folder = await mkdtemp(join(tmpdir(), 'latchkey-test-'));
      const pki = await createDevelopmentPki({ sites: [{ name: SITE, keyAlgorithm: 'p-256' }] });
      await writeDevelopmentPki(pki, folder);
      await appendFile(join(folder, LAYOUT.serverConfiguration), `protocols: [${protocol}]\n`);
      siteCa = await readFile(join(folder, LAYOUT.siteCa), 'utf8');
      keyServers = await Promise.all([0, 0, 0].map(startKeyServer));
      relay = await startRelay(keyServers[1]!.port);
      const [first, , third] = keyServers.map(({ port }) => port);
      const text = edgeConfigurationText([SITE], {
        keyServerPort: first!,
        edgePort: 0,
        // Nobody asks for anything.
        origin: 'http://127.0.0.1:1',
      });
      const file = join(folder, 'three-key-servers.yaml');
      await writeFile(
        file,
        text.replace(`- 127.0.0.1:${first}`, `$&\n  - 127.0.0.1:${relay.port}\n  - 127.0.0.1:${third}`) +
          `protocols: [${protocol}]\n`,
      );
      edge = await ServingCommand.start(['edge', '--config', file]);
    });

    afterAll(async () => {
      await edge.stop();
      await relay.close();
      for (const keyServer of keyServers) await keyServer.stop();
      await rm(folder, { recursive: true });
    });

    function startKeyServer(port: number): Promise<ServingCommand> {
      const configuration = join(folder, LAYOUT.serverConfiguration);
      return ServingCommand.start(['server', '--config', configuration, '--port', String(port)]);
    }

    async function keyServerStatistics(): Promise<readonly KeyServerStatistics[]> {
      const { keyServices } = (await edge.statistics()) as {
        keyServices: readonly [KeyServerClientStatistics];
      };
      return keyServices[0].keyServers;
    }

    /** Waits until key servers can be reached, or not. */
    async function untilAvailable(expected: readonly boolean[]): Promise<void> {
      const isAsExpected = (actual: readonly KeyServerStatistics[]): boolean =>
        expected.every((available, index) => actual[index]?.available === available);
      while (!isAsExpected(await keyServerStatistics())) await sleep(20);
    }

    it('loses none when one is killed, another black-holed, and both come back', async () => {
      const load = new HandshakeLoad(edge.port, siteCa);
      await load.more(100);
      await untilAvailable([true, true, true]);

      const [killed] = keyServers;
      const { port } = killed!;
      process.kill(killed!.pid, 'SIGKILL');
      relay.blackHole = true;
      await load.more(100);
      await untilAvailable([false, false, true]);
      await load.more(200);

      keyServers[0] = await startKeyServer(port);
      relay.blackHole = false;
      await untilAvailable([true, true, true]);
      const before = await keyServerStatistics();
      const isUsedAgain = (statistics: readonly KeyServerStatistics[]): boolean =>
        statistics.every(({ answered }, index) => answered > before[index]!.answered);
      while (!isUsedAgain(await keyServerStatistics()) && load.failures.length === 0) await load.more(50);
      await load.stop();
      expect(load.failures).toEqual([]);
    });
  },
);

/** Visitors who come all the time, each with a full handshake. */
class HandshakeLoad {
  readonly failures: unknown[] = [];
  #completed = 0;
  #stopped = false;
  readonly #port: number;
  readonly #ca: string;
  readonly #visitors: readonly Promise<void>[];

  constructor(port: number, ca: string) {
    this.#port = port;
    this.#ca = ca;
    this.#visitors = Array.from({ length: 8 }, () => this.#visitAgainAndAgain());
  }

  /** Waits for so many handshakes more. */
  async more(count: number): Promise<void> {
    const goal = this.#completed + count;
    while (this.#completed < goal && this.failures.length === 0) await sleep(5);
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    await Promise.all(this.#visitors);
  }

  async #visitAgainAndAgain(): Promise<void> {
    while (!this.#stopped && this.failures.length === 0) {
      try {
        await this.#visit();
        this.#completed += 1;
      } catch (error) {
        this.failures.push(error);
      }
    }
  }

  async #visit(): Promise<void> {
    const socket = connect({ host: '127.0.0.1', port: this.#port, servername: SITE, ca: this.#ca });
    try {
      await once(socket, 'secureConnect');
      if (socket.isSessionReused()) throw new Error('a handshake was not full');
    } finally {
      socket.destroy();
    }
  }
}
