import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { createSecureServer, createServer, type EdgeServer, type HandshakeError } from '@latchkey/edge';
import { ClientHelloMessage, HandMadeRecords } from '@latchkey/load';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { listen, makeSite, until, visit } from './fixture.js';

const site = await makeSite();
const HANDSHAKE = 0x16;
const ALERT = 0x15;

let server: EdgeServer;
let port: number;
let errors: HandshakeError[];
let hello: ClientHelloMessage;

beforeEach(async () => {
  const own: HandshakeError[] = [];
  errors = own;
  server = createServer({ ...site, sites: [{ ...site, serverNames: ['localhost'] }] }, (_, response) =>
    response.end('hello'),
  );
  server.on('tlsClientError', (error) => own.push(error as HandshakeError));
  port = await listen(server);
  hello = await ClientHelloMessage.capture({ servername: 'localhost' });
});

afterEach(async () => {
  // Whatever came before, an honest visitor is served.
  await honestVisit();
});

async function honestVisit(): Promise<void> {
  const { fullHandshakes } = server.statistics();
  const visitor = await visit(port);
  // Of TLS 1.3 the visitor's side of the handshake ends first.
  await until(() => server.statistics().fullHandshakes > fullHandshakes);
  visitor.destroy();
}

/** Sends bytes and waits for the first that come back; undefined when the edge closes without a word. */
async function firstAnswer(
  bytes: Uint8Array,
  { piece = bytes.length, to = port } = {},
): Promise<Buffer | undefined> {
  const socket = connect(to, '127.0.0.1').setNoDelay();
  socket.on('error', () => {});
  const answer = Promise.race([
    once(socket, 'data').then(([data]) => data as Buffer),
    once(socket, 'close').then(() => undefined),
  ]);
  for (let start = 0; start < bytes.length; start += piece)
    socket.write(bytes.subarray(start, start + piece));
  const first = await answer;
  socket.destroy();
  return first;
}

/** The alert of a record (RFC 8446, section 6), if it is one. */
function alertOf(record: Buffer | undefined): number | undefined {
  return record?.[0] === ALERT ? record[6] : undefined;
}

describe('a ClientHello', () => {
  it.each([
    ['as visitors send it', () => hello.records(), HANDSHAKE],
    ['in records of 1 byte', () => hello.records({ recordLength: 1 }), HANDSHAKE],
    ['of 500 cipher suites', () => hello.withMoreCipherSuites(500).records(), HANDSHAKE],
    ['of 64 kB', () => hello.recordsOfLength(65_536), HANDSHAKE],
  ])('%s is answered', async (_, bytes, answer) => {
    expect((await firstAnswer(bytes()))?.[0]).toBe(answer);
  });

  it('in packets of 1 byte is answered', async () => {
    expect((await firstAnswer(hello.records(), { piece: 1 }))?.[0]).toBe(HANDSHAKE);
  });

  it.each([
    // illegal_parameter from OpenSSL 3.0, decode_error from 3.5.
    ['of 0 cipher suites', () => hello.withCipherSuites([]).records(), [47, 50]],
    ['of cipher suites that nobody knows', () => hello.withCipherSuites([0x0a0a]).records(), [40]],
    ['of a byte more than 64 kB', () => hello.recordsOfLength(65_537), [80]],
    ['of SSL 3', () => hello.withVersion(0x0300).records(), [40]],
    ['of TLS 1.0', () => hello.withVersion(0x0301).records(), [70]],
    ['of TLS 1.1', () => hello.withVersion(0x0302).records(), [70]],
  ])('%s is refused with an alert', async (_, bytes, alerts) => {
    const answer = await firstAnswer(bytes());
    await until(() => errors.length > 0);
    expect(errors[0]).toMatchObject({ code: 'LATCHKEY_TLS_FAILED' });
    expect(alerts).toContain(alertOf(answer));
  });

  it('of SSLv2 is refused', async () => {
    const sslv2 = Buffer.from('801e0100020015000000100100800200800300800400800500800600400700c0', 'hex');
    expect((await firstAnswer(sslv2))?.[0]).not.toBe(HANDSHAKE);
    await until(() => errors.length > 0);
    expect(errors[0]).toMatchObject({ code: 'LATCHKEY_TLS_FAILED' });
  });

  it('with early data is answered, and the early data is never seen', async () => {
    const early = (length: number): Buffer =>
      Buffer.concat([hello.withEarlyData().records(), applicationData(length)]);
    expect((await firstAnswer(early(10_000)))?.[0]).toBe(HANDSHAKE);
    expect(server.statistics().operations.decrypt).toBe(0);
    // More than a server puts up with that has refused it (RFC 8446, section 4.2.10).
    await firstAnswer(Buffer.concat([early(16_000), applicationData(16_000), applicationData(16_000)]));
    await until(() => errors.some(({ code }) => code === 'LATCHKEY_TLS_FAILED'));
  });
});

