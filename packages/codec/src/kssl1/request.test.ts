import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { OperationRequest } from '../operation.js';
import { bytes, concat, item } from '../test-support/bytes.js';
import { OPERATIONS, PAYLOAD, payloadOf, requestOf } from '../test-support/requests.js';
import { answerLength } from './answer.js';
import { ErrorCode } from './constants.js';
import { UnencodableMessageError } from '../errors.js';
import { decodeRequest, encodeRequest, RequestDecoder } from './request.js';

const SKI = '000102030405060708090a0b0c0d0e0f10111213';

describe('decodeRequest', () => {
  it('reads a request as edges send it', () => {
    const body = `
      11 0001 15
      04 0014 ${SKI}
      02 000b 7777772e6578616d706c65
      03 0004 7f000001
      05 0010 20010db8000000000000000000000001
      12 0020 ${'5a'.repeat(32)}
      20 0004 00000000`;
    expect(decodeRequest(bytes(body))).toEqual({
      kind: 'request',
      request: {
        key: {
          ski: bytes(SKI),
          serverName: 'www.example',
          clientIp: bytes('7f000001'),
          serverIp: bytes('20010db8000000000000000000000001'),
        },
        operation: { type: 'sign_digest', scheme: 'ecdsa_sha256', digest: bytes('5a'.repeat(32)) },
      },
    });
  });

  it('reads the rest that a request can tell', () => {
    const body = `
      11 0001 24
      13 0003 6d6163
      12 0003 aabbcc
      01 0020 ${'d1'.repeat(32)}
      06 0002 6964
      14 0002 0102
      15 0001 ff
      16 0016 7b22726571756573745f6964223a2278227d20202020
      17 0001 ff`;
    expect(decodeRequest(bytes(body))).toEqual({
      kind: 'request',
      request: {
        key: { certificateDigest: bytes('d1'.repeat(32)), certificateId: 'id' },
        operation: { type: 'custom', functionName: 'mac', payload: PAYLOAD },
        extra: bytes('0102'),
        tracingSpan: bytes('ff'),
        requestContext: { request_id: 'x' },
        complianceRegion: 255,
      },
    });
  });

  it.each(OPERATIONS)('knows the operation of opcode %i', (opcode, operation) => {
    const body = concat(opcodeItem(opcode), payloadItem(payloadOf(operation)));
    expect(decodeRequest(body)).toEqual({ kind: 'request', request: { key: {}, operation } });
  });

  it.each([
    ['11 0001 18', { type: 'sign_message', scheme: 'ed25519', message: bytes('') }],
    ['11 0001 f1 12 0000', { type: 'ping', payload: bytes('') }],
    ['11 0001 24', { type: 'custom', functionName: '', payload: bytes('') }],
    ['11 0001 24 13 0001 ff', { type: 'custom', functionName: '', payload: bytes('') }],
  ])('takes what is absent in %s for empty', (body, operation) => {
    expect(decodeRequest(bytes(body))).toEqual({ kind: 'request', request: { key: {}, operation } });
  });

  it('refuses every other opcode as bad, the retired 0x08 among them', () => {
    const known = new Set([...OPERATIONS.map(([opcode]) => opcode), 0x24, 0xf0, 0xf2, 0xff]);
    for (let opcode = 0; opcode <= 0xff; opcode++) {
      if (known.has(opcode)) continue;
      expect(decodeRequest(opcodeItem(opcode))).toEqual({
        kind: 'refused',
        code: ErrorCode.BAD_OPCODE,
        reason: 'opcode_unknown',
      });
    }
    expect(known).not.toContain(0x08);
  });

  it.each(['', '12 0003 aabbcc'])('refuses the body "%s", which has no opcode, as of a bad one', (body) => {
    expect(decodeRequest(bytes(body))).toEqual({
      kind: 'refused',
      code: ErrorCode.BAD_OPCODE,
      reason: 'opcode_missing',
    });
  });

  it.each([0xf0, 0xf2, 0xff])('refuses opcode %i, which belongs to answers, as unexpected', (opcode) => {
    expect(decodeRequest(opcodeItem(opcode))).toEqual({
      kind: 'refused',
      code: ErrorCode.UNEXPECTED_OPCODE,
      reason: 'opcode_of_answer',
    });
  });

  it.each(OPERATIONS.filter(([, { type }]) => type === 'sign_digest'))(
    'refuses a digest that is too short, too long or absent for opcode %i',
    (opcode, operation) => {
      const { length } = payloadOf(operation);
      for (const wrongLength of [0, 1, length - 1, length + 1, 2 * length]) {
        const body = concat(opcodeItem(opcode), payloadItem(new Uint8Array(wrongLength)));
        expect(decodeRequest(body)).toEqual({
          kind: 'refused',
          code: ErrorCode.CRYPTOGRAPHY_FAILURE,
          reason: 'digest_length',
        });
      }
    },
  );

  it.each([
    ['item_past_end', '11 0001 f1 12 0001'],
    ['tag_twice', '11 0001 08 02 0001 61 02 0001 62'],
    ['opcode_length', '11 0002 00f1'],
    ['client_ip_length', '11 0001 f0 03 0005 7f00000100'],
    ['server_ip_length', '05 0001 7f'],
    ['compliance_region_length', '11 0001 15 17 0002 0001'],
  ])('refuses a malformed body, whatever its opcode: %s', (reason, body) => {
    expect(decodeRequest(bytes(body))).toEqual({
      kind: 'refused',
      code: ErrorCode.MALFORMED_MESSAGE,
      reason,
    });
  });

  it.each([
    ['a server name', 0x02],
    ['a certificate id', 0x06],
  ])('answers a request although %s is not UTF-8', (_case, tag) => {
    for (const text of ['ff', 'c0af', 'eda080', 'e282']) {
      const body = concat(bytes(`11 0001 f1 04 0014 ${SKI}`), item(tag, bytes(text)));
      expect(requestOf(body).key).toEqual({ ski: bytes(SKI) });
    }
  });

  it.each(['null', '', '[]', '"text"', '7', 'true', '{', '{"a":1}}', '\u{feff}{}', '{"a":\u0000}'])(
    'answers a request although its context is %j',
    (context) => {
      const request = requestOf(concat(opcodeItem(0xf1), item(0x16, new TextEncoder().encode(context))));
      expect(request).toEqual({ key: {}, operation: { type: 'ping', payload: bytes('') } });
    },
  );

  it('answers a request although its context is not UTF-8, or nested as deeply as a frame allows', () => {
    for (const context of [bytes('7b22ff223a317d'), new Uint8Array(65_000).fill(0x5b)]) {
      expect(requestOf(concat(opcodeItem(0xf1), item(0x16, context)))).not.toHaveProperty('requestContext');
    }
  });

  it('does not let a context reach the prototype of objects', () => {
    const context = new TextEncoder().encode('{"__proto__":{"isAdmin":true}}');
    const { requestContext } = requestOf(concat(opcodeItem(0xf1), item(0x16, context)));
    expect(requestContext?.['isAdmin']).toBeUndefined();
    expect(Object.keys(requestContext ?? {})).toEqual(['__proto__']);
  });
});

