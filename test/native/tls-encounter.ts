import { constants, createPrivateKey, privateDecrypt, sign, type KeyObject } from 'node:crypto';
import { once } from 'node:events';
import { Duplex } from 'node:stream';
import { connect, type ConnectionOptions, type TLSSocket } from 'node:tls';
import {
  TlsContext,
  TlsFlag,
  tlsStatistics,
  type TlsContextOptions,
  type TlsFailure,
  type TlsRequest,
  type TlsServerConnection,
} from '@latchkey/native';
import { makeAuthority, type KeyAlgorithm } from 'latchkey/pki';

/** A site's certificate, and the key that its connections do without. */
export interface Site {
  readonly name: string;
  readonly authorityPem: string;
  readonly certificatePem: string;
  readonly key: KeyObject;
}

export async function makeSite(keyAlgorithm: KeyAlgorithm, name = 'site.test'): Promise<Site> {
  const authority = await makeAuthority();
  const { certificatePem, keyPem } = await authority.issue({ commonName: name, names: [name], keyAlgorithm });
  return { name, authorityPem: authority.certificatePem, certificatePem, key: createPrivateKey(keyPem) };
}

export function makeContext(
  site: Site,
  options: Omit<TlsContextOptions, 'certificateChain'> = {},
): TlsContext {
  return new TlsContext({ certificateChain: site.certificatePem, ...options });
}

/** Answers a request as a key server would. The premaster secret comes as the padded block. */
export function performWith(key: KeyObject, request: TlsRequest): Uint8Array {
  if (request.type === 'client_hello') throw new Error('no key has an answer to a ClientHello');
  if (request.type === 'decrypt')
    return privateDecrypt({ key, padding: constants.RSA_NO_PADDING }, request.ciphertext);
  if (request.scheme === 'ed25519') return sign(null, request.message, key);
  const hash = request.scheme.slice(request.scheme.lastIndexOf('_') + 1);
  if (!request.scheme.startsWith('rsa_pss_')) return sign(hash, request.message, key);
  return sign(hash, request.message, {
    key,
    padding: constants.RSA_PKCS1_PSS_PADDING,
    saltLength: constants.RSA_PSS_SALTLEN_DIGEST,
  });
}

export type Answer = Uint8Array | TlsContext | null;

export interface EncounterOptions {
  readonly connection: TlsServerConnection;
  /** Answers requests; undefined leaves the handshake paused. */
  readonly answer: (request: TlsRequest) => Answer | undefined | Promise<Answer>;
  readonly visitor: ConnectionOptions;
  /** How many bytes at a time reach the connection. Default: all that there are. */
  readonly pieceLength?: number;
}

/**
 * Node's own TLS client and a connection that serves it, joined without a socket in between. The server's side echoes
 * what it receives, and closes after the visitor has.
 */
export class Encounter {
  readonly connection: TlsServerConnection;
  readonly visitor: TLSSocket;
  /** What the handshake asked for, in order. */
  readonly requests: TlsRequest[] = [];
  readonly #options: EncounterOptions;
  readonly #wire: Duplex;
  #receiver: ((bytes: Buffer) => void) | undefined;

  constructor(options: EncounterOptions) {
    this.#options = options;
    this.connection = options.connection;
    this.#wire = new Duplex({
      read() {},
      write: (bytes: Buffer, _, done) => {
        if (this.#receiver === undefined) this.#receive(bytes);
        else this.#receiver(bytes);
        done();
      },
      final: (done) => {
        this.#proceed(this.connection.receiveEnd());
        done();
      },
    });
    this.visitor = connect({ ...options.visitor, socket: this.#wire });
    // Whoever awaits the failure hears of it all the same.
    this.visitor.on('error', () => {});
  }

  /** Waits until the visitor is satisfied with the handshake. */
  async secured(): Promise<this> {
    await once(this.visitor, 'secureConnect');
    return this;
  }

  /** Waits until the handshake has paused for a request that nobody answers. */
  async paused(): Promise<TlsRequest> {
    while (this.requests.length === 0) await new Promise(setImmediate);
    return this.requests.at(-1)!;
  }

  /** Sends text to the connection and waits for its echo. */
  async echo(text: string): Promise<string> {
    this.visitor.write(text);
    let received = '';
    while (received.length < text.length) {
      const [bytes] = (await once(this.visitor, 'data')) as [Buffer];
      received += bytes.toString();
    }
    return received;
  }

  /** Leaves to somebody else what comes from the visitor from now on. */
  receiveBy(receiver: (bytes: Buffer) => void): void {
    this.#receiver = receiver;
  }

  /** Waits for the alert that ends the visitor's side: its number. */
  async alert(): Promise<number> {
    const [error] = (await once(this.visitor, 'error')) as [Error];
    return Number(/alert number (\d+)/.exec(error.message)?.[1]);
  }

  /** Waits until the connection has failed. */
  async failure(): Promise<TlsFailure> {
    while (this.connection.error === undefined) await new Promise(setImmediate);
    return this.connection.error;
  }

  /** Answers a request that was left waiting. */
  finish(id: number, answer: Answer, session?: Uint8Array): number {
    const flags = this.connection.finish(id, answer, session);
    this.#proceed(flags);
    return flags;
  }

  /** Closes both sides in good order. */
  async close(): Promise<void> {
    this.visitor.end();
    await once(this.visitor, 'close');
    this.connection.abort();
  }

  #receive(bytes: Buffer): void {
    const pieceLength = this.#options.pieceLength ?? bytes.length;
    for (let start = 0; start < bytes.length; start += pieceLength)
      this.#proceed(this.connection.receive(bytes.subarray(start, start + pieceLength)));
  }

  #proceed(flags: number): void {
    if ((flags & TlsFlag.PLAINTEXT) !== 0) flags = this.connection.write(this.connection.takePlaintext()!);
    if ((flags & TlsFlag.END) !== 0) flags = this.connection.end();
    if ((flags & TlsFlag.OUTPUT) !== 0) this.#wire.push(this.connection.takeOutput());
    if ((flags & TlsFlag.REQUEST) !== 0) this.#answer(this.connection.takeRequest()!);
    if ((flags & (TlsFlag.END | TlsFlag.ERROR)) !== 0 && !this.#wire.readableEnded) this.#wire.push(null);
  }

  #answer(request: TlsRequest): void {
    this.requests.push(request);
    const answer = this.#options.answer(request);
    if (answer instanceof Promise) void answer.then((late) => this.finish(request.id, late));
    else if (answer !== undefined) this.finish(request.id, answer);
  }
}

/** What a visitor needs to trust a site. */
export function visitorOf(site: Site, options: ConnectionOptions = {}): ConnectionOptions {
  return { ca: site.authorityPem, servername: site.name, ...options };
}

/** The first flight of a visitor: its ClientHello. */
export async function clientHelloOf(options: ConnectionOptions): Promise<Buffer> {
  const wire = new Duplex({ read() {} });
  const written = new Promise<Buffer>((resolve) => {
    wire._write = (bytes: Buffer) => resolve(bytes);
  });
  const visitor = connect({ ...options, socket: wire }).on('error', () => {});
  const clientHello = await written;
  visitor.destroy();
  return clientHello;
}

/** After a test: every connection has been closed or aborted, and took its stack with it. */
export function assertNothingHeld(): void {
  const { connections, fibersInUse } = tlsStatistics();
  if (connections + fibersInUse > 0)
    throw new Error(`${connections} connections and ${fibersInUse} fibers are still there`);
}
