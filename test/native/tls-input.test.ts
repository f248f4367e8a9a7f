import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { TlsFlag, TlsServerConnection, tlsStatistics, type TlsContext } from '@latchkey/native';
import * as fc from 'fast-check';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import {
  assertNothingHeld,
  clientHelloOf,
  Encounter,
  makeContext,
  makeSite,
  performWith,
  visitorOf,
  type Site,
} from './tls-encounter.js';

let site: Site;
let context: TlsContext;
beforeAll(async () => {
  site = await makeSite('rsa-2048');
  context = makeContext(site, { staticRsa: true, alpnProtocols: ['h2'] });
});
afterEach(assertNothingHeld);

const VISITORS = [
  { minVersion: 'TLSv1.3' },
  { maxVersion: 'TLSv1.2' },
  { maxVersion: 'TLSv1.2', ciphers: 'AES128-GCM-SHA256' },
] as const;

function meet(visitor: object, options: { pieceLength?: number; chooseContext?: boolean } = {}): Encounter {
  const { chooseContext = false, ...rest } = options;
  return new Encounter({
    connection: new TlsServerConnection({ context, chooseContext }),
    answer: (request) => (request.type === 'client_hello' ? context : performWith(site.key, request)),
    visitor: visitorOf(site, visitor),
    ...rest,
  });
}

describe('what comes from a visitor', () => {
  it.each(VISITORS)('may come byte by byte (%j)', async (visitor) => {
    for (const chooseContext of [false, true]) {
      const encounter = await meet(visitor, { pieceLength: 1, chooseContext }).secured();
      expect(await encounter.echo('hello')).toBe('hello');
      await encounter.close();
    }
  });

  it.each(VISITORS)('and goes back arrives intact, 20 MB of it (%j)', async (visitor) => {
    const encounter = await meet(visitor, { pieceLength: 60_000 }).secured();
    const sent = randomBytes(20 * 1024 * 1024);
    const hash = createHash('sha256');
    let length = 0;
    encounter.visitor.on('data', (bytes: Buffer) => {
      hash.update(bytes);
      length += bytes.length;
    });
    encounter.visitor.write(sent);
    while (length < sent.length) await once(encounter.visitor, 'data');
    expect(hash.digest('hex')).toBe(createHash('sha256').update(sent).digest('hex'));
    await encounter.close();
  });

  it('is an end when it is close_notify, and what follows does not count', async () => {
    const encounter = await meet({}).secured();
    await encounter.echo('hello');
    const { connection } = encounter;
    encounter.visitor.end();
    await once(encounter.visitor, 'close');
    expect(connection.receive(randomBytes(1_000_000)) & (TlsFlag.END | TlsFlag.ERROR)).toBe(TlsFlag.END);
    expect(connection.write(Buffer.from('after our own end')) & TlsFlag.OUTPUT).toBe(0);
    connection.abort();
  });

  it('is refused when it cannot be decrypted', async () => {
    const encounter = await meet({}).secured();
    await encounter.echo('hello');
    const record = Buffer.concat([Buffer.of(23, 3, 3, 0, 64), randomBytes(64)]);
    expect(encounter.connection.receive(record) & TlsFlag.ERROR).toBe(TlsFlag.ERROR);
    expect(encounter.connection.error).toMatchObject({ code: 'LATCHKEY_TLS_CONNECTION_FAILED', alert: 20 });
    expect(encounter.connection.takeOutput()).toBeDefined();
    encounter.connection.abort();
  });

  it('is refused when it asks for renegotiation, and the connection goes on', async () => {
    const encounter = await meet({ maxVersion: 'TLSv1.2' }).secured();
    await encounter.echo('hello');
    encounter.visitor.renegotiate({}, () => {});
    // The visitor itself gives up over it.
    const [error] = (await once(encounter.visitor, 'error')) as [Error];
    expect(error.message).toMatch(/no renegotiation/i);
    expect(encounter.connection.error).toBeUndefined();
    expect(encounter.requests).toHaveLength(1);
    expect(encounter.connection.write(Buffer.from('still here')) & TlsFlag.OUTPUT).toBe(TlsFlag.OUTPUT);
    encounter.connection.abort();
  });
});

