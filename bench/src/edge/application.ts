import { once } from 'node:events';
import { createSecureServer as createNodeHttp2Server } from 'node:http2';
import { createServer as createNodeServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { type KeyService, signedContent } from '@latchkey/codec';
import { createSecureServer, createServer } from '@latchkey/edge';
import { OperationCode, PrivateKey } from '@latchkey/native';

/** Which server is to be started in this process. */
export interface ApplicationOrder {
  /** Node's own with the key, or an edge whose key service has it in the same process. */
  readonly kind: 'node' | 'edge';
  readonly protocol: 'http/1.1' | 'h2';
  /** Of the one site, or of the site whose certificate is chosen by this name. */
  readonly serverName: string | undefined;
  readonly certificateChain: string;
  readonly key: string;
}

/** What a large body has: one MiB. */
const LARGE = Buffer.alloc(2 ** 20, 'x');
const EMPTY = Buffer.alloc(0);
const SMALL = Buffer.alloc(1024, 'x');

/** A request as both protocols' servers give it, as far as this application cares. */
interface Request {
  readonly method?: string | undefined;
  readonly url?: string | undefined;
  resume(): { once(event: 'end', listener: () => void): unknown };
}

function application(request: Request, response: { end(body: Buffer): unknown }): void {
  if (request.method === 'POST') request.resume().once('end', () => response.end(EMPTY));
  else response.end(request.url === '/large' ? LARGE : SMALL);
}

function makeServer(order: ApplicationOrder) {
  return order.kind === 'node' ? makeNodeServer(order) : makeEdgeServer(order);
}

function makeNodeServer({ protocol, serverName, certificateChain, key }: ApplicationOrder) {
  const site = { cert: certificateChain, key };
  const server =
    protocol === 'h2' ? createNodeHttp2Server(site, application) : createNodeServer(site, application);
  if (serverName !== undefined) server.addContext(serverName, site);
  return server;
}

function makeEdgeServer({ protocol, serverName, certificateChain, key }: ApplicationOrder) {
  const options = {
    keyService: keyServiceOf(PrivateKey.parse(Buffer.from(key))),
    ...(serverName === undefined
      ? { certificateChain }
      : { sites: [{ serverNames: [serverName], certificateChain }] }),
  };
  return protocol === 'h2' ? createSecureServer(options, application) : createServer(options, application);
}

/** Signs at once in this thread: what the edge costs is then all that is left to see. */
function keyServiceOf(privateKey: PrivateKey): KeyService {
  return {
    perform: async ({ operation }) => {
      if (operation.type !== 'sign_certificate_verify' && operation.type !== 'sign_server_key_exchange')
        throw new Error(`not measured here: ${operation.type}`);
      return privateKey.perform(OperationCode[operation.scheme], signedContent(operation), {
        payloadIsMessage: true,
      });
    },
    close: async () => {},
  };
}

const [order] = (await once(process, 'message')) as [ApplicationOrder];
const server = makeServer(order);
server.listen(0, '127.0.0.1', () => process.send?.((server.address() as AddressInfo).port));
// Ends with whoever started it, however that ended.
process.once('disconnect', () => process.exit());