describe('plain HTTP', () => {
  it('for a site is sent to HTTPS', async () => {
    const request = `GET /path HTTP/1.1\r\nhost: localhost:${port}\r\n\r\n`;
    const answer = await firstAnswer(Buffer.from(request));
    expect(answer?.toString()).toContain(`location: https://localhost:${port}/path\r\n`);
    await until(() => errors.length > 0);
    expect(errors[0]).toMatchObject({ code: 'LATCHKEY_PLAIN_HTTP' });
  });

  it('for anything else is a bad request, to a server of HTTP/2 too', async () => {
    const http2Port = await listen(createSecureServer(site));
    const answer = await firstAnswer(Buffer.from('POST / HTTP/1.1\r\nhost: evil.example\r\n\r\n'), {
      to: http2Port,
    });
    expect(answer?.toString()).toMatch(/^HTTP\/1\.1 400 /);
  });
});

it('renegotiation is refused, and costs no operation', async () => {
  const visitor = await visit(port, { maxVersion: 'TLSv1.2' });
  visitor.renegotiate({}, () => {});
  // The visitor itself gives up over it.
  const [error] = (await once(visitor, 'error')) as [Error];
  expect(error.message).toMatch(/no renegotiation/i);
  await until(() => server.statistics().openConnections === 0);
  expect(server.statistics()).toMatchObject({ fullHandshakes: 1, operations: { sign: 1 } });
});

describe('handshake messages after the handshake', () => {
  const FLOODS = [
    ['requests for renegotiation', 'TLSv1.2', (records) => records.handshake(hello.records().subarray(5))],
    ['key updates', 'TLSv1.3', (records) => records.keyUpdate()],
  ] as const satisfies [string, string, (records: HandMadeRecords) => Buffer][];

  it.each(FLOODS)('are answered with application data in between: %s', async (_, protocol, make) => {
    const records = await HandMadeRecords.connect({ port, servername: 'localhost' }, protocol);
    const requests = new Promise<void>((resolve) => {
      let count = 0;
      server.on('request', () => (count += 1) === 3 && resolve());
    });
    for (let request = 0; request < 3; request += 1) {
      const messages = Array.from({ length: 32 }, () => make(records));
      const data = records.applicationData(Buffer.from('GET / HTTP/1.1\r\nhost: localhost\r\n\r\n'));
      records.socket.write(Buffer.concat([...messages, data]));
    }
    await requests;
    records.socket.destroy();
  });

  it.each(FLOODS)('end the connection when there are many in a row: %s', async (_, protocol, make) => {
    const records = await HandMadeRecords.connect({ port, servername: 'localhost' }, protocol);
    const closed = once(records.socket, 'close');
    records.socket.write(Buffer.concat(Array.from({ length: 32 }, () => make(records))));
    await honestVisit();
    expect(records.socket.destroyed).toBe(false);
    records.socket.write(make(records));
    await closed;
    await until(() => server.statistics().openConnections === 0);
  });
});

it('10,000 connections that send nothing neither keep visitors out nor stay', async () => {
  const silent: Socket[] = [];
  let closed = 0;
  for (let index = 0; index < 10_000; index++) {
    const socket = connect(port, '127.0.0.1');
    socket.on('error', () => {});
    socket.on('close', () => (closed += 1));
    silent.push(socket);
    if (index % 100 === 0) await once(socket, 'connect');
    if (index % 1000 === 999) await honestVisit();
  }
  await until(() => closed + server.statistics().pendingHandshakes >= 10_000);
  expect(server.statistics().pendingHandshakes).toBeLessThanOrEqual(4096);
  expect(server.statistics()).toMatchObject({ fullHandshakes: 10, refusedConnections: 0 });
  for (const socket of silent) socket.destroy();
  await until(() => server.statistics().pendingHandshakes === 0);
});

function applicationData(length: number): Buffer {
  const header = Buffer.from([0x17, 0x03, 0x03, 0, 0]);
  header.writeUInt16BE(length, 3);
  return Buffer.concat([header, Buffer.alloc(length, 7)]);
}
