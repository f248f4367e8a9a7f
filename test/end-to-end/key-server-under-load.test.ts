import { createHash, generateKeyPairSync } from 'node:crypto';
import { existsSync, mkdirSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ConnectionOptions } from 'node:tls';
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { startKeyServer, temporaryFolder, type RunningCommand } from '../cli/support.js';
import { encodeItem, frame, frameOfBody, type Item, RawConnection } from '../conformance/frames.js';
import { skiItem } from '../conformance/key-server.js';
import { type Authority, type IssuedCertificate, makeAuthority } from 'latchkey/pki';
import { SigningLoad } from './signing-load.js';

const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 });
const ec = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const MESSAGE = Buffer.from('handshake');
const DIGEST = createHash('sha256').update(MESSAGE).digest();
const SUCCESS = 0xf0;

let folder: string;
let authority: Authority;
let edge: IssuedCertificate;
let command: RunningCommand;
let port: number;

beforeEach(async () => {
  folder = temporaryFolder();
  authority = await makeAuthority();
  edge = await authority.issue({ commonName: 'edge', usages: ['client'] });
  mkdirSync(join(folder, 'keys'));
  put('keyless_cacert.pem', authority.certificatePem);
  put('keys/rsa.key', rsa.privateKey.export({ type: 'pkcs8', format: 'pem' }));
  put('keys/ec.key', ec.privateKey.export({ type: 'pkcs8', format: 'pem' }));
  putPolicy(1);
  await putChannelCertificate('first');
  put('gokeyless.yaml', CONFIGURATION);
  ({ command, port } = await startKeyServer(join(folder, 'gokeyless.yaml')));
});

const CONFIGURATION = `
address: 127.0.0.1
metrics_port: off
private_key_stores: [{dir: keys}]
policy_file: policy.yaml
pid_file: server.pid
drain_timeout: 20s
`;

describe('a key server under load', () => {
  it('is reloaded 20 times, its certificate and policy changing, and not an operation fails', async () => {
    const load = new SigningLoad(clientOptions(), [rsa.publicKey, ec.publicKey]);
    await load.more(50);
    for (let round = 1; round <= 20; round++) {
      await putChannelCertificate(`certificate ${round}`);
      putPolicy(round);
      command.signal('SIGHUP');
      await reloads(round);
      await load.more(10);
    }
    const late = new SigningLoad(clientOptions(), [rsa.publicKey]);
    await late.more(10);
    await Promise.all([load.stop(), late.stop()]);
    expect([...load.failures, ...late.failures]).toEqual([]);
    const { socket } = await connect();
    expect(socket.getPeerCertificate().subject.CN).toBe('certificate 20');
  });

  it('goes on as it was when what it should reload cannot be used', async () => {
    const load = new SigningLoad(clientOptions(), [rsa.publicKey, ec.publicKey]);
    await load.more(20);
    put('policy.yaml', 'rules: [{clients: all');
    put('keys/ec.key', 'not a key any more');
    command.signal('SIGHUP');
    await logged(/not reloaded: all is served as it was before/);
    await load.more(50);
    putPolicy(2);
    command.signal('SIGHUP');
    await logged(/not reloaded, what it held before is still served/);
    await load.more(50);
    await load.stop();
    expect(load.failures).toEqual([]);
  });

  it('answers every request that was sent before SIGTERM, and exits with 0', async () => {
    const generators = await Promise.all([1, 2, 3].map(() => connect()));
    const sent = generators.map(() => new Set<number>());
    let goesOn = true;
    for (const [index, { socket }] of generators.entries()) {
      const sendMore = (id: number) => {
        if (!goesOn || socket.destroyed) return;
        socket.write(frame(signItems(index === 0 ? 'ec' : 'rsa'), { id }), () => sent[index]!.add(id));
        setImmediate(() => sendMore(id + 1));
      };
      sendMore(0);
    }
    while (generators.some(({ answers }) => answers.length < 50)) await turn();
    const beforeSignal = sent.map((ids) => [...ids]);
    command.signal('SIGTERM');
    await Promise.all(generators.map((generator) => generator.closed()));
    goesOn = false;
    for (const [index, { answers }] of generators.entries()) {
      const performed = new Set(answers.filter(({ opcode }) => opcode === SUCCESS).map(({ id }) => id));
      expect(beforeSignal[index]!.filter((id) => !performed.has(id))).toEqual([]);
      expect(answers).toHaveLength(performed.size);
    }
    for (const { socket } of generators) socket.destroy();
    expect(existsSync(join(folder, 'server.pid'))).toBe(true);
    expect((await command.ended()).exitCode).toBe(0);
    expect(existsSync(join(folder, 'server.pid'))).toBe(false);
  });

  it.each([
    ['SIGTERM', 143],
    ['SIGINT', 130],
  ] as const)('exits at once at a second %s, with %i', async (signal, exitCode) => {
    const { socket } = await connect();
    // An edge that never takes its answers would be waited for.
    socket.pause();
    for (let id = 0; id < 3000; id++) socket.write(frame(signItems('ec'), { id }));
    command.signal(signal);
    await logged(/key server ends/);
    command.signal(signal);
    expect((await command.ended()).exitCode).toBe(exitCode);
    expect(existsSync(join(folder, 'server.pid'))).toBe(false);
  });

  it('gives an honest client every answer while ten connections send all that is malformed', async () => {
    const load = new SigningLoad(clientOptions(), [rsa.publicKey, ec.publicKey], 4);
    const attacks = Array.from({ length: 10 }, (_, index) => attack(index));
    await load.more(300);
    const answered = await Promise.all(attacks);
    await load.stop();
    expect(load.failures).toEqual([]);
    expect(answered.every((count) => count > 0)).toBe(true);
  });
});

