import { generateKeyPairSync } from 'node:crypto';
import { Duplex } from 'node:stream';
import type { TLSSocket } from 'node:tls';
import { type AnswerDecoding, decodeAnswer, encodeRequest, FrameDecoder } from '@latchkey/codec/kssl1';
import { PrivateKey } from '@latchkey/native';
import { pino } from 'pino';
import { beforeEach, describe, expect, it } from 'vitest';
import type { AuditLog } from '../audit/audit-log.js';
import type { AuditEntry } from '../audit/entry.js';
import { ServedCertificates } from '../certificates/served-certificates.js';
import { KeyStore, storedKey } from '../keys/key-store.js';
import { OperationRecorder } from '../metrics/operation-recorder.js';
import type { OperationFailure } from '../operations/failure.js';
import type { ClientIdentity } from '../policy/client-identity.js';
import { policyWithoutFile } from '../policy/policy.js';
import type { Job } from '../pool/job.js';
import { Counters } from '../statistics.js';
import { Turn } from '../turn.js';
import { Connection, type ConnectionContext } from './connection.js';
import { AnswerMemory } from './answer-memory.js';
import { Slab } from '../slab.js';
import { RequestBudget } from './request-budget.js';

const privateKey = PrivateKey.parse(
  generateKeyPairSync('ed25519').privateKey.export({ type: 'pkcs8', format: 'der' }),
);
const CLIENT: ClientIdentity = {
  subject: 'CN=edge',
  fingerprint: '00'.repeat(32),
  commonNames: ['edge'],
  dnsNames: [],
  uris: [],
  ipAddresses: [],
  emails: [],
  issuer: { name: 'CN=Test CA', fingerprints: [] },
};
const LIMITS = {
  handshakeTimeout: 1000,
  idleTimeout: 1000,
  operationTimeout: 1000,
  maximumInFlight: 4,
  maximumQueuedBytes: 8192,
};

/** The end of a TLS connection that the server has: what it writes is kept, and taken only when the test says so. */
class FakeSocket extends Duplex {
  readonly writes: Buffer[] = [];
  bytesRead = 0;
  #onTaken: (() => void) | undefined;

  constructor() {
    super({ writableHighWaterMark: 1 });
  }

  override _read(): void {}

  override _write(chunk: Buffer, _encoding: string, callback: () => void): void {
    // Once it is taken its memory is used again.
    this.writes.push(Buffer.from(chunk));
    this.#onTaken = callback;
  }

  /** Lets the edge take what was written, until nothing is left. */
  drainToEdge(): void {
    for (let taken = this.#onTaken; taken !== undefined; taken = this.#onTaken) {
      this.#onTaken = undefined;
      taken();
    }
  }

  setNoDelay(): this {
    return this;
  }

  setKeepAlive(): this {
    return this;
  }

  setTimeout(): this {
    return this;
  }
}

let socket: FakeSocket;
let connection: Connection;
let context: ConnectionContext;
let jobs: Job[];
let executor: { submit: (job: Job) => void };
let counters: Counters;
let budget: RequestBudget;
let audit: { permitsOperations: boolean; entries: AuditEntry[]; append: (entry: AuditEntry) => void };

beforeEach(() => {
  socket = new FakeSocket();
  jobs = [];
  executor = { submit: (job) => void jobs.push(job) };
  counters = new Counters();
  budget = new RequestBudget(8, 1024 * 1024);
  audit = { permitsOperations: true, entries: [], append: (entry) => void audit.entries.push(entry) };
  context = {
    keys: new KeyStore([storedKey(privateKey, 'site.key')]),
    policy: policyWithoutFile({ rsaDecrypt: false, delegatedCredentials: false }),
    sealing: undefined,
    certificates: new ServedCertificates({ chains: [], problems: [] }, pino({ level: 'silent' })),
    audit: audit as unknown as AuditLog,
    budget,
    limits: LIMITS,
    executor,
    turn: new Turn(),
    slab: new Slab(),
    answerMemory: new AnswerMemory(),
    counters,
    durations: new OperationRecorder(),
  };
  connection = new Connection(socket as unknown as TLSSocket, CLIENT, context, pino({ level: 'silent' }));
});

