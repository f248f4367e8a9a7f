import type { AddressInfo, Server, Socket } from 'node:net';
import { Duplex } from 'node:stream';
import { TlsFlag } from '@latchkey/native';
import type { TlsProtocol, TlsServerConnection } from '@latchkey/native';
import { ConnectionBrokenError } from './errors.js';

/** How a visitor's socket is set up. */
export interface EdgeSocketOptions {
  /** The accepted socket, with `allowHalfOpen`. From now on it belongs to the edge socket. */
  readonly raw: Socket;
  /** Its handshake is complete. */
  readonly connection: TlsServerConnection;
  /** What the connection answered when its handshake was complete: bits of `TlsFlag`. */
  readonly flags: number;
  readonly server: Server;
  /** Whether the writable side stays open when the visitor ends theirs. */
  readonly allowHalfOpen: boolean;
}

/** The cipher suite of a connection, as Node's `tlsSocket.getCipher()` gives it. */
export interface CipherInfo {
  /** By its name in the RFCs, e.g. `TLS_AES_128_GCM_SHA256`. */
  readonly name: string;
  readonly standardName: string;
  readonly version: TlsProtocol;
}

/**
 * A visitor's connection after its handshake: plaintext to and from the visitor. It has those properties and methods of
 * Node's `tls.TLSSocket` that servers and frameworks use, with the same meaning.
 *
 * A connection that breaks ends with 'error' ({@link ConnectionBrokenError}) and 'close', or under HTTP/2 with 'close'
 * alone, which ends its session.
 */
export class EdgeSocket extends Duplex {
  readonly encrypted = true;
  /** Visitors are not asked for certificates. */
  readonly authorized = false;
  readonly connecting = false;
  /** The protocol chosen by ALPN; false if there is none. */
  readonly alpnProtocol: string | false;
  /** The server name that the visitor asked for; false if they named none. */
  readonly servername: string | false;
  readonly remoteAddress: string | undefined;
  readonly remoteFamily: string | undefined;
  readonly remotePort: number | undefined;
  readonly localAddress: string | undefined;
  readonly localPort: number | undefined;
  /** Node's http servers set it too. */
  server: Server;
  readonly #raw: Socket;
  readonly #connection: TlsServerConnection;
  readonly #protocol: TlsProtocol;
  readonly #cipher: string;
  readonly #isSessionReused: boolean;
  #inputEnded = false;
  /** Whether nothing is read until the visitor has taken what TLS itself had to answer, such as key updates. */
  #holdsInput = false;
  /** What goes on with a write that waits for the raw socket to drain. */
  #onDrained: ((error?: Error) => void) | undefined;