describe('RequestDecoder', () => {
  it('reads requests one after the other from memory that is used again, each with what it says itself', () => {
    const skis = [SKI, 'ff'.repeat(20), `${SKI.slice(0, 38)}ff`].map(bytes);
    const requests = fc.array(
      fc.record({
        key: fc.record({ ski: fc.constantFrom(...skis) }, { requiredKeys: [] }),
        operation: fc.record({
          type: fc.constant('sign_message' as const),
          scheme: fc.constant('ed25519' as const),
          message: fc.uint8Array({ minLength: 1, maxLength: 40 }),
        }),
      }),
    );
    fc.assert(
      fc.property(requests, (sent) => {
        const memory = new Uint8Array(1024);
        const decoder = new RequestDecoder((body, start, end) => body.slice(start, end));
        const received = sent.map((request) => {
          memory.set(encodeRequest(1, request));
          const decoded = decoder.decode(memory, 8, memory.length);
          memory.fill(0);
          return decoded;
        });
        expect(received).toEqual(sent);
      }),
    );
  });
});

describe('encodeRequest', () => {
  it('writes a request, padded to 1024 bytes', () => {
    const frame = encodeRequest(0x0102_0304, {
      key: { ski: bytes(SKI), serverName: 'www.example', clientIp: bytes('7f000001') },
      operation: { type: 'sign_digest', scheme: 'rsa_pss_sha256', digest: bytes('5a'.repeat(32)) },
    });
    const items = `11 0001 35 04 0014 ${SKI} 02 000b 7777772e6578616d706c65 03 0004 7f000001 12 0020 ${'5a'.repeat(32)}`;
    const paddingLength = 1024 - 8 - bytes(items).length - 3;
    expect(frame).toEqual(
      concat(bytes(`01 00 03f8 01020304 ${items}`), item(0x20, new Uint8Array(paddingLength))),
    );
  });

  it.each(OPERATIONS)('says an operation with opcode %i', (opcode, operation) => {
    const frame = encodeRequest(1, { key: {}, operation });
    const beginning = concat(opcodeItem(opcode), payloadItem(payloadOf(operation)));
    expect(frame.slice(8, 8 + beginning.length)).toEqual(beginning);
  });

  it.each<[string, Partial<OperationRequest>]>([
    [
      'an operation with a scheme that v1 only has digests for',
      { operation: { type: 'sign_message', scheme: 'ecdsa_sha256', message: PAYLOAD } },
    ],
    [
      'an operation that v1 has no opcode for',
      { operation: { type: 'decrypt_premaster', ciphertext: PAYLOAD, clientVersion: 0x0303 } },
    ],
    [
      'a digest of another hash',
      { operation: { type: 'sign_digest', scheme: 'ecdsa_sha256', digest: new Uint8Array(20) } },
    ],
    ['a short SKI', { key: { ski: new Uint8Array(19) } }],
    ['an empty SKI', { key: { ski: new Uint8Array(0) } }],
    ['a long certificate digest', { key: { certificateDigest: new Uint8Array(33) } }],
    ["a client's address of 5 bytes", { key: { clientIp: new Uint8Array(5) } }],
    ["a server's address of 15 bytes", { key: { serverIp: new Uint8Array(15) } }],
    ['a compliance region over 255', { complianceRegion: 256 }],
    ['a negative compliance region', { complianceRegion: -1 }],
    ['a compliance region between two', { complianceRegion: 1.5 }],
    ['a request context that is no JSON', { requestContext: { number: 1n } }],
    ['an item over 65535 bytes', { extra: new Uint8Array(0x1_0000) }],
    [
      'items over 65535 bytes together',
      { extra: new Uint8Array(40_000), tracingSpan: new Uint8Array(40_000) },
    ],
    ['a server name over 65535 bytes', { key: { serverName: '\u20ac'.repeat(30_000) } }],
  ])('throws on %s', (_case, part) => {
    const ping: OperationRequest = { key: {}, operation: { type: 'ping', payload: PAYLOAD } };
    expect(() => encodeRequest(1, { ...ping, ...part })).toThrow(UnencodableMessageError);
  });

  it('fills a frame to the last byte', () => {
    const payload = new Uint8Array(0xffff - 7).fill(1);
    const frame = encodeRequest(1, { key: {}, operation: { type: 'ping', payload } });
    expect(frame.length).toBe(8 + 0xffff);
    expect(answerLength(payload.length)).toBe(frame.length);
    expect(requestOf(frame.subarray(8)).operation).toEqual({ type: 'ping', payload });
  });

  it('leaves out what is empty', () => {
    const request: OperationRequest = {
      key: { serverName: '', certificateId: '' },
      operation: { type: 'custom', functionName: '', payload: bytes('') },
      extra: bytes(''),
      tracingSpan: bytes(''),
    };
    expect(encodeRequest(1, request).slice(8, 15)).toEqual(bytes('11 0001 24 20 03f1'));
  });
});

function opcodeItem(opcode: number): Uint8Array {
  return item(0x11, Uint8Array.of(opcode));
}

function payloadItem(payload: Uint8Array): Uint8Array {
  return item(0x12, payload);
}
