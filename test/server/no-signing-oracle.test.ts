import { createHash, generateKeyPairSync, randomBytes, X509Certificate, createPrivateKey } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { subjectKeyIdentifier } from '@latchkey/native';
import { makeAuthority } from 'latchkey/pki';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Kssl2Edge, outcomeOf } from './kssl2-edge.js';
import { bytesField, messageField, numberField } from './protocol-buffers.js';
import { startKeyServer, type TestKeyServer } from './support.js';

// A client whose certificate is good asks for signatures that no server's handshake needs, in every way that the wire
// has: the published analyses of keyless TLS (docs/security.md) call a key server that gives them a signing oracle.

const POLICY = `
rules:
  - {clients: all, keys: all, purposes: [tls13, tls12], allow: sign}
  - {clients: all, keys: all, allow: sign_delegated_credential}
`;
const ECDSA_SHA256 = 0x0403;
const SPACES = Buffer.alloc(64, ' ');
const PUBLIC_KEY = generateKeyPairSync('ec', { namedCurve: 'P-256' }).publicKey.export({
  type: 'spki',
  format: 'der',
});

let keyServer: TestKeyServer;
let edge: Kssl2Edge;
let certificate: X509Certificate;
let ski: Uint8Array;

beforeAll(async () => {
  const authority = await makeAuthority();
  const site = await authority.issue({
    commonName: 'www.example',
    names: ['www.example'],
    allowsDelegation: true,
  });
  certificate = new X509Certificate(site.certificatePem);
  ski = subjectKeyIdentifier(certificate.raw);
  keyServer = await startKeyServer(
    [createPrivateKey(site.keyPem)],
    'audit_log: audit.log\npolicy_file: policy.yaml',
    { files: { 'policy.yaml': POLICY } },
  );
  edge = await Kssl2Edge.connect(keyServer);
});

afterAll(() => keyServer.close());

/** What a signature of another purpose covers. */
const MESSAGES: readonly (readonly [what: string, message: () => Buffer])[] = [
  [
    'the CertificateVerify of a client',
    () => Buffer.concat([SPACES, Buffer.from('TLS 1.3, client CertificateVerify\0'), Buffer.alloc(32, 1)]),
  ],
  ["a certificate's TBS", () => tbsOf(certificate.raw)],
  ['an arbitrary message', () => randomBytes(100)],
  // RFC 9000 has no signature of its own but those of TLS 1.3; a stateless token of some server's is of this form.
  ['a QUIC token', () => Buffer.concat([Buffer.from('quic token'), Buffer.alloc(64, 2)])],
  // RFC 4252, section 7: the session identifier, SSH_MSG_USERAUTH_REQUEST, user, service and method.
  [
    'an SSH authentication',
    () =>
      Buffer.concat([
        sshString(Buffer.alloc(32, 3)),
        Buffer.of(50),
        ...['root', 'ssh-connection', 'publickey'].map((text) => sshString(Buffer.from(text))),
      ]),
  ],
];