/** Sends everything that is malformed, over and over; a connection that the server closes is followed by another. */
async function attack(seed: number): Promise<number> {
  let answered = 0;
  for (let round = 0; round < 5; round++) {
    const connection = await connect();
    const bytes = [...malformed()].flatMap((one, index) => [one, frame(PING, { id: index })]);
    const expected = bytes.length;
    connection.socket.write(Buffer.concat(bytes));
    while (connection.answers.length < expected && !connection.socket.destroyed) await turn();
    // The last word costs the connection.
    connection.socket.write(LAST_WORDS[(seed + round) % LAST_WORDS.length]!);
    await connection.closed();
    answered += connection.answers.length;
    connection.socket.destroy();
  }
  return answered;
}

const PING: readonly Item[] = [[0x11, Buffer.of(0xf1)]];

/** Bytes after which nothing can be framed any more. */
const LAST_WORDS = [frame(PING, { majorVersion: 2 }), Buffer.alloc(9, 0xff), frame([], { majorVersion: 0 })];

/** Frames that are framed right and malformed inside, and requests that cannot be served: docs/protocol/kssl1.md. */
function* malformed(): Generator<Buffer> {
  const tags = [0x01, 0x02, 0x03, 0x04, 0x05, 0x06, 0x11, 0x12, 0x13, 0x14, 0x15, 0x16, 0x17];
  const ping = Buffer.concat(PING.map(encodeItem));
  yield frameOfBody(new Uint8Array(0));
  yield frameOfBody(Buffer.alloc(65_535, 0xff));
  for (const tag of tags) {
    const twice: Item = [tag, Buffer.of(1)];
    yield frame([...PING, twice, twice]);
    yield frameOfBody(Buffer.concat([ping, Buffer.of(tag, 0xff, 0xff)]));
    yield frameOfBody(Buffer.concat([ping, Buffer.of(tag, 0, 200, 1)]));
  }
  for (const length of [1, 3, 5, 15, 17])
    for (const tag of [0x03, 0x05]) yield frame([...PING, [tag, Buffer.alloc(length)]]);
  for (const length of [0, 2, 300]) yield frame([[0x11, Buffer.alloc(length, 0xf1)]]);
  for (const length of [2, 300]) yield frame([...PING, [0x17, Buffer.alloc(length)]]);
  for (let opcode = 0; opcode < 256; opcode++) if (opcode !== 0xf1) yield frame([[0x11, Buffer.of(opcode)]]);
  for (const text of ['null', '{', '[]', '1', '"', '\u0000', '{"request_id":{}}']) {
    yield frame([...signItems('ec'), [0x16, Buffer.from(text)]]);
  }
  for (const length of [0, 1, 31, 33, 60_000])
    yield frame([skiItem(ec.publicKey), [0x11, Buffer.of(0x15)], [0x12, Buffer.alloc(length)]]);
}

function signItems(key: 'rsa' | 'ec'): readonly Item[] {
  const [publicKey, opcode] = key === 'rsa' ? [rsa.publicKey, 0x05] : [ec.publicKey, 0x15];
  return [skiItem(publicKey), [0x11, Buffer.of(opcode)], [0x12, DIGEST]];
}

async function connect(): Promise<RawConnection> {
  const options: ConnectionOptions = {
    host: '127.0.0.1',
    port,
    servername: 'localhost',
    ca: authority.certificatePem,
    cert: edge.certificatePem,
    key: edge.keyPem,
  };
  const connection = await RawConnection.open(options);
  onTestFinished(() => void connection.socket.destroy());
  return connection;
}

function clientOptions() {
  return {
    keyServers: [{ host: '127.0.0.1', port }],
    certificate: edge.certificatePem,
    key: edge.keyPem,
    ca: authority.certificatePem,
  };
}

async function putChannelCertificate(commonName: string): Promise<void> {
  const { certificatePem, keyPem } = await authority.issue({
    commonName,
    names: ['localhost', '127.0.0.1'],
    usages: ['server'],
  });
  put('server.pem', certificatePem);
  put('server-key.pem', keyPem);
}

function putPolicy(rate: number): void {
  put(
    'policy.yaml',
    `rules: [{clients: [{common_name: edge}], keys: all, allow: sign}]\nlimits: [{clients: all, rate: ${rate}000000/s}]\n`,
  );
}

/** As whoever is careful replaces a file that somebody reads. */
function put(name: string, content: string | Buffer): void {
  writeFileSync(join(folder, `${name}.new`), content);
  renameSync(join(folder, `${name}.new`), join(folder, name));
}

async function reloads(count: number): Promise<void> {
  while ((command.errors.match(/"msg":"reloaded"/g) ?? []).length < count) await turn();
}

async function logged(pattern: RegExp): Promise<void> {
  while (!pattern.test(command.errors)) await turn();
}

function turn(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 1));
}