  constructor({ raw, connection, flags, server, allowHalfOpen }: EdgeSocketOptions) {
    super({ allowHalfOpen });
    const { alpnProtocol, serverName, protocol, cipher, resumed } = connection.info();
    this.alpnProtocol = alpnProtocol ?? false;
    this.servername = serverName ?? false;
    this.remoteAddress = raw.remoteAddress;
    this.remoteFamily = raw.remoteFamily;
    this.remotePort = raw.remotePort;
    this.localAddress = raw.localAddress;
    this.localPort = raw.localPort;
    this.server = server;
    this.#raw = raw;
    this.#connection = connection;
    this.#protocol = protocol ?? 'TLSv1.3';
    this.#cipher = cipher ?? '';
    this.#isSessionReused = resumed;

    raw.on('data', (bytes: Buffer) => this.#receive(connection.receive(bytes)));
    raw.on('end', () => this.#receive(connection.receiveEnd()));
    raw.on('drain', () => this.#onRawDrained());
    raw.on('timeout', () => this.emit('timeout'));
    raw.on('error', (cause) => this.#break(cause.message, cause));
    raw.on('close', () => this.#onRawClosed());
    // What came together with the end of the handshake.
    this.#receive(flags);
  }

  /** Encrypted bytes received, those of the handshake included. */
  get bytesRead(): number {
    return this.#raw.bytesRead;
  }

  /** Encrypted bytes sent, those of the handshake included. */
  get bytesWritten(): number {
    return this.#raw.bytesWritten;
  }

  /** The idle timeout in milliseconds, if one is set. */
  get timeout(): number | undefined {
    return this.#raw.timeout;
  }

  getProtocol(): TlsProtocol {
    return this.#protocol;
  }

  getCipher(): CipherInfo {
    return { name: this.#cipher, standardName: this.#cipher, version: this.#protocol };
  }

  /** Visitors are not asked for certificates. */
  getPeerCertificate(): Record<string, never> {
    return {};
  }

  isSessionReused(): boolean {
    return this.#isSessionReused;
  }

  /** The address that the visitor connected to. */
  address(): Partial<AddressInfo> {
    return this.#raw.address();
  }

  /** Emits 'timeout' when nothing has moved for so many milliseconds; 0, the default, is never. */
  setTimeout(milliseconds: number, listener?: () => void): this {
    this.#raw.setTimeout(milliseconds);
    if (listener !== undefined) {
      if (milliseconds === 0) this.off('timeout', listener);
      else this.once('timeout', listener);
    }
    return this;
  }

  setNoDelay(noDelay?: boolean): this {
    this.#raw.setNoDelay(noDelay);
    return this;
  }

  setKeepAlive(enable?: boolean, initialDelay?: number): this {
    this.#raw.setKeepAlive(enable, initialDelay);
    return this;
  }

  ref(): this {
    this.#raw.ref();
    return this;
  }

  unref(): this {
    this.#raw.unref();
    return this;
  }

  /** Destroys the socket once all that was written has gone out. */
  destroySoon(): void {
    if (this.writable) this.end();
    if (this.writableFinished) this.destroy();
    else this.once('finish', () => this.destroy());
  }

  override _read(): void {
    if (!this.#holdsInput) this.#raw.resume();
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, callback: (error?: Error | null) => void): void {
    this.#writeFrom(chunk, 0, callback);
  }

  override _writev(
    chunks: readonly { readonly chunk: Buffer }[],
    callback: (error?: Error | null) => void,
  ): void {
    // One record for headers and body together, instead of one each.
    const all = Buffer.concat(chunks.map(({ chunk }) => chunk));
    this.#writeFrom(all, 0, callback);
  }

  override _final(callback: (error?: Error | null) => void): void {
    this.#send(this.#connection.end());
    this.#raw.end(() => callback());
  }

  override _destroy(error: Error | null, callback: (error?: Error | null) => void): void {
    this.#connection.abort();
    this.#raw.destroy();
    this.#onDrained?.(error ?? new ConnectionBrokenError('it was closed before all was written'));
    callback(error);
  }

  #receive(flags: number): void {
    if (!this.#send(flags)) {
      this.#holdsInput = true;
      this.#raw.pause();
    }
    if ((flags & TlsFlag.PLAINTEXT) !== 0) {
      const plaintext = this.#connection.takePlaintext();
      if (plaintext !== undefined && !this.push(plaintext)) this.#raw.pause();
    }
    if ((flags & TlsFlag.ERROR) !== 0) this.#break(this.#connection.error?.reason ?? 'unknown');
    else if ((flags & TlsFlag.END) !== 0) this.#endInput();
  }

  #endInput(): void {
    if (this.#inputEnded) return;
    this.#inputEnded = true;
    this.push(null);
    // As Node's sockets do it: one that nobody reads still comes to its end if there is nothing to read.
    this.read(0);
  }

  /** @returns whether more may be written at once */
  #send(flags: number): boolean {
    if ((flags & TlsFlag.OUTPUT) === 0) return true;
    const output = this.#connection.takeOutput();
    return output === undefined || this.#raw.write(output);
  }

  #writeFrom(data: Buffer, start: number, callback: (error?: Error | null) => void): void {
    for (let position = start; position < data.length; position += SLICE_LENGTH) {
      const next = position + SLICE_LENGTH;
      if (this.#send(this.#connection.write(data.subarray(position, next)))) continue;
      this.#onDrained = (error) => {
        this.#onDrained = undefined;
        if (error === undefined) this.#writeFrom(data, next, callback);
        else callback(error);
      };
      return;
    }
    callback();
  }

  #onRawDrained(): void {
    if (this.#holdsInput) {
      this.#holdsInput = false;
      if (this.readableLength < this.readableHighWaterMark) this.#raw.resume();
    }
    this.#onDrained?.();
  }

  #onRawClosed(): void {
    // With both sides ended in good order the stream closes by itself, once what it still holds has been read.
    if (!this.#inputEnded || !this.writableFinished) this.#break('the visitor left');
  }

  #break(reason: string, cause?: Error): void {
    // An error emitted into an http2 session's socket can trip an assertion in Node; its 'close' is enough there.
    if (this.alpnProtocol === 'h2') this.destroy();
    else this.destroy(new ConnectionBrokenError(reason, { cause }));
  }
}

/** How much is encrypted before the raw socket is asked whether it can take more, in bytes. */
const SLICE_LENGTH = 65_536;
