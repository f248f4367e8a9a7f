import { once } from 'node:events';
import { createServer, connect, type AddressInfo, type Server, type Socket } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { deploy, type Deployment } from '../support/deployment.js';
import { visit } from '../support/visitor.js';

const ONE_WAY_DELAY = 25;
const VISITORS = 1000;

describe.each(['kssl2', 'kssl1'] as const)(
  '1000 visitors who arrive at once with a key server that is 50 ms away and speaks %s',
  (protocol) => {
    let deployment: Deployment;
    let distance: Server;

    beforeAll(async () => {
      deployment = await deploy({
        protocol,
        sites: [{ name: 'site.localhost', keyAlgorithm: 'p-256' }],
        keyServerPort: async (port) => {
          distance = delayingProxy(port);
          await once(distance.listen(0, '127.0.0.1'), 'listening');
          return (distance.address() as AddressInfo).port;
        },
      });
    });

    afterAll(async () => {
      await deployment.stop();
      distance.close();
    });

    it('all complete, each with one operation', async () => {
      const visits = await Promise.all(
        Array.from({ length: VISITORS }, () => visit(deployment, 'site.localhost')),
      );
      expect(visits.filter(({ statusCode }) => statusCode === 200)).toHaveLength(VISITORS);
      expect(await deployment.operations()).toBe(VISITORS);
    });
  },
);

/** Passes bytes on to a port of this machine, each way later by {@link ONE_WAY_DELAY} milliseconds. */
function delayingProxy(port: number): Server {
  return createServer((near) => {
    const far = connect(port, '127.0.0.1');
    passOnLate(near, far);
    passOnLate(far, near);
  });
}

function passOnLate(from: Socket, to: Socket): void {
  from.on('data', (bytes) => setTimeout(() => to.write(bytes), ONE_WAY_DELAY));
  from.on('end', () => setTimeout(() => to.end(), ONE_WAY_DELAY));
  from.on('error', () => to.destroy());
}
