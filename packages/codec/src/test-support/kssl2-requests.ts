import * as fc from 'fast-check';
import type { KeyReference, Operation, OperationRequest } from '../operation.js';
import { SIGNATURE_SCHEME_CODES } from '../signature-scheme.js';
import { bytes, concat } from './bytes.js';

export const SKI = bytes('000102030405060708090a0b0c0d0e0f10111213');
export const P256_PARAMETERS = concat(bytes('03 0017 41 04'), new Uint8Array(64).fill(3));
export const RANDOM = new Uint8Array(32).fill(1);

/** An operation of each kind that kssl2 has. */
export const KSSL2_OPERATIONS: readonly Operation[] = [
  { type: 'sign_certificate_verify', scheme: 'ecdsa_sha256', transcriptHash: new Uint8Array(32).fill(7) },
  {
    type: 'sign_server_key_exchange',
    scheme: 'rsa_pkcs1_sha256',
    clientRandom: RANDOM,
    serverRandom: RANDOM,
    parameters: P256_PARAMETERS,
  },
  { type: 'decrypt_premaster', ciphertext: new Uint8Array(256).fill(9), clientVersion: 0x0303 },
  {
    type: 'sign_delegated_credential',
    certificate: new Uint8Array(500).fill(1),
    validTime: 86_400,
    dcCertVerifyAlgorithm: 0x0403,
    subjectPublicKeyInfo: new Uint8Array(91).fill(2),
    algorithm: 0x0403,
  },
  { type: 'seal', blob: new Uint8Array(100).fill(3) },
  { type: 'unseal', blob: new Uint8Array(0) },
];

/** Any request that kssl2 can say. */
export function anyKssl2Request(): fc.Arbitrary<OperationRequest> {
  const address = fc.oneof(bytesOfLength(4), bytesOfLength(16));
  const key: fc.Arbitrary<KeyReference> = fc.record(
    {
      ski: bytesOfLength(20),
      serverName: fc.string({ unit: 'grapheme', minLength: 1, maxLength: 60 }),
      clientIp: address,
      serverIp: address,
    },
    { requiredKeys: [] },
  );
  const traceContext = fc.constant({
    traceparent: '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01',
    tracestate: 'vendor=1',
  });
  return fc.record({ key, operation: anyOperation(), traceContext }, { requiredKeys: ['key', 'operation'] });
}

function anyOperation(): fc.Arbitrary<Operation> {
  const schemes = Object.keys(SIGNATURE_SCHEME_CODES) as (keyof typeof SIGNATURE_SCHEME_CODES)[];
  const uint32 = fc.nat(0xffff_ffff);
  const uint16 = fc.nat(0xffff);
  const blob = fc.uint8Array({ maxLength: 400 });
  const someBytes = fc.uint8Array({ minLength: 1, maxLength: 400 });
  return fc.oneof(
    fc.record({
      type: fc.constant('sign_certificate_verify' as const),
      scheme: fc.constantFrom(
        'ecdsa_sha256' as const,
        'rsa_pss_sha512' as const,
        'ed25519' as const,
        'ecdsa_sha384' as const,
      ),
      transcriptHash: fc.oneof(bytesOfLength(32), bytesOfLength(48)),
    }),
    fc.record({
      type: fc.constant('sign_server_key_exchange' as const),
      scheme: fc.constantFrom(...schemes),
      clientRandom: bytesOfLength(32),
      serverRandom: bytesOfLength(32),
      parameters: bytesOfLength(64).map((point) => concat(P256_PARAMETERS.slice(0, 5), point)),
    }),
    fc.record({
      type: fc.constant('decrypt_premaster' as const),
      ciphertext: someBytes,
      clientVersion: fc.integer({ min: 0x0301, max: 0x0303 }),
    }),
    fc.record({
      type: fc.constant('sign_delegated_credential' as const),
      certificate: someBytes,
      validTime: uint32,
      dcCertVerifyAlgorithm: uint16,
      subjectPublicKeyInfo: someBytes,
      algorithm: uint16,
    }),
    fc.record({ type: fc.constantFrom('seal' as const, 'unseal' as const), blob }),
  );
}

function bytesOfLength(length: number): fc.Arbitrary<Uint8Array> {
  return fc.uint8Array({ minLength: length, maxLength: length });
}