/** Bytes arrive; returns in a later turn. */
async function arrive(...frames: readonly Uint8Array[]): Promise<void> {
  socket.push(Buffer.concat(frames));
  await turnEnds();
}

async function turnEnds(): Promise<void> {
  await new Promise((resolve) => setImmediate(resolve));
  await new Promise((resolve) => setImmediate(resolve));
}

function sign(id: number, message = Buffer.from('message')): Uint8Array {
  const operation = { type: 'sign_message', scheme: 'ed25519', message } as const;
  return encodeRequest(id, { key: { ski: privateKey.ski }, operation });
}

function ping(id: number, length = 0): Uint8Array {
  return encodeRequest(id, { key: {}, operation: { type: 'ping', payload: Buffer.alloc(length) } });
}

function answers(): ReadonlyMap<number, AnswerDecoding> {
  const found = new Map<number, AnswerDecoding>();
  const decoder = new FrameDecoder({
    onFrame: (id, bytes, start, end) => void found.set(id, decodeAnswer(bytes, start, end)),
    onVersionMismatch: () => {},
  });
  for (const chunk of socket.writes) decoder.push(chunk);
  return found;
}

describe('Connection', () => {
  it('writes all answers of a turn at once', async () => {
    await arrive(ping(1), sign(2), ping(3));
    expect(socket.writes).toHaveLength(1);
    jobs[0]!.complete(Buffer.from('signature'));
    socket.drainToEdge();
    await turnEnds();
    expect(socket.writes).toHaveLength(2);
    expect([...answers().keys()]).toEqual([1, 3, 2]);
    expect(answers().get(2)).toMatchObject({ kind: 'answer' });
  });

  it.each([
    ['cryptography_failed', 0x01],
    ['key_not_found', 0x02],
    ['not_configured', 0x0b],
    ['deadline_exceeded', 0x08],
    ['denied', 0x01],
    ['rate_limited', 0x01],
    ['internal', 0x08],
    ['closed', 0x08],
  ] as const)('answers an operation that ended as %s with 0x0%s', async (failure: OperationFailure, code) => {
    await arrive(sign(1));
    jobs[0]!.fail(failure);
    await turnEnds();
    expect(answers().get(1)).toEqual({ kind: 'error', code });
    expect(counters.snapshot()).toMatchObject({
      privateKeyOperations: 0,
      operations: { ed25519: { succeeded: 0, failed: 1 } },
    });
  });

  it('answers a request that goes wrong inside, and the next one too', async () => {
    let isBroken = true;
    executor.submit = (job) => {
      if (isBroken) throw new Error('inside');
      jobs.push(job);
    };
    await arrive(sign(1), ping(2));
    isBroken = false;
    await arrive(sign(3));
    jobs[0]!.complete(Buffer.from('signature'));
    socket.drainToEdge();
    await turnEnds();
    expect(answers().get(1)).toEqual({ kind: 'error', code: 0x08 });
    expect([...answers().keys()]).toEqual([1, 2, 3]);
  });

  it('takes no more than its share of a turn of the event loop, and goes on in the next', async () => {
    const [eager, patient] = [new FakeSocket(), new FakeSocket()];
    const roomy = { ...context, limits: { ...LIMITS, maximumQueuedBytes: 1024 * 1024 } };
    for (const end of [eager, patient])
      void new Connection(end as unknown as TLSSocket, CLIENT, roomy, pino({ level: 'silent' }));
    await turnEnds();
    eager.push(Buffer.concat(Array.from({ length: 64 }, (_, id) => ping(id))));
    patient.push(ping(1));
    await new Promise((resolve) => process.nextTick(resolve));
    expect([eager.isPaused(), patient.isPaused()]).toEqual([true, false]);
    await turnEnds();
    expect(eager.isPaused()).toBe(false);
    expect(Buffer.concat(eager.writes)).toHaveLength(64 * 1024);
  });

  it('does not read on while as many requests are under way as it may have', async () => {
    await arrive(sign(1), sign(2), sign(3));
    expect(socket.isPaused()).toBe(false);
    await arrive(sign(4));
    expect(socket.isPaused()).toBe(true);
    jobs[0]!.complete(Buffer.from('signature'));
    await turnEnds();
    expect(socket.isPaused()).toBe(false);
  });

  it('does not read on while as many bytes wait for a slow reader as may', async () => {
    await arrive(ping(1, 5000));
    expect(socket.isPaused()).toBe(false);
    await arrive(ping(2, 5000));
    expect(socket.isPaused()).toBe(true);
    socket.drainToEdge();
    await turnEnds();
    expect(socket.isPaused()).toBe(false);
    expect([...answers().keys()]).toEqual([1, 2]);
  });

  it('wants nothing more when the edge has gone, and writes nothing of what still comes', async () => {
    await arrive(sign(1), sign(2));
    expect(jobs.map(({ wanted }) => wanted)).toEqual([true, true]);
    connection.destroy();
    await turnEnds();
    expect(jobs.map(({ wanted }) => wanted)).toEqual([false, false]);
    jobs[0]!.complete(Buffer.from('signature'));
    jobs[1]!.fail('cancelled');
    await turnEnds();
    expect(socket.writes).toEqual([]);
  });

  it('ends once all that is owed is answered, and takes no request after that was decided', async () => {
    await arrive(sign(1));
    connection.close();
    await arrive(sign(2));
    expect(socket.writableEnded).toBe(false);
    expect(jobs).toHaveLength(1);
    jobs[0]!.complete(Buffer.from('signature'));
    await turnEnds();
    expect(socket.writableEnded).toBe(true);
    expect([...answers().keys()]).toEqual([1]);
  });

  it('records each operation with its result, and no ping', async () => {
    await arrive(sign(1), ping(2), sign(3));
    expect(audit.entries).toEqual([]);
    jobs[0]!.complete(Buffer.from('signature'));
    jobs[1]!.fail('cryptography_failed');
    expect(audit.entries.map(({ client, key, result }) => [client.commonName, key?.label, result])).toEqual([
      ['edge', 'site', 'ok'],
      ['edge', 'site', 'cryptography_failed'],
    ]);
  });

  it('records what is answered to nobody, since the edge has gone', async () => {
    await arrive(sign(1));
    connection.destroy();
    await turnEnds();
    jobs[0]!.complete(Buffer.from('signature'));
    expect(audit.entries).toHaveLength(1);
  });

  it('performs nothing that would have to be recorded and cannot be', async () => {
    audit.permitsOperations = false;
    await arrive(sign(1), ping(2));
    expect(jobs).toEqual([]);
    expect(audit.entries).toEqual([]);
    expect([...answers()]).toMatchObject([
      [1, { kind: 'error', code: 0x08 }],
      [2, { kind: 'answer' }],
    ]);
  });

  it('refuses what is beyond what all connections may have under way, and does not read on before there is room', async () => {
    for (let count = 0; count < 7; count++) budget.take(1);
    await arrive(sign(1), sign(2));
    expect(jobs).toHaveLength(1);
    expect(answers().get(2)).toEqual({ kind: 'error', code: 0x08 });
    expect(socket.isPaused()).toBe(true);
    for (let count = 0; count < 7; count++) budget.release(1);
    await turnEnds();
    expect(socket.isPaused()).toBe(false);
  });

  it('serves what was on its way when it was to let the edge go', async () => {
    connection.drain();
    await arrive(sign(1));
    expect(jobs).toHaveLength(1);
    jobs[0]!.complete(Buffer.from('signature'));
    while (!socket.writableEnded) await turnEnds();
    expect([...answers().keys()]).toEqual([1]);
  });

  it('does not let an edge go whose requests it has not read', async () => {
    await arrive(sign(1), sign(2), sign(3), sign(4));
    connection.drain();
    socket.push(sign(5));
    await new Promise((resolve) => setTimeout(resolve, 300));
    for (const job of jobs.slice(0, 4)) job.complete(Buffer.from('signature'));
    while (jobs.length < 5) await turnEnds();
    jobs[4]!.complete(Buffer.from('signature'));
    socket.drainToEdge();
    while (!socket.writableEnded) await turnEnds();
    socket.drainToEdge();
    expect([...answers().keys()]).toEqual([1, 2, 3, 4, 5]);
  });
});
