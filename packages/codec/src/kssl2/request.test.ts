import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { latchkey } from '../../generated/kssl2.js';
import { UnencodableMessageError } from '../errors.js';
import type { Operation, OperationRequest } from '../operation.js';
import { bytes, concat } from '../test-support/bytes.js';
import {
  anyKssl2Request,
  KSSL2_OPERATIONS,
  P256_PARAMETERS,
  RANDOM,
  SKI,
} from '../test-support/kssl2-requests.js';
import { ErrorCode } from './constants.js';
import { operationFieldsOf } from './request-operation.js';
import { decodeRequest, encodeRequest, type RequestDecoding } from './request.js';

const HASH = new Uint8Array(32).fill(7);
const CERTIFICATE_VERIFY = { scheme: 0x0403, transcriptHash: HASH };
const SERVER_KEY_EXCHANGE = {
  scheme: 0x0403,
  clientRandom: RANDOM,
  serverRandom: RANDOM,
  parameters: P256_PARAMETERS,
};
const CREDENTIAL = {
  certificate: HASH,
  validTime: 1,
  dcCertVerifyAlgorithm: 0x0403,
  subjectPublicKeyInfo: HASH,
  algorithm: 0x0403,
};

type Fields = latchkey.kssl2.Request.$Properties;

/** What another implementation could send. */
function message(fields: Fields): Uint8Array {
  return new Uint8Array(latchkey.kssl2.Request.encode({ id: 5, ...fields }).finish());
}

function reasonOf(decoding: RequestDecoding): string | undefined {
  return decoding.kind === 'request' ? undefined : decoding.reason;
}

const NONE = new Uint8Array(0);

/** Of what protobufjs has read, the fields that are in ours: 0 and no bytes where it has found none. */
function knownOf(ours: unknown, theirs: unknown): unknown {
  if (typeof ours !== 'object' || ours === null || ours instanceof Uint8Array) return theirs;
  return Object.fromEntries(
    Object.keys(ours).map((name) => [name, (theirs as Readonly<Record<string, unknown>>)[name]]),
  );
}

/** The same bytes, whatever kind of array has them. */
function plain(value: unknown): unknown {
  return JSON.parse(
    JSON.stringify(value, (_key, each: unknown) =>
      each instanceof Uint8Array || (typeof each === 'object' && each !== null && 'data' in each)
        ? Buffer.from(each instanceof Uint8Array ? each : (each.data as number[])).toString('hex')
        : each,
    ),
  );
}

