import { describe, expect, it } from 'vitest';
import { originRequestHeaders, visitorResponseHeaders } from './forwarded-headers.js';

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
      via: '2.0 latchkey',
    });
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
      },
    });
    expect(headers).toEqual({ 'x-forwarded-proto': 'https', via: '2.0 latchkey' });
  });

  it('keep the gateways that the request has passed', () => {
    const headers = originRequestHeaders({ ...VISITOR, headers: { via: '1.1 other' } });
    expect(headers['via']).toBe('1.1 other, 2.0 latchkey');
  });
});

describe('headers to the visitor', () => {
  it('are the origin’s without those of its connection', () => {
    expect(
      visitorResponseHeaders({
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
