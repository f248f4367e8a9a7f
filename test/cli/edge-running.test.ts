import { once } from 'node:events';
import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type RequestListener } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { connect as connectTls } from 'node:tls';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { createDevelopmentPki, edgeConfigurationText, writeDevelopmentPki } from 'latchkey/pki';
import { describe, expect, it, onTestFinished } from 'vitest';
import { latchkey, RunningCommand, startKeyServer, temporaryFolder } from './support.js';

describe('the admin endpoint of an edge', () => {
  it('counts handshakes, operations and requests', async () => {
    const edge = await startEdge('admin: 127.0.0.1:0\n');
    await get(edge, '/');
    const metrics = await metricsOf(edge);
    expect(metrics).toMatch(
      /latchkey_edge_handshakes_total\{version="TLSv1.3",cipher="TLS_[A-Z0-9_]*",handshake="full",alpn="none"\} 1/,
    );
    expect(metrics).toContain('latchkey_edge_operations_total{operation="sign"} 1');
    expect(metrics).toMatch(
      /latchkey_edge_requests_total\{origin="http:\/\/127\.0\.0\.1:\d+",outcome="answered",status="2xx"\} 1/,
    );
    expect(metrics).toMatch(/latchkey_edge_origin_answer_seconds_count\{origin="http:[^"]*"\} 1/);
    expect(metrics).toMatch(/latchkey_edge_key_server_operation_seconds_count\{server="127[^"]*"\} [1-9]/);
    expect(metrics).toMatch(/latchkey_edge_key_server_available\{server="127[^"]*"\} 1/);
    expect(metrics).toMatch(/certificate_expiration_timestamp_seconds\{.*cn="ecdsa\.localhost".*\} \d+/);
  });

  it('counts requests that no origin has answered, by the reason', async () => {
    const edge = await startEdge('admin: 127.0.0.1:0\n', (request) => request.socket.destroy());
    expect(await status(edge, { path: '/' })).toBe(502);
    const url = 'http://127\\.0\\.0\\.1:\\d+';
    expect(await metricsOf(edge)).toMatch(
      new RegExp(
        `latchkey_edge_requests_total\\{origin="${url}",outcome="origin_failed",status="5xx"\\} 1\n`,
      ),
    );
  });

  it('has the metrics that the guide explains, and no others', async () => {
    const edge = await startEdge('workers: 2\nadmin: 127.0.0.1:0\n');
    const names = (text: string, pattern: RegExp): string[] => [
      ...new Set([...text.matchAll(pattern)].map(([, name = '']) => name)),
    ];
    const guide = readFileSync(new URL('../../docs/guides/edge.md', import.meta.url), 'utf8');
    const explained = names(guide, /^\| `(\w+_\w+)` /gm).filter((name) =>
      /^latchkey|^certificate/.test(name),
    );
    const shown = names(await metricsOf(edge), /^# HELP ((?:latchkey|certificate)_\w+) /gm);
    expect(shown.toSorted()).toEqual(explained.toSorted());
  });

  it('is ready as long as a key server answers, and alive in any case', async () => {
    const edge = await startEdge('admin: 127.0.0.1:0\n');
    await until(async () => (await fetch(`${edge.admin}/readyz`)).status === 200);
    expect(await (await fetch(`${edge.admin}/readyz`)).json()).toEqual({ ready: true, problems: [] });
    edge.keyServer.signal('SIGTERM');
    await edge.keyServer.ended();
    await until(async () => (await fetch(`${edge.admin}/readyz`)).status === 503);
    expect(await (await fetch(`${edge.admin}/readyz`)).json()).toMatchObject({
      problems: [{ problem: 'key_servers_unavailable' }],
    });
    expect((await fetch(`${edge.admin}/healthz`)).status).toBe(200);
  });
});

describe('the access log', () => {
  it('has a line for each request, without what follows the question mark', async () => {
    const edge = await startEdge('access_log: access.log\n');
    await get(edge, '/page?token=secret');
    await stop(edge);
    const text = readFileSync(join(edge.folder, 'access.log'), 'utf8');
    expect(JSON.parse(text)).toMatchObject({
      client: '127.0.0.1',
      method: 'GET',
      path: '/page',
      protocol: 'HTTP/1.1',
      status: 200,
      outcome: 'answered',
      sent: 2,
    });
    expect(text).not.toContain('secret');
  });

  it('has the query where that is asked for, and goes on in a new file after SIGHUP', async () => {
    const edge = await startEdge('access_log: access.log\naccess_log_queries: true\n');
    await get(edge, '/?first');
    const [log, old] = ['access.log', 'access.log.1'].map((file) => join(edge.folder, file)) as [
      string,
      string,
    ];
    renameSync(log, old);
    edge.command.signal('SIGHUP');
    await until(() => existsSync(log));
    await get(edge, '/?second');
    await stop(edge);
    expect(readFileSync(log, 'utf8')).toContain('"query":"second"');
    expect(`${readFileSync(old, 'utf8')}${readFileSync(log, 'utf8')}`).toContain('"query":"first"');
  });

  it('that cannot be opened is an error', async () => {
    const folder = await makeFolder('access_log: nowhere/access.log\n');
    const { exitCode, errors } = await latchkey('edge', '--config', join(folder, 'edge.yaml'));
    expect(exitCode).toBe(1);
    expect(errors).toContain('cannot open the access log');
  });
});

describe('limits of visitors', () => {
  it('refuse a header that is too long, and one that does not come', async () => {
    const edge = await startEdge('limits: {header_size: 2000, header_timeout: 200}\n');
    expect(await status(edge, { headers: { 'x-long': 'x'.repeat(3000) } })).toBe(431);
    const visitor = connectTls({ host: '127.0.0.1', port: edge.port, rejectUnauthorized: false });
    visitor.write('GET / HTTP/1.1\r\nX-Slow: ');
    expect((await buffer(visitor)).toString()).toMatch(/^HTTP\/1\.1 408 /);
  });

  it('refuse a body that is too long, whether or not it says so', async () => {
    const edge = await startEdge('limits: {body_size: 1000}\n');
    const body = Buffer.alloc(2000);
    expect(await status(edge, { method: 'POST', headers: { 'content-length': '2000' }, body })).toBe(413);
    expect(await status(edge, { method: 'POST', body })).toBe(413);
    expect(await status(edge, { method: 'POST', body: body.subarray(1000) })).toBe(200);
  });

  it('end connections that are idle', async () => {
    const edge = await startEdge('limits: {idle_timeout: 100, header_timeout: 200}\n');
    const http1 = connectTls({ host: '127.0.0.1', port: edge.port, rejectUnauthorized: false });
    const http2 = connectTls({
      host: '127.0.0.1',
      port: edge.port,
      rejectUnauthorized: false,
      ALPNProtocols: ['h2'],
    });
    http2.write('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0', 'latin1');
    await Promise.all([once(http1.resume(), 'close'), once(http2.resume(), 'close')]);
  });
});

describe('a request for a host of another site', () => {
  it('is refused: 421', async () => {
    const edge = await startEdge('');
    expect(await status(edge, { servername: 'rsa.localhost', headers: { host: 'rsa.localhost' } })).toBe(200);
    expect(await status(edge, { servername: 'rsa.localhost', headers: { host: 'ecdsa.localhost' } })).toBe(
      421,
    );
  });
});

describe('an edge of several processes', () => {
  it('serves on one port, adds up what they have done, and replaces one that dies', async () => {
    const edge = await startEdge('workers: 2\nadmin: 127.0.0.1:0\n');
    for (let count = 0; count < 6; count += 1) await get(edge, '/');
    const metrics = await metricsOf(edge);
    expect(metrics).toMatch(/latchkey_edge_requests_total\{.*outcome="answered",status="2xx"\} 6/);
    expect(metrics).toContain('latchkey_edge_workers 2');

    const [victim] = edge.workers();
    process.kill(Number(victim), 'SIGKILL');
    await until(async () => /workers_replaced_total 1\n/.test(await metricsOf(edge)));
    await until(async () => (await fetch(`${edge.admin}/readyz`)).status === 200);
    expect(edge.workers()).toHaveLength(2);
    expect(edge.workers()).not.toContain(victim);
    for (let count = 0; count < 4; count += 1) await get(edge, '/');
  });

  it('resumes in one what began in another', async () => {
    const edge = await startEdge('workers: 2\nadmin: 127.0.0.1:0\n');
    const { session } = await handshake(edge);
    // They take turns: two visits in a row are two processes.
    const reused = [(await handshake(edge, session)).reused, (await handshake(edge, session)).reused];
    expect(reused).toEqual([true, true]);
    expect(await metricsOf(edge)).toContain('latchkey_edge_operations_total{operation="sign"} 1\n');
  });

  it('lets requests under way finish when it is told to end', async () => {
    let answer: (() => void) | undefined;
    const edge = await startEdge('workers: 2\n', (request, response) => {
      if (request.url === '/') response.end('ok');
      else answer = () => response.end('late');
    });
    const request = ask(edge, { path: '/late' });
    request.end();
    const response = once(request, 'response') as Promise<[IncomingMessage]>;
    await until(() => answer !== undefined);
    edge.command.signal('SIGTERM');
    await until(() => edge.command.errors.includes('edge ends'));
    answer?.();
    expect((await buffer((await response)[0])).toString()).toBe('late');
    expect(await edge.command.ended()).toMatchObject({ exitCode: 0 });
  });

  it('ends with 2 and one complaint when its certificates cannot be used', async () => {
    const folder = await makeFolder('workers: 2\n');
    writeFileSync(join(folder, 'sites/rsa.localhost/chain.pem'), 'no certificate\n');
    const { exitCode, errors } = await latchkey('edge', '--config', join(folder, 'edge.yaml'));
    expect(exitCode).toBe(2);
    expect(errors.match(/rsa\.localhost/g)).toHaveLength(1);
  });

  it('ends with 1 and says why when its workers cannot listen', async () => {
    const taken = createServer().listen(0, '127.0.0.1');
    await once(taken, 'listening');
    const { port } = taken.address() as AddressInfo;
    const folder = await makeFolder('workers: 2\n');
    const { exitCode, errors } = await latchkey(
      'edge',
      '--config',
      join(folder, 'edge.yaml'),
      '--listen',
      `127.0.0.1:${port}`,
    );
    taken.close();
    expect(exitCode).toBe(1);
    expect(errors).toContain(`127.0.0.1:${port}`);
  });
});

interface TestEdge {
  readonly folder: string;
  readonly port: number;
  /** Where the admin endpoint is. */
  readonly admin: string;
  readonly command: RunningCommand;
  readonly keyServer: RunningCommand;
  /** The process ids of those that serve. */
  readonly workers: () => string[];
}

async function makeFolder(
  configuration: string,
  keyServerPort = 1,
  origin = 'http://127.0.0.1:1',
): Promise<string> {
  const folder = temporaryFolder();
  await writeDevelopmentPki(await createDevelopmentPki(), folder);
  const text = edgeConfigurationText(SITES, { keyServerPort, edgePort: 0, origin });
  writeFileSync(join(folder, 'edge.yaml'), `${configuration}${text}`);
  return folder;
}

async function startEdge(
  configuration: string,
  listener: RequestListener = (_request, response) => response.end('ok'),
): Promise<TestEdge> {
  const origin = createServer(listener);
  origin.listen(0, '127.0.0.1');
  await once(origin, 'listening');
  onTestFinished(() => {
    origin.closeAllConnections();
    origin.close();
  });
  const originUrl = `http://127.0.0.1:${(origin.address() as AddressInfo).port}`;
  const folder = await makeFolder('');
  const { port: keyServerPort, command: keyServer } = await startKeyServer(join(folder, 'server.yaml'));
  const text = edgeConfigurationText(SITES, { keyServerPort, edgePort: 0, origin: originUrl });
  writeFileSync(join(folder, 'edge.yaml'), `${configuration}${text}`);
  const command = new RunningCommand(['edge', '--config', join(folder, 'edge.yaml')]);
  const [, port] = await command.printed(/listens on [^ ]*:(\d+)/);
  const admin = configuration.includes('admin')
    ? ((await command.printed(/metrics: (http:\S*)\/metrics\n/))[1] ?? '')
    : '';
  const workers = (): string[] =>
    readFileSync(`/proc/${command.pid}/task/${command.pid}/children`, 'utf8').trim().split(' ');
  return { folder, port: Number(port), admin, command, keyServer, workers };
}

async function stop({ command }: TestEdge): Promise<void> {
  command.signal('SIGTERM');
  await command.ended();
}

interface Question {
  readonly path?: string;
  readonly method?: string;
  readonly servername?: string;
  readonly headers?: Record<string, string>;
  readonly body?: Buffer;
}

function ask({ port }: TestEdge, question: Omit<Question, 'body'>) {
  return httpsRequest({ host: '127.0.0.1', port, agent: false, rejectUnauthorized: false, ...question });
}

async function status(edge: TestEdge, question: Question): Promise<number | undefined> {
  const request = ask(edge, question);
  // Where the answer came first, the rest of a body goes nowhere.
  request.on('error', () => {});
  if (question.body !== undefined && question.headers === undefined)
    request.write(question.body.subarray(0, 1));
  request.end(question.headers === undefined ? question.body?.subarray(1) : question.body);
  const [response] = (await once(request, 'response')) as [IncomingMessage];
  response.resume();
  return response.statusCode;
}

async function get(edge: TestEdge, path: string): Promise<void> {
  const request = ask(edge, { path });
  request.end();
  const [response] = (await once(request, 'response')) as [IncomingMessage];
  expect((await buffer(response)).toString()).toBe('ok');
}

async function metricsOf({ admin }: TestEdge): Promise<string> {
  return (await fetch(`${admin}/metrics`)).text();
}

/** Visits the edge and takes a ticket. */
async function handshake({ port }: TestEdge, session?: Buffer) {
  const socket = connectTls({
    host: '127.0.0.1',
    port,
    rejectUnauthorized: false,
    ...(session && { session }),
  });
  const ticket = once(socket, 'session') as Promise<[Buffer]>;
  await once(socket, 'secureConnect');
  const reused = socket.isSessionReused();
  const [next] = await ticket;
  socket.destroy();
  return { session: next, reused };
}

async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await condition())) await new Promise((resolve) => setTimeout(resolve, 10));
}

const SITES = ['ecdsa.localhost', 'rsa.localhost'];
