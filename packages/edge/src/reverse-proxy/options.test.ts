import { describe, expect, it } from 'vitest';
import { EdgeOptionsError } from '../errors.js';
import { parseReverseProxyOptions } from './options.js';
import { createReverseProxy } from './reverse-proxy.js';

describe('options', () => {
  it.each([
    'ftp://127.0.0.1',
    'http://127.0.0.1/path',
    'http://127.0.0.1/?q',
    'http://127.0.0.1/#f',
    'http://u@h',
    'nonsense',
    '',
  ])('refuse the origin %j', (origin) => {
    expect(() => createReverseProxy({ origin })).toThrow(EdgeOptionsError);
  });

  it.each([
    ['timeout', 0],
    ['timeout', 1.5],
    ['connectTimeout', -1],
    ['maximumConnections', Number.NaN],
  ])('refuse origin.%s: %d', (option, value) => {
    const origin = { url: 'http://127.0.0.1', [option]: value };
    expect(() => createReverseProxy({ origin })).toThrow(`origin.${option}: `);
  });

  it('refuse a site whose name is none', () => {
    const sites = [{ serverNames: ['a b'] }];
    expect(() => createReverseProxy({ origin: 'http://127.0.0.1', sites })).toThrow('sites[0].serverNames: ');
  });

  it.each([
    ['https://app.example', 443, 'app.example'],
    // An address is no server name; Node verifies the address itself then.
    ['https://[::1]:8443', 8443, ''],
  ])('take the name to verify from %s', (url, port, servername) => {
    const [address] = parseReverseProxyOptions({ origin: url }).origin.addresses;
    expect(address).toMatchObject({ port, tls: { servername } });
  });
});
