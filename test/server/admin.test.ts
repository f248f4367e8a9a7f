import { spawnSync } from 'node:child_process';
import { createHash, generateKeyPairSync, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { request } from 'node:http';
import { createServer, type AddressInfo } from 'node:net';
import type { OperationRequest } from '@latchkey/codec';
import { encodeRequest } from '@latchkey/codec/kssl1';
import { type KeyStoreProvider, KeyStoreUnavailableError, type ProvidedKey } from '@latchkey/server';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { describeWith } from '../support/requirements.js';
import { rawFrame, startKeyServer as start, type TestKeyServer } from './support.js';

const RSA = generateKeyPairSync('rsa', { modulusLength: 2048 });
const RSA_PSS = generateKeyPairSync('rsa-pss', { modulusLength: 2048 });
const EC = generateKeyPairSync('ec', { namedCurve: 'P-384' });
const ED25519 = generateKeyPairSync('ed25519');
const ALL_KEYS = [RSA, RSA_PSS, EC, ED25519].map(({ privateKey }) => privateKey);

const running: TestKeyServer[] = [];

afterEach(async () => {
  await Promise.all(running.splice(0).map((keyServer) => keyServer.close()));
});

/** Starts a key server with an admin endpoint on a free port. */
async function startKeyServer(
  ...[keys, configuration, options]: Parameters<typeof start>
): Promise<TestKeyServer> {
  const keyServer = await start(keys, configuration, { admin: 'metrics_port: 0', ...options });
  running.push(keyServer);
  return keyServer;
}

interface Page {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
}

async function get({ server }: TestKeyServer, path: string, options?: RequestInit): Promise<Page> {
  const response = await fetch(`http://127.0.0.1:${server.adminAddress!.port}${path}`, options);
  return { status: response.status, headers: response.headers, text: await response.text() };
}

async function getJson(keyServer: TestKeyServer, path: string): Promise<{ status: number; value: unknown }> {
  const { status, text } = await get(keyServer, path);
  return { status, value: JSON.parse(text) };
}

/** SKIs of a key server's keys as hexadecimal text, in their order. */
function skisOf({ server }: TestKeyServer): string[] {
  return [...server.keys].map(({ ski }) => Buffer.from(ski).toString('hex'));
}

function signEd25519({ server }: TestKeyServer): OperationRequest {
  const [key] = [...server.keys].filter(({ privateKey: { type } }) => type === 'ed25519');
  return {
    key: { ski: key!.ski },
    operation: { type: 'sign_message', scheme: 'ed25519', message: randomBytes(32) },
  };
}

/** A key store with one key. */
class OneKeyStore implements KeyStoreProvider {
  readonly name = 'token';
  readonly #perform: ProvidedKey['perform'];
  readonly #loadFailure: Error | undefined;

  constructor(perform: ProvidedKey['perform'], loadFailure?: Error) {
    this.#perform = perform;
    this.#loadFailure = loadFailure;
  }

  load() {
    if (this.#loadFailure !== undefined) return Promise.reject(this.#loadFailure);
    const subjectPublicKeyInfo = EC.publicKey.export({ type: 'spki', format: 'der' });
    return Promise.resolve({ keys: [{ subjectPublicKeyInfo, label: 'site', perform: this.#perform }] });
  }

  close() {
    return Promise.resolve();
  }
}

describe('/readyz', () => {
  it('is ready once a signature of every kind of key has been made and verified', async () => {
    const keyServer = await startKeyServer(ALL_KEYS);
    expect(await getJson(keyServer, '/readyz')).toEqual({
      status: 200,
      value: { ready: true, problems: [] },
    });
  });

  it('names the file of a key that could not be loaded', async () => {
    const keyServer = await startKeyServer([ED25519.privateKey], '', {
      keyStores: '[{dir: keys}, {file: missing.key}]',
    });
    const name = `${keyServer.folder}/missing.key`;
    expect(await getJson(keyServer, '/readyz')).toMatchObject({
      status: 503,
      value: { ready: false, problems: [{ problem: 'key_not_loaded', name }] },
    });
  });

  it('is not ready without any key', async () => {
    const keyServer = await startKeyServer([]);
    expect(await getJson(keyServer, '/readyz')).toMatchObject({
      status: 503,
      value: { ready: false, problems: [{ problem: 'no_keys' }] },
    });
  });

  it.each([
    [
      'whose signatures do not verify',
      () => Promise.resolve(randomBytes(70)),
      'its signature does not verify',
    ],
    [
      'that cannot sign',
      () => Promise.reject(new Error('out of order')),
      'The operation failed for a reason inside the key service',
    ],
  ])('names a key %s', async (_, perform, reason) => {
    const keyServer = await startKeyServer([ED25519.privateKey], '', {
      providers: [new OneKeyStore(perform)],
    });
    const [, ski] = skisOf(keyServer);
    expect(await getJson(keyServer, '/readyz')).toMatchObject({
      status: 503,
      value: {
        ready: false,
        problems: [
          {
            problem: 'key_unusable',
            ski,
            name: 'site',
            reason,
          },
        ],
      },
    });
  });

  it('names a key store that cannot be reached', async () => {
    const store = new OneKeyStore(
      () => Promise.reject(new Error()),
      new KeyStoreUnavailableError('no token'),
    );
    const keyServer = await startKeyServer([ED25519.privateKey], '', { providers: [store] });
    expect(await getJson(keyServer, '/readyz')).toMatchObject({
      status: 503,
      value: { problems: [{ problem: 'key_store_unavailable', name: 'token', reason: 'no token' }] },
    });
  });

  it('is not ready, but alive, while the key server drains', async () => {
    let finish = (): void => {};
    const finished = new Promise<void>((resolve) => (finish = resolve));
    const store = new OneKeyStore(() => finished.then(() => randomBytes(70)));
    const keyServer = await startKeyServer([ED25519.privateKey], '', { providers: [store] });
    const edge = await keyServer.connect();
    const [, ski] = [...keyServer.server.keys].map((key) => key.ski);
    const digest = createHash('sha384').update('message').digest();
    const operation = { type: 'sign_digest', scheme: 'ecdsa_sha384', digest } as const;
    edge.socket.write(encodeRequest(1, { key: { ski: ski! }, operation }));
    await edge.exchange(encodeRequest(2, { key: {}, operation: { type: 'ping', payload: randomBytes(1) } }));
    const closed = keyServer.server.close();
    const { status, value } = await getJson(keyServer, '/readyz');
    expect(status).toBe(503);
    expect(value).toMatchObject({ problems: expect.arrayContaining([{ problem: 'draining' }]) as unknown });
    expect(await get(keyServer, '/healthz')).toMatchObject({ status: 200, text: 'alive\n' });
    finish();
    await edge.waitForAnswers(2);
    edge.socket.destroy();
    await closed;
  });
});

describe('/keys', () => {
  it('tells public facts of every key and nothing else', async () => {
    const keyServer = await startKeyServer([EC.privateKey, RSA.privateKey]);
    const [ecSki, rsaSki] = skisOf(keyServer);
    expect(await getJson(keyServer, '/keys')).toEqual({
      status: 200,
      value: {
        keys: [
          { ski: ecSki, type: 'ecdsa', bits: 384, curve: 'secp384r1', name: '0' },
          { ski: rsaSki, type: 'rsa', bits: 2048, name: '1' },
        ],
      },
    });
  });
});

describe('the admin endpoint', () => {
  it('knows its pages, and that they are only looked at', async () => {
    const keyServer = await startKeyServer([ED25519.privateKey]);
    expect(await get(keyServer, '/nothing')).toMatchObject({ status: 404 });
    expect(await get(keyServer, '/assets/../package.json')).toMatchObject({ status: 404 });
    const post = await get(keyServer, '/keys', { method: 'POST', body: 'x'.repeat(100_000) });
    expect(post.status).toBe(405);
    expect(post.headers.get('allow')).toBe('GET, HEAD');
    const head = await get(keyServer, '/keys', { method: 'HEAD' });
    expect(head).toMatchObject({ status: 200, text: '' });
    expect(Number(head.headers.get('content-length'))).toBeGreaterThan(0);
    expect(await get(keyServer, '/healthz?verbose')).toMatchObject({ status: 200 });
  });

  it('lets no page load, frame or read what it serves', async () => {
    const keyServer = await startKeyServer([ED25519.privateKey]);
    const { headers } = await get(keyServer, '/');
    expect(headers.get('content-security-policy')).toContain("default-src 'none'");
    expect(headers.get('content-security-policy')).not.toContain('unsafe');
    expect(headers.get('x-content-type-options')).toBe('nosniff');
    expect(headers.has('access-control-allow-origin')).toBe(false);
  });

  it('refuses headers without end', async () => {
    const keyServer = await startKeyServer([ED25519.privateKey]);
    const long = request({
      port: keyServer.server.adminAddress!.port,
      host: '127.0.0.1',
      headers: { long: 'x'.repeat(9000) },
    }).end();
    const [response] = (await once(long, 'response')) as [{ statusCode: number }];
    expect(response.statusCode).toBe(431);
    long.destroy();
  });

  it('is not there when it is switched off', async () => {
    const keyServer = await startKeyServer([ED25519.privateKey], '', { admin: 'metrics_port: off' });
    expect(keyServer.server.adminAddress).toBeUndefined();
  });

  it('says which port is taken when it was told to have it', async () => {
    const other = createServer().listen(0, '127.0.0.1');
    await once(other, 'listening');
    const { port } = other.address() as AddressInfo;
    await expect(
      startKeyServer([ED25519.privateKey], '', { admin: `metrics_port: ${port}` }),
    ).rejects.toThrow(
      `cannot listen on 127.0.0.1, port ${port} (metrics_port): something else listens there already`,
    );
    other.close();
  });
});

/** The values of all series of a metric by their labels. */
function seriesOf(metrics: string, name: string): Record<string, number> {
  const lines = metrics
    .split('\n')
    .filter((line) => line.startsWith(`${name}{`) || line.startsWith(`${name} `));
  return Object.fromEntries(
    lines.map((line) => {
      const [, labels = '', value] = /^\w+(?:\{(.*)\})? (\S+)$/.exec(line) ?? [];
      return [labels, Number(value)];
    }),
  );
}

describe('/metrics', () => {
  it('counts what was done under the names of the field and of ours', async () => {
    const keyServer = await startKeyServer([ED25519.privateKey]);
    const edge = await keyServer.connect();
    for (let count = 0; count < 3; count++) await edge.ask(signEd25519(keyServer));
    await edge.ask({ key: {}, operation: { type: 'ping', payload: randomBytes(1) } });
    await edge.ask({ ...signEd25519(keyServer), key: { ski: randomBytes(20) } });
    await edge.exchange(rawFrame(9, Buffer.of(1)));
    const { text, headers } = await get(keyServer, '/metrics');
    expect(headers.get('content-type')).toBe('text/plain; version=0.0.4; charset=utf-8');
    expect(seriesOf(text, 'keyless_requests')).toEqual({
      'opcode="OpEd25519Sign"': 4,
      'opcode="OpPing"': 1,
      'opcode="unknown"': 1,
    });
    const notFound = 'error="key not found due to no matching SKI/SNI/ServerIP"';
    for (const name of ['exec', 'total'])
      expect(seriesOf(text, `keyless_request_${name}_duration_per_opcode_count`)).toEqual({
        'type="ed25519",error="no error"': 3,
        [`type="ed25519",${notFound}`]: 1,
        'type="other",error="no error"': 1,
        'type="unknown",error="bad opcode"': 1,
      });
    expect(seriesOf(text, 'keyless_sign_requests_total')).toEqual({ '': 4 });
    expect(seriesOf(text, 'keyless_sign_request_duration_seconds_count')).toEqual({ '': 3 });
    expect(Object.keys(seriesOf(text, 'keyless_sign_request_duration_seconds'))).toEqual([
      'quantile="0.5"',
      'quantile="0.9"',
      'quantile="0.99"',
      'quantile="0.999"',
    ]);
    expect(seriesOf(text, 'keyless_key_load_duration_count')).toEqual({ '': 1 });
    expect(seriesOf(text, 'keyless_failed_connection')).toEqual({ '': 0 });
    for (const phase of ['waiting', 'computing', 'writing'])
      expect(seriesOf(text, `latchkey_operation_${phase}_seconds_count`)['type="ed25519"']).toBe(3);
    expect(seriesOf(text, 'latchkey_operation_duration_seconds_count')['type="ed25519"']).toBe(4);
    expect(seriesOf(text, 'latchkey_operations_total')).toMatchObject({
      'operation="ed25519",result="succeeded"': 3,
      'operation="ed25519",result="failed"': 1,
    });
    expect(seriesOf(text, 'latchkey_connections')).toEqual({ '': 1 });
    expect(seriesOf(text, 'latchkey_queue_length')).toEqual({
      'lane="inline"': 0,
      'lane="short"': 0,
      'lane="long"': 0,
    });
    expect(seriesOf(text, 'latchkey_keys')).toEqual({ '': 1 });
    // One batch for each, and one that found the key to be usable.
    expect(seriesOf(text, 'latchkey_batch_size_count')['']).toBeGreaterThanOrEqual(3);
    expect(Object.keys(seriesOf(text, 'latchkey_worker_busy_seconds_total'))).toEqual(['']);
  });

  it('counts refused handshakes by their reason, and says when certificates expire', async () => {
    const keyServer = await startKeyServer([ED25519.privateKey]);
    await keyServer.connect({ cert: undefined, key: undefined });
    await vi.waitUntil(() => Object.keys(keyServer.server.statistics().connections.refused).length > 0);
    const { text } = await get(keyServer, '/metrics');
    expect(seriesOf(text, 'latchkey_connections_refused_total')).toEqual({
      'reason="ERR_SSL_PEER_DID_NOT_RETURN_A_CERTIFICATE"': 1,
    });
    const expiries = Object.entries(seriesOf(text, 'certificate_expiration_timestamp_seconds'));
    expect(expiries.map(([labels]) => /ca="(\d)"/.exec(labels)?.[1])).toEqual(['0', '1']);
    for (const [, expiry] of expiries) expect(expiry).toBeGreaterThan(Date.now() / 1000);
  });
});

describeWith('promtool', [{ needs: 'promtool', debianPackage: 'prometheus' }], () => {
  it('has nothing to say against the metrics', async () => {
    const keyServer = await startKeyServer(ALL_KEYS, 'audit_log: audit.log');
    const edge = await keyServer.connect();
    await edge.ask(signEd25519(keyServer));
    await edge.ask({ ...signEd25519(keyServer), key: {} });
    const { text } = await get(keyServer, '/metrics');
    const check = spawnSync('promtool', ['check', 'metrics'], { input: text, encoding: 'utf8' });
    expect(seriesOf(text, 'latchkey_audit_log_healthy')).toEqual({ '': 1 });
    expect(check).toMatchObject({ status: 0, stdout: '', stderr: '' });
  });
});
