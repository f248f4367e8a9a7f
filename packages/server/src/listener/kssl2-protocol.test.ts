import {
  EdgeField,
  encodePing,
  encodeRequest,
  FrameDecoder,
  FrameWriter,
  readKeyServerFrame,
} from '@latchkey/codec/kssl2';
import { beforeEach, describe, expect, it } from 'vitest';
import { Slab } from '../slab.js';
import { AnswerMemory } from './answer-memory.js';
import type { CancellableRequest, RequestReceiver } from './edge-protocol.js';
import { Kssl2Protocol } from './kssl2-protocol.js';

const REQUEST = {
  key: { ski: new Uint8Array(20).fill(1) },
  operation: {
    type: 'sign_certificate_verify',
    scheme: 'ecdsa_sha256',
    transcriptHash: new Uint8Array(32).fill(2),
  },
} as const;

let served: number[];
/** What happens to a request as it comes. */
let serve: (id: number) => CancellableRequest | undefined;
let isUnframed: boolean;
let protocol: Kssl2Protocol;

beforeEach(() => {
  served = [];
  serve = () => ({ cancel: () => {} });
  isUnframed = false;
  const receiver: RequestReceiver = {
    onRequest: (id) => {
      served.push(id);
      return serve(id);
    },
    onCertificateSubscription: () => true,
    onPing: () => {},
    onUnreadable: () => {},
    onUnframed: () => (isUnframed = true),
  };
  protocol = new Kssl2Protocol(receiver, 10, new Slab(), new AnswerMemory());
});

function push(...ids: readonly number[]): void {
  const writer = new FrameWriter(100);
  for (const id of ids) writer.add(EdgeField.REQUESTS, encodeRequest(id, REQUEST, 1000));
  protocol.push(writer.take());
}

/** What has been answered: results as hexadecimal text. */
function said(): string[] {
  const found: string[] = [];
  const decoder = new FrameDecoder({
    onFrame: (bytes, start, end) => {
      const malformation = readKeyServerFrame(bytes.subarray(start, end), {
        onAnswer: (id, answer) =>
          found.push(
            `${id} ${answer.kind === 'result' ? Buffer.from(answer.result).toString('hex') : answer.reason}`,
          ),
        onCapabilities: () => found.push('capabilities'),
        onPong: (payload) => found.push(`pong ${Buffer.from(payload).toString('hex')}`),
        onGoingAway: () => found.push('going away'),
        onCertificates: () => {},
      });
      expect(malformation).toBeUndefined();
    },
    onFrameTooLong: () => expect.unreachable(),
  });
  const answers = protocol.takeAnswers();
  decoder.push(answers);
  protocol.answersWritten(answers);
  return found;
}

describe('Kssl2Protocol', () => {
  it('answers each request with the bytes that are its own, in memory that is used again', () => {
    push(1, 300, 70_000);
    const bytes = Uint8Array.from({ length: 150 }, (_, index) => index);
    protocol.succeed(300, bytes, 1, 4);
    protocol.succeed(1, bytes, 4, 4);
    protocol.fail(70_000, 'internal');
    expect(said()).toEqual(['capabilities', '300 010203', '1 ', '70000 internal']);
    push(5);
    protocol.succeed(5, bytes, 0, 150);
    expect(said()).toEqual([`5 ${Buffer.from(bytes).toString('hex')}`]);
  });

  it('sends a ping back while requests wait', () => {
    said();
    push(1);
    const writer = new FrameWriter(1);
    writer.add(EdgeField.PING, encodePing(Uint8Array.of(7)));
    protocol.push(writer.take());
    expect(said()).toEqual(['pong 07']);
  });

  it('ends where an id is used that waits for its answer', () => {
    said();
    push(1, 1, 2);
    expect(served).toEqual([1]);
    expect(isUnframed).toBe(true);
    expect(said()).toEqual(['going away']);
  });

  it.each([
    ['later', () => undefined],
    [
      'while it was being handed on',
      (id: number) => {
        protocol.fail(id, 'overloaded');
        return { cancel: () => {} };
      },
    ],
  ] as const)('takes an id again whose request was answered %s', (_when, onRequest) => {
    serve = onRequest;
    push(1);
    if (protocol.answersLength > 0 && said().length === 1) protocol.fail(1, 'internal');
    push(1);
    expect(served).toEqual([1, 1]);
    expect(isUnframed).toBe(false);
  });
});
