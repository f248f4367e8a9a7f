import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { createServer, type Server, type TlsOptions, type TLSSocket } from 'node:tls';
import type { OperationRequest } from '@latchkey/codec';
import {
  decodeRequest,
  encodeError,
  encodePong,
  encodeSuccess,
  FrameDecoder,
  type ErrorCode,
} from '@latchkey/codec/kssl1';

/** A request that reached a {@link FakeKeyServer}; pings are answered by the server itself. */
export interface ReceivedRequest {
  readonly id: number;
  readonly request: OperationRequest;
  /** The connection that it came over. */
  readonly socket: TLSSocket;
  readonly succeed: (payload: Uint8Array) => void;
  readonly fail: (code: ErrorCode) => void;
}

export interface FakeKeyServerOptions extends TlsOptions {
  /** A fixed port, to come back where another server was, or the path of a Unix socket. Default: any free port. */
  readonly listen?: number | string;
  /** Default 127.0.0.1. */
  readonly host?: string;
  /** Default: answers with the payload, digest, ciphertext or message of the request. */
  readonly onRequest?: (request: ReceivedRequest) => void;
  /** Default true. */
  readonly answersPings?: boolean;
}

/** A key server that holds no keys and does with requests, and to connections, what a test wants. */
export interface FakeKeyServer {
  readonly port: number;
  /** Those of all connections, without pings. */
  readonly requests: readonly ReceivedRequest[];
  /** All connections that finished their handshake, in order. */
  readonly sockets: readonly TLSSocket[];
  /** Cuts all connections. */
  disconnect(): void;
  close(): Promise<void>;
}

export async function startFakeKeyServer(options: FakeKeyServerOptions): Promise<FakeKeyServer> {
  const { listen = 0, host = '127.0.0.1', onRequest = echo, answersPings = true, ...tls } = options;
  const requests: ReceivedRequest[] = [];
  const sockets: TLSSocket[] = [];
  const server: Server = createServer({ requestCert: true, rejectUnauthorized: true, ...tls }, (socket) => {
    sockets.push(socket);
    socket.on('error', () => {});
    const decoder = new FrameDecoder({
      onFrame: (id, bytes, start, end) => {
        const decoding = decodeRequest(bytes.subarray(start, end));
        if (decoding.kind === 'refused') throw new Error(decoding.reason);
        const { request } = decoding;
        if (request.operation.type === 'ping') {
          if (answersPings) socket.write(encodePong(id, request.operation.payload));
          return;
        }
        const received: ReceivedRequest = {
          id,
          request,
          socket,
          succeed: (payload) => socket.write(encodeSuccess(id, payload)),
          fail: (code) => socket.write(encodeError(id, code)),
        };
        requests.push(received);
        onRequest(received);
      },
      onVersionMismatch: () => socket.destroy(),
    });
    socket.on('data', (chunk: Buffer) => decoder.push(chunk));
  });
  if (typeof listen === 'string') server.listen(listen);
  else server.listen(listen, host);
  await once(server, 'listening');
  const address = server.address();
  const disconnect = (): void => sockets.forEach((socket) => socket.destroy());
  return {
    port: typeof address === 'string' ? 0 : (address as AddressInfo).port,
    requests,
    sockets,
    disconnect,
    close: async () => {
      server.close();
      disconnect();
      await once(server, 'close');
    },
  };
}

function echo({ request: { operation }, succeed }: ReceivedRequest): void {
  switch (operation.type) {
    case 'sign_digest':
      return succeed(operation.digest);
    case 'sign_message':
      return succeed(operation.message);
    case 'decrypt_premaster':
    case 'decrypt_block':
      return succeed(operation.ciphertext);
    case 'seal':
    case 'unseal':
      return succeed(operation.blob);
    case 'rpc':
    case 'custom':
    case 'ping':
      return succeed(operation.payload);
    default:
      throw new Error(`kssl1 does not carry ${operation.type}`);
  }
}
