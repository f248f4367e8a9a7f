import { Duplex } from 'node:stream';
import { connect, type ConnectionOptions } from 'node:tls';

/** A ClientHello (RFC 8446, section 4.1.2) taken apart, to be put together in other ways than clients do. */
export class ClientHelloMessage {
  /** legacy_version, random and legacy_session_id. */
  readonly #beginning: Buffer;
  readonly #cipherSuites: readonly number[];
  /** Each with its type and length. */
  readonly #extensions: readonly Buffer[];

  private constructor(beginning: Buffer, cipherSuites: readonly number[], extensions: readonly Buffer[]) {
    this.#beginning = beginning;
    this.#cipherSuites = cipherSuites;
    this.#extensions = extensions;
  }

  /** The message that Node's client begins with. */
  static async capture(options: ConnectionOptions): Promise<ClientHelloMessage> {
    const wire = new Duplex({ read() {} });
    const written = new Promise<Buffer>((resolve) => {
      wire._write = (bytes: Buffer) => resolve(bytes);
    });
    const client = connect({ ...options, socket: wire }).on('error', () => {});
    const record = await written;
    client.destroy();
    return ClientHelloMessage.#parse(record.subarray(RECORD_HEADER_LENGTH + MESSAGE_HEADER_LENGTH));
  }

  /** As it comes from who knows no later version than this one. */
  withVersion(version: number): ClientHelloMessage {
    const beginning = Buffer.concat([uint16(version), this.#beginning.subarray(2)]);
    const others = this.#extensions.filter((each) => each.readUInt16BE() !== SUPPORTED_VERSIONS);
    return new ClientHelloMessage(beginning, this.#cipherSuites, others);
  }

  withCipherSuites(cipherSuites: readonly number[]): ClientHelloMessage {
    return new ClientHelloMessage(this.#beginning, cipherSuites, this.#extensions);
  }

  /** The same suites behind so many that do not exist. */
  withMoreCipherSuites(total: number): ClientHelloMessage {
    const more = Array.from({ length: total - this.#cipherSuites.length }, (_, index) => 0xee00 + index);
    return this.withCipherSuites([...more, ...this.#cipherSuites]);
  }

  /** With bytes that mean nothing: in extensions of types that nobody has, since padding may be there but once. */
  withPadding(length: number): ClientHelloMessage {
    const pieces = [];
    for (let rest = length, type = 0xfe00; rest > 0; rest -= 16_000, type += 1)
      pieces.push(extension(type, Math.min(rest, 16_000)));
    return new ClientHelloMessage(this.#beginning, this.#cipherSuites, [...pieces, ...this.#extensions]);
  }

  /** Padded so that all its records together are so long. */
  recordsOfLength(length: number): Buffer {
    let padding = length - this.records().length;
    while (this.withPadding(padding).records().length > length) padding -= 1;
    return this.withPadding(padding).records();
  }

  /** With an early_data extension (RFC 8446, section 4.2.10). */
  withEarlyData(): ClientHelloMessage {
    return new ClientHelloMessage(this.#beginning, this.#cipherSuites, [
      ...this.#extensions,
      extension(42, 0),
    ]);
  }

  /** The message in records of plaintext (RFC 8446, section 5.1). */
  records({ recordLength = 16_384 } = {}): Buffer {
    const message = this.#message();
    const records = [];
    for (let start = 0; start < message.length; start += recordLength) {
      const fragment = message.subarray(start, start + recordLength);
      records.push(Buffer.from([0x16, 0x03, 0x01]), uint16(fragment.length), fragment);
    }
    return Buffer.concat(records);
  }

  #message(): Buffer {
    const body = Buffer.concat([
      this.#beginning,
      vector(Buffer.concat(this.#cipherSuites.map(uint16))),
      Buffer.from([1, 0]),
      vector(Buffer.concat(this.#extensions)),
    ]);
    const header = Buffer.alloc(MESSAGE_HEADER_LENGTH);
    header.writeUInt32BE(0x01000000 + body.length);
    return Buffer.concat([header, body]);
  }

  static #parse(body: Buffer): ClientHelloMessage {
    const beginningLength = 2 + 32 + 1 + body.readUInt8(34);
    let rest = body.subarray(beginningLength);
    const take = (lengthSize: number): Buffer => {
      const length = rest.readUIntBE(0, lengthSize);
      const content = rest.subarray(lengthSize, lengthSize + length);
      rest = rest.subarray(lengthSize + length);
      return content;
    };
    const suites = take(2);
    const cipherSuites = Array.from({ length: suites.length / 2 }, (_, index) =>
      suites.readUInt16BE(2 * index),
    );
    take(1);
    rest = take(2);
    const extensions: Buffer[] = [];
    while (rest.length > 0) {
      const type = rest.subarray(0, 2);
      rest = rest.subarray(2);
      extensions.push(Buffer.concat([type, vector(take(2))]));
    }
    return new ClientHelloMessage(body.subarray(0, beginningLength), cipherSuites, extensions);
  }
}

const RECORD_HEADER_LENGTH = 5;
const MESSAGE_HEADER_LENGTH = 4;
/** Type of an extension (RFC 8446, section 4.2.1). */
const SUPPORTED_VERSIONS = 43;

function uint16(value: number): Buffer {
  return Buffer.of(value >> 8, value & 0xff);
}

function vector(content: Buffer): Buffer {
  return Buffer.concat([uint16(content.length), content]);
}

function extension(type: number, length: number): Buffer {
  return Buffer.concat([uint16(type), vector(Buffer.alloc(length))]);
}
