import { createHash } from 'node:crypto';
import { signedContent, type SignCertificateVerifyOperation } from '@latchkey/codec';
import * as kssl1 from '@latchkey/codec/kssl1';
import * as kssl2 from '@latchkey/codec/kssl2';

/** How signatures are asked for in a protocol. */
export interface Protocol {
  readonly name: string;
  readonly alpnProtocols: readonly string[];
  /** Requests for signatures of TLS 1.3 handshakes, with ids from 1 on, to be sent in one write. */
  requests(ski: Uint8Array, count: number): Uint8Array;
  /** Takes bytes of answers; tells of each that it completes, and throws at an error. */
  reader(onAnswer: () => void): (chunk: Uint8Array) => void;
}

export const PROTOCOLS: readonly Protocol[] = [
  {
    name: 'kssl1',
    alpnProtocols: [],
    requests: (ski, count) =>
      Buffer.concat(
        operations(count).map((operation, index) => {
          const digest = createHash('sha256').update(signedContent(operation)).digest();
          return kssl1.encodeRequest(index + 1, {
            key: { ski },
            operation: { type: 'sign_digest', scheme: 'ecdsa_sha256', digest },
          });
        }),
      ),
    reader: (onAnswer) => {
      const decoder = new kssl1.FrameDecoder({
        onFrame: (_id, bytes, start, end) => {
          if (kssl1.decodeAnswer(bytes, start, end).kind !== 'answer')
            throw new Error('the key server refuses');
          onAnswer();
        },
        onVersionMismatch: () => {
          throw new Error('the key server speaks something else');
        },
      });
      return (chunk) => decoder.push(chunk);
    },
  },
  {
    name: 'kssl2',
    alpnProtocols: [kssl2.ALPN_PROTOCOL],
    requests: (ski, count) => {
      const writer = new kssl2.FrameWriter(kssl2.MAXIMUM_BATCH_LENGTH);
      for (const [index, operation] of operations(count).entries())
        writer.add(
          kssl2.EdgeField.REQUESTS,
          kssl2.encodeRequest(index + 1, { key: { ski }, operation }, 10_000),
        );
      return writer.take();
    },
    reader: (onAnswer) => {
      const handler: kssl2.KeyServerFrameHandler = {
        onAnswer: (_id, { kind }) => {
          if (kind !== 'result') throw new Error('the key server refuses');
          onAnswer();
        },
        onCapabilities: () => {},
        onPong: () => {},
        onGoingAway: () => {},
        onCertificates: () => {},
      };
      const decoder = new kssl2.FrameDecoder({
        onFrame: (message) => void kssl2.readKeyServerFrame(message, handler),
        onFrameTooLong: () => {
          throw new Error('the key server speaks something else');
        },
      });
      return (chunk) => decoder.push(chunk);
    },
  },
];

function operations(count: number): SignCertificateVerifyOperation[] {
  return Array.from({ length: count }, (_, index) => ({
    type: 'sign_certificate_verify',
    scheme: 'ecdsa_sha256',
    transcriptHash: createHash('sha256').update(String(index)).digest(),
  }));
}
