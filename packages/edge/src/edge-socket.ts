import type { AddressInfo, Server, Socket } from 'node:net';
import { Duplex } from 'node:stream';
import { lengthOfPlaintext, TlsFlag } from '@latchkey/native';
import type { TlsConnectionInfo, TlsProtocol, TlsServerConnection } from '@latchkey/native';
import { ConnectionBrokenError } from './errors.js';
import { receiveFrom } from './raw-input.js';
import { type Chunk, joinSmall, PIECE_LENGTH, piecesOf, sendOutput } from './raw-output.js';
import { Scratch } from './scratch.js';

/** How a visitor's socket is set up. */
export interface EdgeSocketOptions {
  /** The accepted socket, with `allowHalfOpen`. From now on it belongs to the edge socket. */
  readonly raw: Socket;
  /** Its handshake is complete. */
  readonly connection: TlsServerConnection;
  /** What the connection answered when its handshake was complete: bits of `TlsFlag`. */
  readonly flags: number;
  /** What was negotiated. */
  readonly info: TlsConnectionInfo;
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
  /** Node's http servers set it too. */
  server: Server;
  readonly #raw: Socket;
  readonly #connection: TlsServerConnection;
  readonly #info: TlsConnectionInfo;
  #inputEnded = false;
  /** Whether nothing is read until the visitor has taken what TLS itself had to answer, such as key updates. */
  #holdsInput = false;
  /** Bytes of plaintext that were encrypted since something was sent. */
  #unsent = 0;
  #isFlushScheduled = false;
  /** Whether what is written is an answer to what is just being received. */
  #isReceiving = false;
  #lendsInput = false;
  /** What goes on with a write that waits for the raw socket to drain. */
  #onDrained: ((error?: Error) => void) | undefined;

