import { generateKeyPairSync, verify } from 'node:crypto';
import { once } from 'node:events';
import { readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type AnswerDecoding, encodeRequest, ErrorCode, Opcode } from '@latchkey/codec/kssl1';
import { subjectKeyIdentifier } from '@latchkey/native';
import * as fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { rawFrame, rawRequest, startKeyServer, type TestEdge, type TestKeyServer } from './support.js';

const { privateKey, publicKey } = generateKeyPairSync('ed25519');
const ski = subjectKeyIdentifier(publicKey.export({ type: 'spki', format: 'der' }));

let keyServer: TestKeyServer;

beforeAll(async () => {
  keyServer = await startKeyServer([privateKey], '', { listen: 'unix_socket: keyless.sock' });
});

afterAll(async () => {
  await keyServer.close();
});

function signRequest(id: number, message = Buffer.from(`message of ${id}`)): Uint8Array {
  return encodeRequest(id, { key: { ski }, operation: { type: 'sign_message', scheme: 'ed25519', message } });
}

function isSignatureOf(id: number, answer: AnswerDecoding): boolean {
  return answer.kind === 'answer' && verify(null, Buffer.from(`message of ${id}`), publicKey, answer.payload);
}

function byId(edge: TestEdge): ReadonlyMap<number, AnswerDecoding> {
  return new Map(edge.answers.map(({ id, answer }) => [id, answer]));
}

async function untilNoneIsConnected({ server }: TestKeyServer): Promise<void> {
  while (server.statistics().connections.open > 0) await sleep(5);
}

/** A request, and what its answer must be. */
interface Expected {
  readonly frame: (id: number) => Uint8Array;
  readonly isRight: (id: number, answer: AnswerDecoding) => boolean;
}

function failing(code: number, frame: (id: number) => Uint8Array): Expected {
  return { frame, isRight: (_id, answer) => answer.kind === 'error' && answer.code === code };
}

const EXPECTED: readonly Expected[] = [
  { frame: (id) => signRequest(id), isRight: isSignatureOf },
  { frame: (id) => rawRequest(id, Opcode.PING), isRight: (_id, answer) => answer.kind === 'answer' },
  failing(ErrorCode.KEY_NOT_FOUND, (id) => rawRequest(id, Opcode.ED25519, Buffer.of(1))),
  failing(ErrorCode.CRYPTOGRAPHY_FAILURE, (id) => rawRequest(id, Opcode.RSA_PKCS1_SHA256, Buffer.of(1))),
  failing(ErrorCode.BAD_OPCODE, (id) => rawRequest(id, 0x77)),
  failing(ErrorCode.BAD_OPCODE, (id) => rawFrame(id, Buffer.alloc(0))),
  failing(ErrorCode.UNEXPECTED_OPCODE, (id) => rawRequest(id, Opcode.PONG)),
  failing(ErrorCode.MALFORMED_MESSAGE, (id) => rawFrame(id, Buffer.of(0x11, 0, 2, 1))),
  failing(ErrorCode.MALFORMED_MESSAGE, (id) => rawFrame(id, Buffer.of(0x11, 0, 1, 0xf1, 0x11, 0, 1, 0xf1))),
];

