import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatAddress, parseKeyServerAddress, parseListenAddress } from './addresses.js';

describe('parseKeyServerAddress', () => {
  it.each([
    ['keys.example', { host: 'keys.example', port: 2407 }],
    ['keys.example:1234', { host: 'keys.example', port: 1234 }],
    ['192.0.2.1:1', { host: '192.0.2.1', port: 1 }],
    ['[2001:db8::1]:2407', { host: '2001:db8::1', port: 2407 }],
    ['[::1]', { host: '::1', port: 2407 }],
    ['/run/latchkey.sock', { path: '/run/latchkey.sock' }],
    ['./latchkey.sock', { path: './latchkey.sock' }],
    ['_keyless._tcp.keys.example', { srv: '_keyless._tcp.keys.example' }],
  ])('reads %s', (text, address) => {
    expect(parseKeyServerAddress(text)).toEqual(address);
  });

  it.each([
    '',
    ':2407',
    'keys.example:',
    'keys.example:0',
    'keys.example:65536',
    '2001:db8::1',
    'https://keys.example',
    'a b',
    '_keyless._tcp.keys.example:2407',
  ])('refuses %j', (text) => {
    expect(parseKeyServerAddress(text)).toBeUndefined();
  });

  it('reads back whatever it formats', () => {
    const host = fc.oneof(
      fc.domain(),
      fc.ipV4(),
      fc.ipV6().filter((address) => !address.includes('%')),
    );
    fc.assert(
      fc.property(host, fc.integer({ min: 1, max: 65_535 }), (name, port) => {
        expect(parseKeyServerAddress(formatAddress({ host: name, port }))).toEqual({ host: name, port });
      }),
    );
  });

  it('never throws', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        parseKeyServerAddress(text);
        parseListenAddress(text);
      }),
    );
  });
});

describe('parseListenAddress', () => {
  it.each([
    ['8443', { port: 8443 }],
    [':8443', { port: 8443 }],
    ['127.0.0.1:0', { host: '127.0.0.1', port: 0 }],
    ['[::]:443', { host: '::', port: 443 }],
  ])('reads %s', (text, address) => {
    expect(parseListenAddress(text)).toEqual(address);
  });

  it.each(['localhost', '', ':', '70000', '1.2.3.4'])('refuses %j, which has no port', (text) => {
    expect(parseListenAddress(text)).toBeUndefined();
  });
});
