import { inspect } from 'node:util';
import { ConfigurationError, createKeyServerClient, type KeyServerClientOptions } from '@latchkey/client';
import { beforeAll, describe, expect, it } from 'vitest';
import { makeAuthority, type IssuedCertificate } from 'latchkey/pki';

describe('options of a client of key servers', () => {
  let ca: string;
  let edge: IssuedCertificate;
  let site: IssuedCertificate;
  beforeAll(async () => {
    const authority = await makeAuthority('Channel CA');
    ca = authority.certificatePem;
    edge = await authority.issue({ commonName: 'edge' });
    site = await authority.issue({ commonName: 'www.example' });
  });

  function create(options: Partial<KeyServerClientOptions>): ReturnType<typeof createKeyServerClient> {
    return createKeyServerClient({
      keyServers: [{ host: 'keys.example' }],
      certificate: edge.certificatePem,
      key: edge.keyPem,
      ca,
      ...options,
    });
  }

  it('name the key servers as people write them', async () => {
    const client = create({
      keyServers: [{ host: '192.0.2.1' }, { host: '2001:db8::1', port: 443 }, { path: '/run/keys.sock' }],
    });
    expect(client.statistics().keyServers.map(({ server }) => server)).toEqual([
      '192.0.2.1:2407',
      '[2001:db8::1]:443',
      '/run/keys.sock',
    ]);
    await client.close();
  });

  const mistakes: [option: string, () => Partial<KeyServerClientOptions>][] = [
    ['keyServers', () => ({ keyServers: [] })],
    ['keyServers[1].port', () => ({ keyServers: [{ host: 'a' }, { host: 'b', port: 65_536 }] })],
    ['keyServers[0].port', () => ({ keyServers: [{ host: 'a', port: 1.5 }] })],
    ['keyServers[0].host', () => ({ keyServers: [{ host: '' }] })],
    ['keyServers[0].path', () => ({ keyServers: [{ path: '' }] })],
    ['keyServers[0].serverName', () => ({ keyServers: [{ host: 'a', serverName: '' }] })],
    ['keyServers[0].srv', () => ({ keyServers: [{ srv: 'keys.example' }] })],
    ['keyServers[0].srv', () => ({ keyServers: [{ srv: '_keyless._tcp' }] })],
    ['nameServers', () => ({ nameServers: ['dns.example'] })],
    ['resolveInterval', () => ({ resolveInterval: 0 })],
    ['pingTimeout', () => ({ pingTimeout: 0 })],
    ['hedging.share', () => ({ hedging: { share: 1.5 } })],
    ['hedging.minimumDelay', () => ({ hedging: { minimumDelay: 0 } })],
    ['certificate', () => ({ certificate: '/etc/latchkey/edge.pem' })],
    ['key', () => ({ key: '/etc/latchkey/edge.key' })],
    ['key', () => ({ key: site.keyPem })],
    ['ca', () => ({ ca: '' })],
    ['ca', () => ({ ca: edge.keyPem })],
    ['connectionsPerServer', () => ({ connectionsPerServer: 0 })],
    ['maximumInFlight', () => ({ maximumInFlight: 2.5 })],
    ['maximumWaiting', () => ({ maximumWaiting: 0 })],
    ['connectTimeout', () => ({ connectTimeout: 0 })],
    ['operationTimeout', () => ({ operationTimeout: Number.NaN })],
    ['operationTimeout', () => ({ operationTimeout: 2 ** 31 })],
    ['pingInterval', () => ({ pingInterval: -1 })],
    ['backoff.initial', () => ({ backoff: { initial: 0 } })],
    ['backoff.maximum', () => ({ backoff: { initial: 100, maximum: 50 } })],
    ['backoff.jitter', () => ({ backoff: { jitter: 2 } })],
  ];
  it.each(mistakes)('are refused by name when wrong: %s', (option, mistake) => {
    const options = mistake();
    expect(() => create(options)).toThrow(ConfigurationError);
    expect(() => create(options)).toThrow(
      expect.objectContaining({
        code: 'LATCHKEY_CLIENT_CONFIGURATION',
        option,
        message: expect.stringMatching(/ (must|does not) /),
      }),
    );
  });

  it('never show the private key in an error', () => {
    const key = edge.keyPem.replace('BEGIN', 'BEGUN');
    let shown = '';
    try {
      create({ key });
    } catch (error) {
      shown = inspect(error);
    }
    expect(shown).toContain('ConfigurationError');
    for (const line of key.split('\n').slice(1, 3)) expect(shown).not.toContain(line);
  });
});