describe('a connection', () => {
  it('answers every request exactly once and rightly, whatever stands between, however it is cut', async () => {
    const requests = fc.array(fc.constantFrom(...EXPECTED), { minLength: 1, maxLength: 40 });
    const cuts = fc.array(fc.integer({ min: 1, max: 3000 }), { minLength: 1, maxLength: 10 });
    await fc.assert(
      fc.asyncProperty(requests, cuts, async (sequence, lengths) => {
        const edge = await keyServer.connect();
        const bytes = Buffer.concat(sequence.map(({ frame }, id) => frame(id)));
        for (let offset = 0, turn = 0; offset < bytes.length; turn++) {
          const length = lengths[turn % lengths.length]!;
          edge.socket.write(bytes.subarray(offset, offset + length));
          offset += length;
        }
        await edge.waitForAnswers(sequence.length);
        edge.socket.end();
        await once(edge.socket, 'close');
        const answers = byId(edge);
        return (
          edge.answers.length === sequence.length &&
          sequence.every(({ isRight }, id) => isRight(id, answers.get(id)!))
        );
      }),
      { numRuns: 40 },
    );
  });

  it('takes a request byte by byte', async () => {
    const edge = await keyServer.connect();
    for (const byte of signRequest(7)) {
      edge.socket.write(Buffer.of(byte));
      await new Promise((resolve) => setImmediate(resolve));
    }
    await edge.waitForAnswers(1);
    expect(isSignatureOf(7, edge.answers[0]!.answer)).toBe(true);
  });

  it.each([0, 0xffff_ffff])('echoes the id %i', async (id) => {
    const edge = await keyServer.connect();
    await edge.exchange(signRequest(id));
    expect(edge.answers.map((answer) => answer.id)).toEqual([id]);
    expect(isSignatureOf(id, edge.answers[0]!.answer)).toBe(true);
  });

  it('answers two requests of the same id twice', async () => {
    const edge = await keyServer.connect();
    await edge.exchange(Buffer.concat([signRequest(5), signRequest(5)]), 2);
    expect(edge.answers.every(({ answer }) => isSignatureOf(5, answer))).toBe(true);
  });

  it('gives a requester that closes its sending side the answers it is owed', async () => {
    const edge = await keyServer.connect();
    const ids = Array.from({ length: 300 }, (_, id) => id);
    edge.socket.end(Buffer.concat(ids.map((id) => signRequest(id))));
    await once(edge.socket, 'end');
    const answers = byId(edge);
    expect(edge.answers).toHaveLength(ids.length);
    expect(ids.every((id) => isSignatureOf(id, answers.get(id)!))).toBe(true);
  });

  it('answers a frame of another major version with 0x04, after what it owes, and closes', async () => {
    const edge = await keyServer.connect();
    edge.socket.write(
      Buffer.concat([signRequest(1), rawFrame(2, Buffer.alloc(3), 2), signRequest(3), signRequest(4)]),
    );
    await once(edge.socket, 'end');
    edge.socket.end();
    await once(edge.socket, 'close');
    const answers = byId(edge);
    expect(new Set(answers.keys())).toEqual(new Set([1, 2]));
    expect(isSignatureOf(1, answers.get(1)!)).toBe(true);
    expect(answers.get(2)).toEqual({ kind: 'error', code: ErrorCode.VERSION_MISMATCH });
  });

  it('does not read on while an edge does not read its answers', async () => {
    const count = 20_000;
    const answered = () => keyServer.server.statistics().operations['ping']?.succeeded ?? 0;
    const before = answered();
    const edge = await keyServer.connect();
    edge.socket.pause();
    const ping = rawRequest(0, Opcode.PING, Buffer.alloc(1000));
    for (let index = 0; index < count; index++) edge.socket.write(ping);
    let seen: number;
    do {
      seen = answered();
      await sleep(300);
    } while (answered() > seen || seen === before);
    // 20 MB of answers are owed; what the server and the kernel hold for this edge is a tenth of that at most.
    expect(seen - before).toBeLessThan(count / 10);
    edge.socket.resume();
    await edge.waitForAnswers(count);
    expect(answered() - before).toBe(count);
  });

  it('logs refusals without what was in the request, and not without end', async () => {
    const before = keyServer.log.length;
    const edge = await keyServer.connect();
    const secret = Buffer.from('premaster secret');
    await edge.exchange(
      Buffer.concat(Array.from({ length: 500 }, (_, id) => rawRequest(id, 0x77, secret))),
      500,
    );
    const lines = keyServer.log.slice(before).filter(({ msg }) => msg === 'request refused');
    expect(lines.length).toBeGreaterThan(0);
    expect(lines.length).toBeLessThan(250);
    expect(lines[0]).toMatchObject({ reason: 'opcode_unknown', client: 'CN=edge' });
    expect(JSON.stringify(lines)).not.toContain(secret.toString());
    expect(JSON.stringify(lines)).not.toContain(secret.toString('hex'));
  });
});

