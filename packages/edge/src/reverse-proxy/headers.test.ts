import { describe, expect, it } from 'vitest';
import { acceptsTrailers, endToEndHeaders, endToEndTrailers, originRequestHeaders } from './headers.js';

const VISITOR = {
  authority: 'www.example.com',
  httpVersion: '2.0',
  remoteAddress: '192.0.2.1',
  encrypted: true,
};

describe('headers to the origin', () => {
  it('tell who asked for what and how', () => {
    expect(originRequestHeaders({ ...VISITOR, headers: { accept: '*/*' } })).toEqual({
      accept: '*/*',
      host: 'www.example.com',
      'x-forwarded-for': '192.0.2.1',
      'x-forwarded-host': 'www.example.com',
      'x-forwarded-proto': 'https',
      forwarded: 'for=192.0.2.1;host=www.example.com;proto=https',
      via: '2.0 latchkey',
    });
  });

  it.each([
    [
      { remoteAddress: '2001:db8::1', authority: 'a.example:8443' },
      'for="[2001:db8::1]";host="a.example:8443";proto=https',
    ],
    [{ remoteAddress: undefined, authority: undefined }, 'for=unknown;proto=https'],
  ])('write Forwarded as RFC 7239 has it (%j)', (visitor, forwarded) => {
    expect(originRequestHeaders({ ...VISITOR, ...visitor, headers: {} })['forwarded']).toBe(forwarded);
  });

  it('leave out pseudo-header fields and those of the connection, also those that only Connection names', () => {
    const headers = originRequestHeaders({
      ...VISITOR,
      headers: {
        ':method': 'GET',
        ':path': '/',
        connection: 'close, X-Hop',
        'keep-alive': 'timeout=5',
        'transfer-encoding': 'chunked',
        te: 'trailers',
        upgrade: 'websocket',
        'x-hop': '1',
        'x-end': '2',
      },
    });
    expect(Object.keys(headers).sort()).toEqual([
      'forwarded',
      'host',
      'via',
      'x-end',
      'x-forwarded-for',
      'x-forwarded-host',
      'x-forwarded-proto',
    ]);
  });

  it('do not repeat what the visitor claims about itself', () => {
    const headers = originRequestHeaders({
      ...VISITOR,
      remoteAddress: undefined,
      authority: undefined,
      headers: {
        forwarded: 'for=127.0.0.1',
        'x-forwarded-for': '127.0.0.1',
        'x-forwarded-host': 'intranet',
        'x-forwarded-proto': 'https',
        'x-forwarded-port': '1',
        'x-real-ip': '127.0.0.1',
        // An origin behind CGI or WSGI does not see the difference.
        x_forwarded_for: '127.0.0.1',
        'x-forwarded_host': 'intranet',
      },
    });
    expect(headers).toEqual({
      'x-forwarded-proto': 'https',
      forwarded: 'for=unknown;proto=https',
      via: '2.0 latchkey',
    });
  });

  it('keep the gateways that the request has passed', () => {
    const headers = originRequestHeaders({ ...VISITOR, headers: { via: '1.1 other' } });
    expect(headers['via']).toBe('1.1 other, 2.0 latchkey');
  });
});

describe('headers to the visitor', () => {
  it('are the origin’s without those of its connection', () => {
    expect(
      endToEndHeaders({
        connection: 'keep-alive, x-hop',
        'keep-alive': 'timeout=5',
        'transfer-encoding': 'chunked',
        'x-hop': '1',
        'set-cookie': ['a=1', 'b=2'],
        etag: '"1"',
      }),
    ).toEqual({ 'set-cookie': ['a=1', 'b=2'], etag: '"1"' });
  });
});

describe('trailers', () => {
  it('go on without those that frame, route or authenticate, or that only the edge may say', () => {
    const trailers = {
      'grpc-status': '0',
      'content-length': '5',
      'transfer-encoding': 'chunked',
      host: 'intranet',
      authorization: 'Basic x',
      'x-forwarded-for': '127.0.0.1',
    };
    expect(endToEndTrailers(trailers)).toEqual({ 'grpc-status': '0' });
  });

  it.each([
    ['trailers', true],
    ['gzip;q=0.5, Trailers', true],
    ['gzip', false],
  ])('are known to a visitor whose TE is %j: %j', (te, expected) => {
    expect(acceptsTrailers({ te })).toBe(expected);
  });
});
