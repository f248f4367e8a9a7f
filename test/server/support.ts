import { type KeyObject, X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect, type ConnectionOptions, type TLSSocket } from 'node:tls';
import type { OperationRequest } from '@latchkey/codec';
import { type AnswerDecoding, decodeAnswer, encodeRequest, FrameDecoder } from '@latchkey/codec/kssl1';
import {
  createKeyServer,
  createLogger,
  type KeyServer,
  type KeyStoreProvider,
  parseConfiguration,
} from '@latchkey/server';
import { type Authority, type IssuedCertificate, makeAuthority } from 'latchkey/pki';

/** A key server of its own folder, with certificates of its own authority. */
export interface TestKeyServer {
  readonly server: KeyServer;
  readonly port: number;
  readonly folder: string;
  readonly authority: Authority;
  readonly edgeCertificate: IssuedCertificate;
  /** What it has logged, one object per line. */
  readonly log: readonly Readonly<Record<string, unknown>>[];
  connect(options?: ConnectionOptions): Promise<TestEdge>;
  close(): Promise<void>;
}

/** Starts a key server that holds the keys; `configuration`, `listen`, `admin` and `keyStores` are YAML
 * that is added to its own. */
export async function startKeyServer(
  keys: readonly KeyObject[],
  configuration = '',
  {
    listen = 'port: 0\naddress: 127.0.0.1',
    admin = 'metrics_port: off',
    keyStores = '[{dir: keys}]',
    providers = [],
    files: moreFiles = {},
  }: {
    readonly listen?: string;
    readonly admin?: string;
    readonly keyStores?: string;
    readonly providers?: readonly KeyStoreProvider[];
    /** What else is in its folder, by name. */
    readonly files?: Readonly<Record<string, string>>;
  } = {},
): Promise<TestKeyServer> {
  const folder = await mkdtemp(join(tmpdir(), 'latchkey-server-'));
  const authority = await makeAuthority();
  const serverCertificate = await authority.issue({
    commonName: 'key server',
    names: ['localhost', '127.0.0.1'],
    usages: ['server'],
  });
  const edgeCertificate = await authority.issue({ commonName: 'edge', usages: ['client'] });
  await mkdir(join(folder, 'keys'));
  const files = {
    'server.pem': serverCertificate.certificatePem,
    'server-key.pem': serverCertificate.keyPem,
    'keyless_cacert.pem': authority.certificatePem,
    ...moreFiles,
  };
  for (const [name, content] of Object.entries(files)) await writeFile(join(folder, name), content);
  for (const [index, key] of keys.entries()) {
    await writeFile(join(folder, 'keys', `${index}.key`), key.export({ type: 'pkcs8', format: 'pem' }));
  }
  const log: Record<string, unknown>[] = [];
  const logger = createLogger({
    level: 'trace',
    destination: { write: (line) => void log.push(JSON.parse(line) as Record<string, unknown>) },
  });
  const text = `${listen}\n${admin}\nprivate_key_stores: ${keyStores}\n${configuration}`;
  const keyServer = await createKeyServer(parseConfiguration(text, join(folder, 'server.yaml')), {
    logger,
    keyStores: providers,
  });
  const [address] = await keyServer.listen().catch(async (error: unknown) => {
    await rm(folder, { recursive: true });
    throw error;
  });
  const boundPort = address?.type === 'tcp' ? address.port : 0;
  const channel = {
    cert: edgeCertificate.certificatePem,
    key: edgeCertificate.keyPem,
    ca: authority.certificatePem,
    servername: 'localhost',
    allowHalfOpen: true,
  };
  const where = address?.type === 'unix' ? { path: address.path } : { host: '127.0.0.1', port: boundPort };
  const edges: TestEdge[] = [];
  return {
    server: keyServer,
    port: boundPort,
    folder,
    authority,
    edgeCertificate,
    log,
    connect: async (options = {}) => {
      const socket = connect({ ...channel, ...where, ...options });
      const edge = new TestEdge(socket);
      edges.push(edge);
      await once(socket, 'secureConnect');
      return edge;
    },
    close: async () => {
      for (const { socket } of edges) socket.destroy();
      await keyServer.close();
      await rm(folder, { recursive: true });
    },
  };
}

/** An edge as simple as can be: it remembers every answer. */
export class TestEdge {
  readonly socket: TLSSocket;
  readonly answers: { readonly id: number; readonly answer: AnswerDecoding; readonly frameLength: number }[] =
    [];
  readonly #decoder: FrameDecoder;
  #onAnswer: () => void = () => {};

  constructor(socket: TLSSocket) {
    this.socket = socket;
    this.#decoder = new FrameDecoder({
      onFrame: (id, bytes, start, end) => {
        const answer = decodeAnswer(bytes, start, end);
        this.answers.push({ id, answer, frameLength: 8 + end - start });
        this.#onAnswer();
      },
      onVersionMismatch: (_id, version) => socket.destroy(new Error(`an answer of version ${version}`)),
    });
    socket.on('data', (chunk: Buffer) => this.#decoder.push(chunk));
    socket.on('error', () => {});
  }

  /** Waits until so many answers are there in all; rejects when the connection closes before. */
  async waitForAnswers(count: number): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      const onClose = () => reject(new Error(`closed after ${this.answers.length} of ${count} answers`));
      this.#onAnswer = () => {
        if (this.answers.length < count) return;
        this.socket.off('close', onClose);
        resolve();
      };
      this.socket.once('close', onClose);
      this.#onAnswer();
    });
  }

  /** Sends bytes and waits for as many answers more. */
  async exchange(bytes: Uint8Array, count = 1): Promise<readonly AnswerDecoding[]> {
    const before = this.answers.length;
    this.socket.write(bytes);
    await this.waitForAnswers(before + count);
    return this.answers.slice(before).map(({ answer }) => answer);
  }

  /** Sends a request and waits for its answer. */
  async ask(request: OperationRequest, id = this.answers.length): Promise<AnswerDecoding> {
    const [answer] = await this.exchange(encodeRequest(id, request));
    return answer!;
  }
}

/** A frame with an opcode and a payload and no key: for requests that the codec does not write. */
export function rawRequest(id: number, opcode: number, payload: Uint8Array = new Uint8Array(0)): Buffer {
  const body = Buffer.concat([
    Buffer.of(0x11, 0, 1, opcode, 0x12, payload.length >> 8, payload.length & 0xff),
    payload,
  ]);
  return rawFrame(id, body);
}

/** A frame of any body. */
export function rawFrame(id: number, body: Uint8Array, majorVersion = 1): Buffer {
  const header = Buffer.alloc(8);
  header[0] = majorVersion;
  header.writeUInt16BE(body.length, 2);
  header.writeUInt32BE(id, 4);
  return Buffer.concat([header, body]);
}

/** The fingerprint of a certificate, as the log has it. */
export function fingerprintOf({ certificatePem }: IssuedCertificate): string {
  return new X509Certificate(certificatePem).fingerprint256;
}
