import { type KeyObject, sign, X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { createServer, type TLSSocket } from 'node:tls';
import { type Operation, signedContent } from '@latchkey/codec';
import {
  addResult,
  ALPN_PROTOCOL,
  EdgeFrameReader,
  encodeCapabilities,
  encodeCertificates,
  encodeError,
  encodePing,
  ErrorCode,
  FrameDecoder,
  FrameWriter,
  KeyServerField,
  type RequestDecoding,
} from '@latchkey/codec/kssl2';
import { subjectKeyIdentifier } from '@latchkey/native';
import { onTestFinished } from 'vitest';

/** What an edge has asked for. */
export interface SeenRequest {
  readonly type: Operation['type'];
  /** For how long it wants an answer, in milliseconds. */
  readonly timeout: number | undefined;
  /** Whether it does not want one any more. */
  isCancelled: boolean;
}

/**
 * A key server that sends edges whatever certificates it is told to, signs with the P-256 keys that it is given, is silent on
 * command, and tells what edges have said.
 */
export class PuppetKeyServer {
  readonly port: number;
  readonly requests: SeenRequest[] = [];
  pings = 0;
  /** Of each connection that there was, whether it resumed the TLS session of another. */
  readonly resumptions: boolean[] = [];
  /** What it answers; for what came meanwhile it is too late afterwards. */
  answers: 'everything' | 'pings' | 'nothing' = 'everything';
  readonly #sockets: ReadonlySet<TLSSocket>;
  readonly #keys = new Map<string, KeyObject>();
  #chain: readonly string[] = [];
  /** Sends each edge, for each site that it has asked about, what there is now. */
  readonly #subscribers = new Set<() => void>();

  /** @param folder of `latchkey pki`, whose certificate it has on the channel */
  static async start(folder: string): Promise<PuppetKeyServer> {
    const read = (name: string): Buffer => readFileSync(join(folder, 'channel', name));
    const server = createServer({
      cert: read('key-server.pem'),
      key: read('key-server.key'),
      ca: read('ca.pem'),
      requestCert: true,
      ALPNProtocols: [ALPN_PROTOCOL],
    });
    const sockets = new Set<TLSSocket>();
    onTestFinished(() => {
      server.close();
      for (const socket of sockets) socket.destroy();
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const keyServer = new PuppetKeyServer((server.address() as AddressInfo).port, sockets);
    server.on('secureConnection', (socket) => {
      sockets.add(socket);
      socket.once('close', () => sockets.delete(socket));
      keyServer.resumptions.push(socket.isSessionReused());
      keyServer.#serve(socket);
    });
    return keyServer;
  }

  private constructor(port: number, sockets: ReadonlySet<TLSSocket>) {
    this.port = port;
    this.#sockets = sockets;
  }

  addKey(certificatePem: string, key: KeyObject): void {
    this.#keys.set(skiOf(certificatePem), key);
  }

  /** Says from now on that this is the chain of every site. */
  send(...certificatePems: readonly string[]): void {
    this.#chain = certificatePems;
    for (const tell of this.#subscribers) tell();
  }

  /** Ends all connections, and waits until they are closed. */
  async disconnect(): Promise<void> {
    await Promise.all([...this.#sockets].map((socket) => once(socket.end(), 'close')));
  }

  #serve(socket: TLSSocket): void {
    const write = (fill: (frames: FrameWriter) => void): void => {
      const frames = new FrameWriter(100);
      fill(frames);
      socket.write(frames.take());
    };
    /** By id. */
    const seen = new Map<number, SeenRequest>();
    const reader = new EdgeFrameReader(
      {
        onRequest: (decoding) => {
          if (decoding.kind !== 'request') return;
          const { id, request, timeout } = decoding;
          const seenRequest = { type: request.operation.type, timeout, isCancelled: false };
          seen.set(id, seenRequest);
          this.requests.push(seenRequest);
          if (this.answers === 'everything') write((frames) => this.#answer(frames, decoding));
        },
        onCancel: (id) => {
          const request = seen.get(id);
          if (request !== undefined) request.isCancelled = true;
        },
        onPing: (payload) => {
          this.pings += 1;
          if (this.answers !== 'nothing')
            write((frames) => frames.add(KeyServerField.PONG, encodePing(payload)));
        },
        onCertificateSubscription: ({ id }) => {
          const tell = (): void => write((frames) => this.#sendChain(frames, id));
          this.#subscribers.add(tell);
          socket.once('close', () => this.#subscribers.delete(tell));
          tell();
        },
      },
      (bytes, start, end) => bytes.slice(start, end),
    );
    const decoder = new FrameDecoder({
      onFrame: (bytes, start, end) => void reader.read(bytes, start, end),
      onFrameTooLong: () => socket.destroy(),
    });
    socket.on('data', (chunk: Buffer) => decoder.push(chunk));
    socket.on('error', () => {});
    write((frames) => frames.add(KeyServerField.CAPABILITIES, encodeCapabilities({ maximumInFlight: 100 })));
  }

  #sendChain(frames: FrameWriter, subscription: number): void {
    const chain = this.#chain.map((pem) => new X509Certificate(pem).raw);
    const chains = chain.length === 0 ? [] : [chain];
    frames.add(KeyServerField.CERTIFICATES, encodeCertificates({ subscription, chains }));
  }

  #answer(frames: FrameWriter, { id, request }: Extract<RequestDecoding, { kind: 'request' }>): void {
    const key = this.#keys.get(Buffer.from(request.key.ski ?? []).toString('hex'));
    const { operation } = request;
    if (key !== undefined && operation.type === 'sign_certificate_verify') {
      addResult(frames, id, sign('sha256', signedContent(operation), key));
    } else {
      const code = ErrorCode.KEY_NOT_FOUND;
      const error = {
        kind: 'error',
        code,
        retryable: false,
        retryAfter: 0,
        reason: 'key_not_found',
      } as const;
      frames.add(KeyServerField.ANSWERS, encodeError(id, error));
    }
  }
}

function skiOf(certificatePem: string): string {
  return Buffer.from(subjectKeyIdentifier(new X509Certificate(certificatePem).raw)).toString('hex');
}