describe('input that is no TLS', () => {
  it.each([
    ['plain HTTP', Buffer.from('GET / HTTP/1.1\r\nHost: site.test\r\n\r\n')],
    ['zeros', Buffer.alloc(100)],
    ['application data before any handshake', Buffer.of(23, 3, 3, 0, 1, 0)],
    ['an empty ClientHello', Buffer.of(22, 3, 1, 0, 4, 1, 0, 0, 0)],
    ['a record that is too long', Buffer.concat([Buffer.of(22, 3, 1, 0xff, 0xff), Buffer.alloc(65_535)])],
    ['a ClientHello that is too long', Buffer.of(22, 3, 1, 0, 4, 1, 0xff, 0xff, 0xff)],
  ])('costs its own connection only: %s', (_, bytes) => {
    for (const chooseContext of [false, true]) {
      const connection = new TlsServerConnection({ context, chooseContext });
      expect(connection.receive(bytes) & TlsFlag.ERROR).toBe(TlsFlag.ERROR);
      expect(connection.error?.code).toBe('LATCHKEY_TLS_HANDSHAKE_FAILED');
      expect(connection.receive(bytes) & TlsFlag.REQUEST).toBe(0);
      connection.abort();
    }
  });

  it('is refused in the format of SSL 2', () => {
    const hello = Buffer.concat([
      Buffer.of(0x80, 9 + 9 + 16, 1, 3, 3, 0, 9, 0, 0, 0, 16),
      Buffer.from('00c02f00009c00002f', 'hex'),
      randomBytes(16),
    ]);
    for (const chooseContext of [false, true]) {
      const connection = new TlsServerConnection({ context, chooseContext });
      let flags = connection.receive(hello);
      if (chooseContext) flags = connection.finish(connection.takeRequest()!.id, context);
      expect(flags & TlsFlag.ERROR).toBe(TlsFlag.ERROR);
      connection.abort();
    }
  });

  it('is refused with an alert where the record layer can be made out', () => {
    const connection = new TlsServerConnection({ chooseContext: true });
    connection.receive(Buffer.of(22, 3, 1, 0, 4, 1, 0, 0, 0));
    expect(connection.takeOutput()?.subarray(0, 1)).toEqual(Buffer.of(21));
    expect(connection.error?.alert).toBe(50); // decode_error
    connection.abort();
  });

  it('is bounded while the ClientHello is not complete', () => {
    const connection = new TlsServerConnection({ chooseContext: true, maximumPendingInput: 2048 });
    // A ClientHello of 16 kB in records of 1 kB.
    connection.receive(Buffer.of(22, 3, 1, 4, 0, 1, 0, 0x40, 0));
    let flags = connection.receive(Buffer.alloc(1020));
    expect(flags & TlsFlag.ERROR).toBe(0);
    flags = connection.receive(Buffer.concat([Buffer.of(22, 3, 1, 4, 0), Buffer.alloc(1024)]));
    expect(flags & TlsFlag.ERROR).toBe(TlsFlag.ERROR);
    expect(connection.error).toMatchObject({ code: 'LATCHKEY_TLS_INPUT_TOO_LARGE' });
    connection.abort();
  });
});

describe('whatever a visitor sends', () => {
  /** Feeds pieces and answers every request; afterwards everything must be gone. */
  function survive(pieces: readonly Uint8Array[], chooseContext: boolean): void {
    const connection = new TlsServerConnection({ context, chooseContext });
    let flags = 0;
    for (const piece of pieces) {
      flags = connection.receive(piece);
      for (let rounds = 0; (flags & TlsFlag.REQUEST) !== 0 && rounds < 3; rounds += 1) {
        const request = connection.takeRequest()!;
        flags = connection.finish(
          request.id,
          request.type === 'client_hello' ? context : new Uint8Array(256).fill(1),
        );
      }
      connection.takeOutput();
      connection.takePlaintext();
    }
    flags = connection.receiveEnd();
    expect(flags & (TlsFlag.ERROR | TlsFlag.END)).not.toBe(0);
    expect((flags & TlsFlag.ERROR) === 0).toBe(connection.error === undefined);
    connection.info();
    connection.abort();
    expect(tlsStatistics()).toMatchObject({ connections: 0, fibersInUse: 0 });
  }

  const pieces = fc.array(fc.uint8Array({ maxLength: 600 }), { maxLength: 5 });
  const mutation = fc.record({
    position: fc.nat(2000),
    removed: fc.nat(4),
    inserted: fc.uint8Array({ maxLength: 4 }),
  });

  function mutate(bytes: Buffer, changes: readonly Mutation[]): Buffer {
    return changes.reduce<Buffer>((current, { position, removed, inserted }) => {
      const at = position % (current.length + 1);
      return Buffer.concat([current.subarray(0, at), inserted, current.subarray(at + removed)]);
    }, bytes);
  }

  interface Mutation {
    readonly position: number;
    readonly removed: number;
    readonly inserted: Uint8Array;
  }

  it('random bytes leave nothing behind', () => {
    fc.assert(fc.property(pieces, fc.boolean(), (input, chooseContext) => survive(input, chooseContext)));
  });

  it('random handshake messages leave nothing behind', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 500 }), fc.boolean(), (body, chooseContext) => {
        const message = Buffer.concat([Buffer.of(1, 0, body.length >> 8, body.length & 0xff), body]);
        survive([Buffer.of(22, 3, 1, message.length >> 8, message.length & 0xff), message], chooseContext);
      }),
    );
  });

  it.each(VISITORS)('a damaged ClientHello leaves nothing behind (%j)', async (visitor) => {
    const clientHello = await clientHelloOf(visitorOf(site, { ...visitor, ALPNProtocols: ['h2'] }));
    fc.assert(
      fc.property(
        fc.array(mutation, { minLength: 1, maxLength: 4 }),
        fc.boolean(),
        pieces,
        (changes, chooseContext, rest) => survive([mutate(clientHello, changes), ...rest], chooseContext),
      ),
      { numRuns: 300 },
    );
  });

  it('a damaged second flight leaves nothing behind', async () => {
    const clientHello = await clientHelloOf(visitorOf(site, VISITORS[2]));
    const keyExchange = Buffer.concat([
      Buffer.of(22, 3, 3, 1, 6, 16, 0, 1, 2, 1, 0), // ClientKeyExchange with 256 bytes
      randomBytes(256),
      Buffer.of(20, 3, 3, 0, 1, 1), // ChangeCipherSpec
      Buffer.of(22, 3, 3, 0, 40),
      randomBytes(40),
    ]);
    survive([clientHello, keyExchange], false);
    fc.assert(
      fc.property(fc.array(mutation, { minLength: 1, maxLength: 3 }), (changes) =>
        survive([clientHello, mutate(keyExchange, changes)], false),
      ),
    );
  });
});
