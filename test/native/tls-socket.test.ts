import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { lengthOfPlaintext, TlsFlag, TlsServerConnection } from '@latchkey/native';
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import {
  assertNothingHeld,
  Encounter,
  makeContext,
  makeSite,
  performWith,
  visitorOf,
  type Site,
} from './tls-encounter.js';

let site: Site;
beforeAll(async () => {
  site = await makeSite('p-256');
});
afterEach(assertNothingHeld);

async function meet(): Promise<Encounter> {
  const encounter = new Encounter({
    connection: new TlsServerConnection({ context: makeContext(site) }),
    answer: (request) => performWith(site.key, request),
    visitor: visitorOf(site, {}),
  });
  await encounter.echo('established on both sides');
  return encounter;
}

describe('output that is sent to a socket', () => {
  let server: Server;
  let sender: Socket;
  let receiver: Socket;

  beforeEach(async () => {
    server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    receiver = connect((server.address() as AddressInfo).port, '127.0.0.1');
    [sender] = (await once(server, 'connection')) as [Socket];
  });

  afterEach(async () => {
    receiver.destroy();
    sender.destroy();
    server.close();
    await once(server, 'close');
  });

  function descriptorOf(socket: Socket): number {
    return (socket as unknown as { _handle: { fd: number } })._handle.fd;
  }

  it('is what would have been taken, in its order, with what the socket did not take at once', async () => {
    const { connection } = await meet();
    let written = 0;
    let flags = 0;
    // Nobody reads at the other end: at some time the socket is full.
    while ((flags & TlsFlag.OUTPUT) === 0) {
      connection.write(Buffer.alloc(65_536, 'x'));
      written += 65_536;
      flags = connection.sendOutput(descriptorOf(sender));
    }
    const sent = connection.bytesSent;
    const rest = connection.takeOutput() ?? Buffer.alloc(0);
    expect(sent).toBeGreaterThan(0);
    expect(sent + rest.length).toBeGreaterThan(written);

    let read = 0;
    let record = Buffer.alloc(0);
    const seen: number[] = [];
    receiver.on('data', (bytes: Buffer) => {
      read += bytes.length;
      record = Buffer.concat([record, bytes]);
      // Records are whole and follow one another, so nothing is missing or twice there (RFC 8446, section 5.2).
      while (record.length >= 5 && record.length >= 5 + record.readUInt16BE(3)) {
        seen.push(record.readUInt8(0));
        record = record.subarray(5 + record.readUInt16BE(3));
      }
    });
    sender.end(rest);
    await once(receiver, 'end');
    expect(read).toBe(sent + rest.length);
    expect(record).toHaveLength(0);
    expect(new Set(seen)).toEqual(new Set([23]));
    connection.abort();
  });

  it('stays where it is when the visitor has gone, for the socket itself to tell', async () => {
    const { connection } = await meet();
    receiver.resetAndDestroy();
    sender.on('error', () => {});
    await new Promise((resolve) => sender.once('close', resolve));
    connection.write(Buffer.from('too late'));
    // A closed socket has none.
    expect(connection.sendOutput(-1) & TlsFlag.OUTPUT).toBe(TlsFlag.OUTPUT);
    expect(connection.bytesSent).toBe(0);
    connection.abort();
  });
});

describe('plaintext that is received into memory of the caller’s', () => {
  it.each([0, 1, 1000, 16_384, 50_000, 200_000])(
    'with room for %d bytes is followed by the rest',
    async (room) => {
      const encounter = await meet();
      const { connection, visitor } = encounter;
      const sent = Buffer.from(Array.from({ length: 50_000 }, (_, index) => index % 251));
      const received: Buffer[] = [];
      let length = 0;
      const into = Buffer.alloc(room);
      const arrived = new Promise<void>((resolve) => {
        encounter.receiveBy((bytes) => {
          const answer = connection.receiveInto(bytes, bytes.length, into);
          received.push(Buffer.from(into.subarray(0, lengthOfPlaintext(answer))));
          const hasMore = (answer & TlsFlag.PLAINTEXT) !== 0;
          const rest = connection.takePlaintext();
          expect(rest !== undefined).toBe(hasMore);
          if (rest !== undefined) received.push(Buffer.from(rest));
          length = Buffer.concat(received).length;
          if (length >= sent.length) resolve();
        });
      });
      visitor.write(sent);
      await arrived;
      expect(Buffer.concat(received).equals(sent)).toBe(true);
      connection.abort();
    },
  );
});