describe('a key server', () => {
  it('lets go of an edge that does not close its side after the server has', async () => {
    const server = await startKeyServer([privateKey]);
    const edge = await server.connect();
    await edge.exchange(rawFrame(2, Buffer.alloc(0), 9));
    await untilNoneIsConnected(server);
    expect(edge.socket.writable).toBe(true);
    await server.close();
  });

  it.each([
    ['TCP', undefined],
    ['a Unix socket', { listen: 'unix_socket: keyless.sock' }],
  ])('survives edges that leave in the middle of everything over %s', async (_transport, listen) => {
    const server = await startKeyServer([privateKey], '', listen);
    for (let round = 0; round < 20; round++) {
      const edge = await server.connect();
      edge.socket.write(Buffer.concat(Array.from({ length: 50 }, (_, id) => signRequest(id))));
      await new Promise((resolve) => setImmediate(resolve));
      edge.socket.destroy();
    }
    await untilNoneIsConnected(server);
    while (server.server.statistics().queued > 0) await sleep(5);
    const edge = await server.connect();
    await edge.exchange(signRequest(1));
    await server.close();
  });

  it('ends idle connections', async () => {
    const server = await startKeyServer([privateKey], 'idle_timeout: 1s');
    const edge = await server.connect();
    await edge.exchange(signRequest(1));
    await once(edge.socket, 'end');
    await server.close();
    expect(edge.answers).toHaveLength(1);
  });

  it('answers what has arrived before it closes, and then lets its edges go', async () => {
    const server = await startKeyServer([privateKey], 'pid_file: server.pid');
    expect(Number(await readFile(join(server.folder, 'server.pid'), 'utf8'))).toBe(process.pid);
    const edge = await server.connect();
    edge.socket.on('end', () => edge.socket.end());
    const ids = Array.from({ length: 200 }, (_, id) => id);
    const ended = once(edge.socket, 'end');
    await edge.exchange(Buffer.concat(ids.map((id) => signRequest(id))));
    await server.server.close();
    await ended;
    expect(edge.answers).toHaveLength(ids.length);
    await expect(stat(join(server.folder, 'server.pid'))).rejects.toMatchObject({ code: 'ENOENT' });
    await server.close();
  });

  it('does not wait for an edge that does not go for longer than it is told', async () => {
    const server = await startKeyServer([privateKey]);
    const edge = await server.connect();
    edge.socket.pause();
    await server.server.close({ drainTimeout: 50 });
    await untilNoneIsConnected(server);
    await server.close();
  });

  it('replaces a Unix socket that nobody listens on, and no other file', async () => {
    const first = await startKeyServer([privateKey], '', { listen: 'unix_socket: keyless.sock' });
    const path = join(first.folder, 'keyless.sock');
    const second = startKeyServer([privateKey], '', { listen: `unix_socket: ${path}` });
    await expect(second).rejects.toMatchObject({ code: 'LATCHKEY_LISTEN_FAILED', address: path });
    await first.close();

    const third = await startKeyServer([privateKey]);
    const file = join(third.folder, 'precious');
    await writeFile(file, 'precious');
    await expect(startKeyServer([privateKey], '', { listen: `unix_socket: ${file}` })).rejects.toMatchObject({
      code: 'LATCHKEY_LISTEN_FAILED',
    });
    expect(await readFile(file, 'utf8')).toBe('precious');
    await third.close();
  });

  it('serves the keys that it could read and names the others', async () => {
    const server = await startKeyServer([privateKey], 'private_key_files: [missing.key]');
    const edge = await server.connect();
    await edge.exchange(signRequest(1));
    expect(isSignatureOf(1, edge.answers[0]!.answer)).toBe(true);
    expect(server.server.keyProblems).toMatchObject([{ file: join(server.folder, 'missing.key') }]);
    expect(server.log).toContainEqual(
      expect.objectContaining({ level: 50, msg: 'key not served: there is no such file or folder' }),
    );
    await server.close();
  });
});
