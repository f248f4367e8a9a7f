import { once } from 'node:events';
import { setTimeout as pause } from 'node:timers/promises';
import { connect, type TLSSocket } from 'node:tls';
import { spreadOf } from '@latchkey/load';
import { subjectKeyIdentifier } from '@latchkey/native';
import type { KeyServerSubject } from '../server/subject.js';
import type { Protocol } from './wire.js';

/** What a signature takes when many are asked for at once. */
export interface Cost {
  /** Of the key server's process, in microseconds. */
  readonly cpu: number;
  /** Bytes within the channel's TLS. */
  readonly requestBytes: number;
  readonly answerBytes: number;
}

/** Has signatures made, as many at once as are sent in one write, for so many seconds. */
export async function measureTogether(
  subject: KeyServerSubject,
  protocol: Protocol,
  seconds: number,
): Promise<Cost> {
  const connection = await Connection.open(subject, protocol, AT_ONCE);
  await connection.exchange();
  const { bytesRead } = connection;
  const cpuBefore = subject.cpuTime();
  const end = performance.now() + seconds * 1000;
  let signatures = 0;
  while (performance.now() < end) {
    await connection.exchange();
    signatures += AT_ONCE;
  }
  const cpu = (subject.cpuTime() - cpuBefore) / signatures;
  connection.close();
  return {
    cpu,
    requestBytes: connection.requestLength / AT_ONCE,
    answerBytes: (connection.bytesRead - bytesRead) / signatures,
  };
}

/** How long one signature takes, in microseconds: the median, with pauses between them, for so many seconds. */
export async function measureAlone(
  subject: KeyServerSubject,
  protocol: Protocol,
  seconds: number,
): Promise<number> {
  const connection = await Connection.open(subject, protocol, 1);
  const times: number[] = [];
  const end = performance.now() + seconds * 1000;
  while (performance.now() < end) {
    const begin = performance.now();
    await connection.exchange();
    times.push((performance.now() - begin) * 1000);
    await pause(PAUSE);
  }
  connection.close();
  return spreadOf(times).median;
}

const AT_ONCE = 256;
/** In milliseconds. */
const PAUSE = 1;

/** A connection that sends the same requests over and over. */
class Connection {
  readonly #socket: TLSSocket;
  readonly #requests: Uint8Array;
  bytesRead = 0;
  #answered = 0;
  #onAllAnswered: () => void = () => {};

  static async open(subject: KeyServerSubject, protocol: Protocol, count: number): Promise<Connection> {
    const key = subject.publicKeys.get('p-256');
    if (key === undefined) throw new Error('the key server has no key on P-256');
    const ski = subjectKeyIdentifier(key.export({ type: 'spki', format: 'der' }));
    const socket = connect({
      ...subject.channel,
      servername: 'localhost',
      ALPNProtocols: [...protocol.alpnProtocols],
    });
    socket.setNoDelay(true);
    await once(socket, 'secureConnect');
    return new Connection(socket, protocol, protocol.requests(ski, count), count);
  }

  private constructor(socket: TLSSocket, protocol: Protocol, requests: Uint8Array, count: number) {
    this.#socket = socket;
    this.#requests = requests;
    const read = protocol.reader(() => {
      this.#answered += 1;
      if (this.#answered === count) this.#onAllAnswered();
    });
    socket.on('data', (chunk: Buffer) => {
      this.bytesRead += chunk.length;
      read(chunk);
    });
  }

  get requestLength(): number {
    return this.#requests.length;
  }

  /** Sends all requests and waits for all answers. */
  async exchange(): Promise<void> {
    this.#answered = 0;
    await new Promise<void>((resolve) => {
      this.#onAllAnswered = resolve;
      this.#socket.write(this.#requests);
    });
  }

  close(): void {
    this.#socket.destroy();
  }
}