describe('a request of kssl2', () => {
  it.each(KSSL2_OPERATIONS)('says $type', (operation) => {
    const request: OperationRequest = { key: { ski: SKI, serverName: 'www.example' }, operation };
    const decoding = decodeRequest(encodeRequest(7, request, 250));
    expect(plain(decoding)).toEqual(plain({ kind: 'request', id: 7, request, timeout: 250 }));
  });

  it('is read as it was written', () => {
    const ids = fc.integer({ min: 1, max: 0xffff_ffff });
    fc.assert(
      fc.property(ids, anyKssl2Request(), (id, request) => {
        const decoding = decodeRequest(encodeRequest(id, request, 1000));
        expect(plain(decoding)).toEqual(plain({ kind: 'request', id, request, timeout: 1000 }));
      }),
    );
  });

  it('has the bytes that docs/protocol/kssl2.md shows', () => {
    const operation: Operation = {
      type: 'sign_certificate_verify',
      scheme: 'ecdsa_sha256',
      transcriptHash: HASH,
    };
    expect(new Uint8Array(encodeRequest(1, { key: { ski: SKI }, operation }, 1))).toEqual(
      concat(bytes('08 01  10 e807  1a 14'), SKI, bytes('4a 25  08 8308  12 20'), HASH),
    );
  });

  it('carries the time that is left, in microseconds, and never none', () => {
    const request: OperationRequest = { key: {}, operation: { type: 'seal', blob: HASH } };
    for (const [timeout, expected] of [
      [1.5, 1.5],
      [0, 0.001],
      [-5, 0.001],
      [1e12, 0xffff_ffff / 1000],
    ] as const) {
      expect(decodeRequest(encodeRequest(1, request, timeout))).toMatchObject({ timeout: expected });
    }
  });

  it('needs no deadline', () => {
    expect(decodeRequest(message({ seal: HASH }))).toMatchObject({ kind: 'request', timeout: undefined });
  });

  it('ignores fields of later versions, of any type', () => {
    const later = bytes(
      'a0 06 ffffffffffffffffff01  a9 06 0102030405060708  b2 06 03 aabbcc  bd 06 01020304',
    );
    const withLater = concat(later, message({ certificateVerify: CERTIFICATE_VERIFY }), later);
    expect(decodeRequest(withLater).kind).toBe('request');
  });

  it.each([
    '',
    'nonsense',
    `00-${'0'.repeat(32)}-00f067aa0ba902b7-01`,
    'ff-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01',
  ])('is served without the trace context %j', (traceparent) => {
    const decoding = decodeRequest(message({ seal: HASH, traceparent, tracestate: 'a=1' }));
    expect(decoding).toMatchObject({ kind: 'request' });
    expect(decoding).not.toHaveProperty('request.traceContext');
  });

  it.each<[string, Fields]>([
    ['operation_missing', {}],
    ['field_twice', { seal: HASH, unseal: HASH }],
    ['field_twice', { certificateVerify: CERTIFICATE_VERIFY, serverKeyExchange: SERVER_KEY_EXCHANGE }],
    ['scheme_unknown', { certificateVerify: { transcriptHash: HASH } }],
    ['scheme_unknown', { certificateVerify: { ...CERTIFICATE_VERIFY, scheme: 0x0203 } }],
    ['scheme_unknown', { serverKeyExchange: { ...SERVER_KEY_EXCHANGE, scheme: 0x0201 } }],
    ['scheme_not_for_purpose', { certificateVerify: { ...CERTIFICATE_VERIFY, scheme: 0x0401 } }],
    ['transcript_hash_length', { certificateVerify: { scheme: 0x0403 } }],
    ['transcript_hash_length', { certificateVerify: { scheme: 0x0403, transcriptHash: HASH.slice(1) } }],
    ['transcript_hash_length', { certificateVerify: { scheme: 0x0403, transcriptHash: new Uint8Array(64) } }],
    ['random_length', { serverKeyExchange: { ...SERVER_KEY_EXCHANGE, clientRandom: HASH.slice(1) } }],
    ['random_length', { serverKeyExchange: { ...SERVER_KEY_EXCHANGE, serverRandom: new Uint8Array(33) } }],
    ['curve_type', { serverKeyExchange: { ...SERVER_KEY_EXCHANGE, parameters: P256_PARAMETERS.with(0, 1) } }],
    ['curve_type', { serverKeyExchange: { ...SERVER_KEY_EXCHANGE, parameters: P256_PARAMETERS.with(0, 2) } }],
    [
      'group_unknown',
      { serverKeyExchange: { ...SERVER_KEY_EXCHANGE, parameters: P256_PARAMETERS.with(1, 1) } },
    ],
    [
      'point_length',
      { serverKeyExchange: { ...SERVER_KEY_EXCHANGE, parameters: P256_PARAMETERS.with(3, 64) } },
    ],
    ['point_form', { serverKeyExchange: { ...SERVER_KEY_EXCHANGE, parameters: P256_PARAMETERS.with(4, 3) } }],
    [
      'parameters_length',
      { serverKeyExchange: { ...SERVER_KEY_EXCHANGE, parameters: P256_PARAMETERS.slice(1, 4) } },
    ],
    [
      'parameters_length',
      { serverKeyExchange: { ...SERVER_KEY_EXCHANGE, parameters: P256_PARAMETERS.slice(0, -1) } },
    ],
    ['ciphertext_length', { premasterSecret: { clientVersion: 0x0303 } }],
    ['ciphertext_length', { premasterSecret: { clientVersion: 0x0303, ciphertext: new Uint8Array(2049) } }],
    ['client_version', { premasterSecret: { clientVersion: 0x0300, ciphertext: HASH } }],
    ['client_version', { premasterSecret: { clientVersion: 0x10303, ciphertext: HASH } }],
    ['certificate_length', { delegatedCredential: { ...CREDENTIAL, certificate: new Uint8Array(0) } }],
    ['certificate_length', { delegatedCredential: { ...CREDENTIAL, certificate: new Uint8Array(16_385) } }],
    [
      'public_key_length',
      { delegatedCredential: { ...CREDENTIAL, subjectPublicKeyInfo: new Uint8Array(1025) } },
    ],
    ['algorithm_range', { delegatedCredential: { ...CREDENTIAL, algorithm: 0x10000 } }],
    ['ski_length', { seal: HASH, ski: SKI.slice(1) }],
    ['address_length', { seal: HASH, clientAddress: SKI.slice(0, 5) }],
    ['address_length', { seal: HASH, serverAddress: SKI.slice(0, 1) }],
    ['server_name_length', { seal: HASH, serverName: 'x'.repeat(256) }],
    ['deadline_passed', { seal: HASH, deadline: 0 }],
    ['request_too_long', { seal: new Uint8Array(64 * 1024) }],
  ])('is refused with %s', (reason, fields) => {
    const decoding = decodeRequest(message(fields));
    expect(decoding).toMatchObject({ kind: 'refused', id: 5, reason });
  });

  it('tells which operation it refuses, and for which key', () => {
    expect(decodeRequest(message({ ski: SKI, certificateVerify: { scheme: 1 } }))).toMatchObject({
      operation: 'sign_certificate_verify',
      ski: SKI,
      code: ErrorCode.MALFORMED,
    });
    // A signature over any digest is what this protocol does not have.
    const signDigest = concat(message({ ski: SKI }), bytes('8a 06 02 aabb'));
    expect(decodeRequest(signDigest)).toMatchObject({ code: ErrorCode.UNSUPPORTED, operation: undefined });
  });

  it('is refused where a field is there twice, at any depth', () => {
    const once = message({ certificateVerify: CERTIFICATE_VERIFY, ski: SKI, deadline: 9 });
    for (const twice of [
      concat(once, once),
      concat(once, bytes('10 05')),
      concat(once, message({ certificateVerify: CERTIFICATE_VERIFY }).slice(2)),
      concat(bytes('08 05  4a 06  08 8308 08 8308')),
    ]) {
      expect(decodeRequest(twice)).toMatchObject({ kind: 'refused', reason: 'field_twice', id: 5 });
    }
  });

  it('is refused where a field is of another type', () => {
    for (const wrong of ['12 01 05', '18 01', '48 01', '4a 02 0a 00', '15 01020304', '0b 0c']) {
      expect(reasonOf(decodeRequest(concat(bytes('08 05'), bytes(wrong))))).toBe('field_type');
    }
  });

  it('is refused where a number has more than 32 bits', () => {
    for (const long of ['10 8080808010', '10 ffffffffff01', '4a 07 08 ffffffff7f 00']) {
      expect(reasonOf(decodeRequest(concat(bytes('08 05'), bytes(long))))).toBe('number_range');
    }
  });

  it('is refused where text is not UTF-8', () => {
    expect(reasonOf(decodeRequest(bytes('08 05  22 01 ff  6a 01 00')))).toBe('encoding');
  });

  it('is not answered where its id cannot be read', () => {
    for (const anonymous of ['', '08 00 6a 01 00', '6a 01 00', '0a 01 05', '08 ff', '08']) {
      expect(decodeRequest(bytes(anonymous)).kind).toBe('unreadable');
    }
  });

  it('has an outcome wherever it is cut off, and is never taken for a whole one', () => {
    for (const operation of KSSL2_OPERATIONS) {
      const whole = encodeRequest(5, { key: { ski: SKI }, operation }, 9);
      const ends = Array.from(whole.keys());
      // Without the operation, or without what it needs, it is a request of another kind: an empty blob is one.
      const reasons = ends.map((end) => decodeRequest(whole.slice(0, end)).kind);
      expect(reasons).not.toContain('request');
    }
  });

  it('has one outcome whatever happens to its bytes', () => {
    const kinds = new Set<string>();
    const changes = fc.array(fc.tuple(fc.nat(1000), fc.nat(255)), { minLength: 1, maxLength: 4 });
    fc.assert(
      fc.property(anyKssl2Request(), changes, (request, drawn) => {
        const changed = new Uint8Array(encodeRequest(5, request, 9));
        for (const [place, value] of drawn) changed[place % changed.length] = value;
        kinds.add(decodeRequest(changed).kind);
      }),
      { numRuns: 2000 },
    );
    expect(kinds).toEqual(new Set(['request', 'refused', 'unreadable']));
  });

  it('means what protobufjs reads in it, whatever has happened to its bytes', () => {
    const changes = fc.array(fc.tuple(fc.nat(1000), fc.nat(255)), { maxLength: 3 });
    let compared = 0;
    fc.assert(
      fc.property(anyKssl2Request(), changes, (request, drawn) => {
        const changed = new Uint8Array(encodeRequest(5, request, 9));
        for (const [place, value] of drawn) changed[place % changed.length] = value;
        const decoding = decodeRequest(changed);
        if (decoding.kind !== 'request') return;
        compared += 1;
        const expected = latchkey.kssl2.Request.decode(changed);
        const { id, timeout, request: read } = decoding;
        const { ski, serverName, clientIp, serverIp } = read.key;
        expect({ id, timeout }).toEqual({
          id: expected.id,
          timeout: typeof expected.deadline === 'number' ? expected.deadline / 1000 : undefined,
        });
        expect(plain([ski ?? NONE, serverName ?? '', clientIp ?? NONE, serverIp ?? NONE])).toEqual(
          plain([expected.ski, expected.serverName, expected.clientAddress, expected.serverAddress]),
        );
        const { traceparent } = read.traceContext ?? expected;
        expect(traceparent).toBe(expected.traceparent);
        const [[name, value] = []] = Object.entries(operationFieldsOf(read.operation));
        expect(plain(value)).toEqual(plain(knownOf(value, expected[name as keyof Fields])));
      }),
      { numRuns: 2000 },
    );
    expect(compared).toBeGreaterThan(500);
  });

  it.each<Operation>([
    { type: 'sign_digest', scheme: 'ecdsa_sha256', digest: HASH },
    { type: 'sign_message', scheme: 'ed25519', message: HASH },
    { type: 'decrypt_block', ciphertext: HASH },
    { type: 'rpc', payload: HASH },
    { type: 'custom', functionName: 'f', payload: HASH },
    { type: 'ping', payload: HASH },
    { type: 'sign_certificate_verify', scheme: 'ecdsa_sha256', transcriptHash: HASH.slice(1) },
    { type: 'seal', blob: new Uint8Array(64 * 1024) },
  ])('cannot say $type', (operation) => {
    expect(() => encodeRequest(1, { key: {}, operation }, 1)).toThrow(UnencodableMessageError);
  });
});
