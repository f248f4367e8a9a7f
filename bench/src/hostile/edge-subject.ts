import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { confine, type ProcessorPlan } from '@latchkey/load';
import { createDevelopmentPki, LAYOUT, writeDevelopmentPki } from 'latchkey/pki';
import { ServingCommand } from 'latchkey/supervision';
import { measureVisits } from './honest-visits.js';
import type { Subject } from './subject.js';

const SITE = 'site.localhost';

/**
 * Starts `latchkey edge` as it comes, with a key server of its own. The origin is in this process, and the key server on its
 * processor: only the edge itself has the server's.
 */
export async function startEdge(processors: ProcessorPlan | undefined): Promise<Subject> {
  const folder = await mkdtemp(join(tmpdir(), 'latchkey-bench-'));
  const origin = await startOrigin();
  const { port: originPort } = origin.address() as AddressInfo;
  const pki = await createDevelopmentPki({ sites: [{ name: SITE, keyAlgorithm: 'p-256' }] });
  const write = (keyServerPort: number) =>
    writeDevelopmentPki(pki, folder, {
      addresses: { keyServerPort, edgePort: 0, origin: `http://127.0.0.1:${originPort}` },
      force: true,
    });
  const serve = (command: string, configuration: string, ...options: string[]) =>
    ServingCommand.start([
      command,
      '--config',
      join(folder, configuration),
      '--loglevel',
      'warn',
      ...options,
    ]);
  await write(0);
  const keyServer = await serve('server', LAYOUT.serverConfiguration, '--metrics-port', 'off');
  await write(keyServer.port);
  const edge = await serve('edge', LAYOUT.edgeConfiguration);
  if (processors !== undefined) await confine(edge.pid, processors.server);
  const target = { host: '127.0.0.1', port: edge.port, servername: SITE };
  return {
    processIds: [edge.pid, keyServer.pid],
    target,
    measureP99: (load) => measureVisits(target, load),
    stop: async () => {
      await Promise.all([edge.stop(), keyServer.stop()]);
      origin.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

async function startOrigin(): Promise<Server> {
  const origin = createServer((_, response) => response.end('hello'));
  await once(origin.listen(0, '127.0.0.1'), 'listening');
  return origin;
}
