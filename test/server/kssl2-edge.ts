import type { TLSSocket } from 'node:tls';
import type { OperationRequest } from '@latchkey/codec';
import {
  type Answer,
  type Capabilities,
  type Certificates,
  EdgeField,
  encodeRequest,
  ErrorCode,
  FrameDecoder,
  FrameWriter,
  MAXIMUM_BATCH_LENGTH,
  readKeyServerFrame,
} from '@latchkey/codec/kssl2';
import type { TestKeyServer } from './support.js';

/** An edge that speaks kssl2 as simply as can be: it remembers all that the key server says. */
export class Kssl2Edge {
  readonly answers = new Map<number, Answer>();
  readonly pongs: Uint8Array[] = [];
  readonly certificates: Certificates[] = [];
  capabilities: Capabilities | undefined;
  /** Why the key server goes away. */
  goingAway: number | undefined;
  readonly #socket: TLSSocket;
  #lastId = 0;

  private constructor(socket: TLSSocket) {
    this.#socket = socket;
    const decoder = new FrameDecoder({
      onFrame: (bytes, start, end) => {
        const malformation = readKeyServerFrame(Buffer.from(bytes.subarray(start, end)), {
          onAnswer: (id, answer) => {
            if (this.answers.has(id)) throw new Error(`request ${id} was answered twice`);
            this.answers.set(id, answer);
          },
          onCapabilities: (capabilities) => (this.capabilities = capabilities),
          onPong: (payload) => this.pongs.push(payload),
          onGoingAway: (reason) => (this.goingAway = reason),
          onCertificates: (certificates) => this.certificates.push(certificates),
        });
        if (malformation !== undefined) socket.destroy(new Error(malformation));
      },
      onFrameTooLong: () => socket.destroy(new Error('too long')),
    });
    socket.removeAllListeners('data');
    socket.on('data', (chunk: Buffer) => decoder.push(chunk));
    socket.on('end', () => socket.end());
  }

  static async connect(keyServer: TestKeyServer): Promise<Kssl2Edge> {
    const { socket } = await keyServer.connect({ ALPNProtocols: ['kssl2'] });
    return new Kssl2Edge(socket);
  }

  get closed(): boolean {
    return this.#socket.closed;
  }

  /** Sends bytes that may be anything. */
  write(bytes: Uint8Array): void {
    this.#socket.write(bytes);
  }

  /** Sends messages in one frame. */
  sendFrame(...messages: readonly (readonly [field: number, message: Uint8Array])[]): void {
    const writer = new FrameWriter(MAXIMUM_BATCH_LENGTH);
    for (const [field, message] of messages) writer.add(field, message);
    this.write(writer.take());
  }

  /** Sends a request that may be anything, with an id that it has itself. */
  async askRaw(id: number, request: Uint8Array): Promise<Answer> {
    this.sendFrame([EdgeField.REQUESTS, request]);
    return await this.answer(id);
  }

  async ask(request: OperationRequest, timeout = 10_000): Promise<Answer> {
    const id = this.nextId();
    return await this.askRaw(id, encodeRequest(id, request, timeout));
  }

  nextId(): number {
    this.#lastId += 1;
    return this.#lastId;
  }

  async answer(id: number): Promise<Answer> {
    await this.until(() => this.answers.has(id));
    return this.answers.get(id)!;
  }

  /** Waits for something that the key server does; rejects when it closes the connection before. */
  async until(condition: () => boolean): Promise<void> {
    while (!condition()) {
      if (this.closed) throw new Error('the key server has closed the connection');
      await new Promise((resolve) => setTimeout(resolve, 1));
    }
  }
}

/** What an answer says, in words. */
export function outcomeOf(answer: Answer): string {
  if (answer.kind === 'result') return 'result';
  const [name] = Object.entries(ErrorCode).find(([, code]) => Number(code) === answer.code) ?? [
    String(answer.code),
  ];
  return `${name} ${answer.reason}`;
}