describe('a signature over', () => {
  it.each(MESSAGES)('%s cannot be had as a TLS 1.3 handshake', async (_what, message) => {
    const operation = messageField(9, numberField(1, ECDSA_SHA256), bytesField(2, message()));
    expect(await refusal(operation)).toEqual({
      operation: 'sign_certificate_verify',
      reason: 'transcript_hash_length',
    });
  });

  it.each(MESSAGES)('%s cannot be had as a TLS 1.2 handshake', async (_what, message) => {
    const bytes = Buffer.concat([message(), Buffer.alloc(64)]);
    const operation = messageField(
      10,
      numberField(1, ECDSA_SHA256),
      bytesField(2, bytes.subarray(0, 32)),
      bytesField(3, bytes.subarray(32, 64)),
      bytesField(4, bytes.subarray(64, Math.max(message().length, 69))),
    );
    const { operation: asked, reason } = await refusal(operation);
    expect(asked).toBe('sign_server_key_exchange');
    expect(['curve_type', 'group_unknown', 'parameters_length']).toContain(reason);
  });

  it('an arbitrary digest has no operation', async () => {
    const digest = createHash('sha256').update('anything').digest();
    for (const field of [16, 17, 99]) {
      const operation = messageField(field, numberField(1, ECDSA_SHA256), bytesField(2, digest));
      expect(await refusal(operation)).toEqual({ operation: 'unknown', reason: 'operation_missing' });
    }
  });

  it('an arbitrary digest cannot be had in v1 either, where the policy says what signatures are for', async () => {
    const v1 = await keyServer.connect();
    const digest = createHash('sha256').update('anything').digest();
    const operation = { type: 'sign_digest', scheme: 'ecdsa_sha256', digest } as const;
    expect(await v1.ask({ key: { ski }, operation })).toEqual({ kind: 'error', code: 1 });
    expect(await lastLine()).toMatchObject({ operation: 'sign_digest', result: 'not_allowed' });
  });

  it('a TLS 1.2 exchange with an explicit curve is refused', async () => {
    // ECParameters with explicit_prime (1), of which the requester chooses nearly every byte.
    const parameters = Buffer.concat([Buffer.of(1), randomBytes(200)]);
    const operation = messageField(
      10,
      numberField(1, ECDSA_SHA256),
      bytesField(2, Buffer.alloc(32, 1)),
      bytesField(3, Buffer.alloc(32, 2)),
      bytesField(4, parameters),
    );
    expect(await refusal(operation)).toEqual({ operation: 'sign_server_key_exchange', reason: 'curve_type' });
  });

  it('a delegated credential of 8 days is refused, and one of a day is made', async () => {
    const age = Math.floor((Date.now() - Date.parse(certificate.validFrom)) / 1000);
    const credential = (days: number) =>
      messageField(
        12,
        bytesField(1, certificate.raw),
        numberField(2, age + days * 86_400),
        numberField(3, ECDSA_SHA256),
        bytesField(4, PUBLIC_KEY),
        numberField(5, ECDSA_SHA256),
      );
    expect(await outcome(credential(8))).toBe('NOT_ALLOWED credential_lifetime');
    expect(await lastLine()).toMatchObject({
      operation: 'sign_delegated_credential',
      result: 'credential_lifetime',
    });
    expect(await outcome(credential(1))).toBe('result');
    expect(await lastLine()).toMatchObject({ operation: 'sign_delegated_credential', result: 'ok' });
  });
});

/** How the key server answers a request for an operation, made without the codec's help. */
async function outcome(operation: Uint8Array): Promise<string> {
  const id = edge.nextId();
  const request = Buffer.concat([numberField(1, id), bytesField(3, ski), operation]);
  return outcomeOf(await edge.askRaw(id, request));
}

/** What the audit log says of a request that is refused as soon as it is read. */
async function refusal(
  operation: Uint8Array,
): Promise<{ readonly operation: unknown; readonly reason: unknown }> {
  const answer = await outcome(operation);
  const line = await lastLine();
  expect(line).toMatchObject({ result: 'refused', client: 'edge' });
  expect(answer).toMatch(new RegExp(`^(MALFORMED|UNSUPPORTED) ${String(line['reason'])}$`));
  return { operation: line['operation'], reason: line['reason'] };
}

/** The last line about an operation, once it is there. */
async function lastLine(): Promise<Readonly<Record<string, unknown>>> {
  const expected = keyServer.server.statistics().operations;
  const count = Object.entries(expected)
    .filter(([name]) => name !== 'ping')
    .reduce((sum, [, { succeeded, failed }]) => sum + succeeded + failed, 0);
  for (;;) {
    const text = await readFile(join(keyServer.folder, 'audit.log'), 'utf8');
    const lines = text
      .split('\n')
      .slice(0, -1)
      .map((line) => JSON.parse(line) as Record<string, unknown>)
      .filter((line) => line['operation'] !== undefined);
    const last = lines.at(-1);
    if (lines.length >= count && last !== undefined) return last;
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
}

/** TBSCertificate (RFC 5280, section 4.1): the first element of a Certificate, whose header takes four bytes. */
function tbsOf(der: Buffer): Buffer {
  const tbs = der.subarray(4);
  return tbs.subarray(0, 4 + tbs.readUInt16BE(2));
}

function sshString(bytes: Buffer): Buffer {
  const length = Buffer.alloc(4);
  length.writeUInt32BE(bytes.length);
  return Buffer.concat([length, bytes]);
}
