import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { answerPlainHttp, isPlainHttp } from './plain-http.js';

const knows = (name: string): boolean => name === 'www.example.com';

function answer(request: string): string {
  return answerPlainHttp(Buffer.from(request, 'latin1'), knows);
}

describe('plain HTTP', () => {
  it('is told from TLS by its first byte', () => {
    expect(isPlainHttp(Buffer.from('GET / HTTP/1.1'))).toBe(true);
    expect(isPlainHttp(Buffer.from('PRI * HTTP/2.0'))).toBe(true);
    expect(isPlainHttp(Buffer.of(0x16, 0x03, 0x01))).toBe(false);
    expect(isPlainHttp(Buffer.of(0x80, 0x2e, 0x01))).toBe(false);
    expect(isPlainHttp(Buffer.of())).toBe(false);
  });

  it.each([
    ['GET / HTTP/1.1\r\nHost: www.example.com\r\n\r\n', 'https://www.example.com/'],
    [
      'HEAD /a?b=c HTTP/1.0\r\nx: y\r\nhost:WWW.example.com:8443\r\n\r\n',
      'https://www.example.com:8443/a?b=c',
    ],
  ])('is sent to where the page is: %j', (request, location) => {
    expect(answer(request)).toMatch(/^HTTP\/1\.1 308 /);
    expect(answer(request)).toContain(`\r\nlocation: ${location}\r\n`);
  });

  it.each([
    ['for a site that is not here', 'GET / HTTP/1.1\r\nHost: evil.example\r\n\r\n'],
    ['for nobody', 'GET / HTTP/1.1\r\n\r\n'],
    ['for two', 'GET / HTTP/1.1\r\nhost: www.example.com\r\nhost: www.example.com\r\n\r\n'],
    ['that would change something', 'POST / HTTP/1.1\r\nHost: www.example.com\r\n\r\n'],
    ['that has not come whole', 'GET / HTTP/1.1\r\nHost: www.example.com\r\n'],
    ['with another form of target', 'GET http://evil.example/ HTTP/1.1\r\nHost: www.example.com\r\n\r\n'],
    ['with a line break in its target', 'GET /\nlocation:x HTTP/1.1\r\nHost: www.example.com\r\n\r\n'],
    ['of HTTP/2', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'],
  ])('is refused %s', (_, request) => {
    expect(answer(request)).toMatch(/^HTTP\/1\.1 400 /);
    expect(answer(request)).not.toContain('location');
  });

  it('gets one answer whatever it is, and no header of its making', () => {
    const piece = fc.oneof(
      fc.constantFrom(
        'GET ',
        '/',
        ' HTTP/1.1\r\n',
        'host: www.example.com',
        '\r\n',
        '\n',
        ':80',
        'location: x',
      ),
      fc.string(),
    );
    fc.assert(
      fc.property(fc.array(piece), (pieces) => {
        const [head = '', body] = answer(pieces.join('')).split('\r\n\r\n');
        expect(body).toBe('This port speaks HTTPS.\n');
        expect(head.split('\r\n').length).toBeLessThanOrEqual(5);
        for (const location of head.match(/^location: .*$/gm) ?? [])
          expect(location).toMatch(/^location: https:\/\/www\.example\.com(?::\d+)?\/[!-~]*$/);
      }),
    );
  });
});