  constructor({ raw, connection, flags, info, server, allowHalfOpen }: EdgeSocketOptions) {
    // Strings, such as the heads of answers, are encoded where they are joined with what follows.
    super({ allowHalfOpen, decodeStrings: false });
    this.alpnProtocol = info.alpnProtocol ?? false;
    this.servername = info.serverName ?? false;
    this.server = server;
    this.#raw = raw;
    this.#connection = connection;
    this.#info = info;

    receiveFrom(raw, (bytes, length) => this.#receive(connection.receiveInto(bytes, length, scratch.memory)));
    raw.on('end', () => this.#receive(connection.receiveEnd()));
    raw.on('drain', () => this.#onRawDrained());
    raw.on('timeout', () => this.emit('timeout'));
    raw.on('error', (cause) => this.#break(cause.message, cause));
    raw.on('close', () => this.#onRawClosed());
    // What came together with the end of the handshake. What it ends with for the visitor can share a packet with what
    // the server has to say to them.
    this.#flushSoon();
    this.#receive(flags & ~TlsFlag.OUTPUT);
  }

  get remoteAddress(): string | undefined {
    return this.#raw.remoteAddress;
  }

  get remoteFamily(): string | undefined {
    return this.#raw.remoteFamily;
  }

  get remotePort(): number | undefined {
    return this.#raw.remotePort;
  }

  get localAddress(): string | undefined {
    return this.#raw.localAddress;
  }

  get localPort(): number | undefined {
    return this.#raw.localPort;
  }

  /** Encrypted bytes received, those of the handshake included. */
  get bytesRead(): number {
    return this.#raw.bytesRead;
  }

  /** Encrypted bytes sent, those of the handshake included. */
  get bytesWritten(): number {
    return this.#raw.bytesWritten + this.#connection.bytesSent;
  }

  /** The idle timeout in milliseconds, if one is set. */
  get timeout(): number | undefined {
    return this.#raw.timeout;
  }

  getProtocol(): TlsProtocol {
    return this.#info.protocol ?? 'TLSv1.3';
  }

  getCipher(): CipherInfo {
    const name = this.#info.cipher ?? '';
    return { name, standardName: name, version: this.getProtocol() };
  }

  /** Visitors are not asked for certificates. */
  getPeerCertificate(): Record<string, never> {
    return {};
  }

  isSessionReused(): boolean {
    return this.#info.resumed;
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

  /**
   * From now on a chunk of 'data' is overwritten when its listeners have returned. For those who copy it at once, as an
   * HTTP/2 session of Node's does: new memory for all that comes has V8 collect twice as often.
   */
  lendInput(): void {
    this.#lendsInput = true;
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

  override _write(
    chunk: Buffer | string,
    encoding: BufferEncoding,
    callback: (error?: Error | null) => void,
  ): void {
    const bytes = bytesOf({ chunk, encoding });
    if (bytes.length <= PIECE_LENGTH) this.#writePiece(bytes, callback);
    else this.#write(piecesOf([bytes]), callback);
  }

  override _writev(chunks: readonly Chunk[], callback: (error?: Error | null) => void): void {
    const joined = joinSmall(chunks);
    if (joined !== undefined) this.#writePiece(joined, callback);
    else this.#write(piecesOf(chunks.map(bytesOf)), callback);
  }

  override _final(callback: (error?: Error | null) => void): void {
    this.#connection.end();
    this.#flush();
    this.#raw.end(() => callback());
  }

  override _destroy(error: Error | null, callback: (error?: Error | null) => void): void {
    this.#flush();
    this.#connection.abort();
    this.#raw.destroy();
    this.#onDrained?.(error ?? new ConnectionBrokenError('it was closed before all was written'));
    callback(error);
  }

  /** @param flags with what `lengthOfPlaintext` gives, of plaintext in the scratch memory */
  #receive(flags: number): void {
    const length = lengthOfPlaintext(flags);
    if ((flags & TlsFlag.OUTPUT) !== 0 && !this.#flush()) {
      this.#holdsInput = true;
      this.#raw.pause();
    }
    if (length > 0 || (flags & TlsFlag.PLAINTEXT) !== 0) {
      this.#isReceiving = true;
      try {
        if (length > 0) this.#give(length);
        if ((flags & TlsFlag.PLAINTEXT) !== 0) this.#takePlaintext();
      } finally {
        this.#isReceiving = false;
        if (this.#unsent > 0) this.#flushNow();
      }
    }
    if ((flags & TlsFlag.ERROR) !== 0) this.#break(this.#connection.error?.reason ?? 'unknown');
    else if ((flags & TlsFlag.END) !== 0) this.#endInput();
  }

  #takePlaintext(): void {
    let length: number;
    do {
      length = this.#connection.takePlaintextInto(scratch.memory);
      if (length > 0) this.#give(length);
    } while (length === scratch.length);
  }

  /** Gives plaintext in the scratch memory to whoever reads. */
  #give(length: number): void {
    // What `push` comes to when somebody listens and nothing waits, but for a turn of its own to see whether there is more.
    if (this.readableFlowing === true && this.readableLength === 0 && this.readableEncoding === null)
      this.emit('data', this.#lendsInput ? scratch.lend(length) : scratch.take(length));
    else if (!this.push(scratch.take(length))) this.#raw.pause();
  }

  #endInput(): void {
    if (this.#inputEnded) return;
    this.#inputEnded = true;
    this.push(null);
    // As Node's sockets do it: one that nobody reads still comes to its end if there is nothing to read.
    this.read(0);
  }

  #write(pieces: Iterator<Buffer, void, undefined>, callback: (error?: Error | null) => void): void {
    for (let next = pieces.next(); next.done !== true; next = pieces.next()) {
      if (this.#encrypt(next.value, BURST_LENGTH)) continue;
      this.#onceDrained((error) => {
        if (error === undefined) this.#write(pieces, callback);
        else callback(error);
      });
      return;
    }
    if (this.#unsent < PACKET_LENGTH || this.#flush()) callback();
    else this.#onceDrained(callback);
  }

  #writePiece(piece: Buffer, callback: (error?: Error | null) => void): void {
    if (this.#encrypt(piece, PACKET_LENGTH)) callback();
    else this.#onceDrained(callback);
  }

  /**
   * @param most how much is encrypted before some of it is sent, in bytes
   * @returns whether more may be written at once
   */
  #encrypt(piece: Buffer, most: number): boolean {
    this.#connection.write(piece);
    this.#unsent += piece.length;
    if (this.#unsent >= most || this.#raw.writableNeedDrain) return this.#flush();
    // Little that is written in one go, by an HTTP/2 session for example, leaves in one packet.
    this.#flushSoon();
    return true;
  }

  #onceDrained(callback: (error?: Error) => void): void {
    this.#onDrained = (error) => {
      this.#onDrained = undefined;
      callback(error);
    };
  }

  #flushSoon(): void {
    if (this.#isFlushScheduled || this.#isReceiving) return;
    this.#isFlushScheduled = true;
    process.nextTick(this.#flushNow);
  }

  readonly #flushNow = (): void => {
    this.#isFlushScheduled = false;
    if (!this.destroyed) this.#flush();
  };

  /** @returns whether more may be written at once */
  #flush(): boolean {
    this.#unsent = 0;
    return this.#raw.writableEnded || sendOutput(this.#raw, this.#connection);
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

/** How much of many writes is encrypted at most before some of it is sent, in bytes. */
const PACKET_LENGTH = 16_384;

/** The same for one write: whoever wakes to find much in the socket reads it all at once, and need not be woken so often. */
const BURST_LENGTH = 262_144;

function bytesOf({ chunk, encoding }: Chunk): Buffer {
  return typeof chunk === 'string' ? Buffer.from(chunk, encoding) : chunk;
}

/**
 * For plaintext: that of what Node reads at once. Only of short records can it be more, with one that began before; room for
 * that would be memory that listeners keep in vain.
 */
const scratch = new Scratch(65_536);
