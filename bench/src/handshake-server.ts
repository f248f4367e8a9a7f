import { once } from 'node:events';
import { createServer as createNodeServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { KeyService } from '@latchkey/codec';
import { createServer as createEdgeServer } from '@latchkey/edge';
import { OperationCode, PrivateKey } from '@latchkey/native';

/** What a server to be measured is given when it is started. */
export interface HandshakeServerOrder {
  /** Node's own https with the key, or an edge whose key service has it in the same process. */
  readonly kind: 'node' | 'edge';
  readonly certificateChain: string;
  readonly key: string;
}

/** What such a server tells: its port once it listens, and its CPU time so far, in microseconds, whenever it is asked. */
export type HandshakeServerReport = { readonly port: number } | { readonly cpu: number };

const [order] = (await once(process, 'message')) as [HandshakeServerOrder];
const server = makeServer(order);
server.listen(0, '127.0.0.1', () => report({ port: (server.address() as AddressInfo).port }));
process.on('message', () => {
  const { user, system } = process.cpuUsage();
  report({ cpu: user + system });
});

function makeServer({ kind, certificateChain, key }: HandshakeServerOrder) {
  return kind === 'node'
    ? createNodeServer({ cert: certificateChain, key })
    : createEdgeServer({ certificateChain, keyService: keyServiceOf(PrivateKey.parse(Buffer.from(key))) });
}

/** Signs at once in this thread: what the edge costs is then all that is left to see. */
function keyServiceOf(privateKey: PrivateKey): KeyService {
  return {
    perform: async ({ operation }) => {
      if (operation.type !== 'sign_message') throw new Error(`not measured here: ${operation.type}`);
      return privateKey.perform(OperationCode[operation.scheme], operation.message, {
        payloadIsMessage: true,
      });
    },
    close: async () => {},
  };
}

function report(message: HandshakeServerReport): void {
  process.send?.(message);
}
