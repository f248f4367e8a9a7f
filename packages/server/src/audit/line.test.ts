import { createHash, createHmac } from 'node:crypto';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { BEGINNING, createChainHash, formatLine, parseLine } from './line.js';

const KEY = Buffer.alloc(32, 7);

describe('formatLine', () => {
  it('chains lines so that sha256sum can check them', () => {
    const first = formatLine({ event: 'first' }, BEGINNING, createChainHash());
    const second = formatLine({ event: 'zweite – 二' }, first, createChainHash());
    const [body, hash] = split(second.text);
    expect(hash).toBe(createHash('sha256').update(`${first.hash}${body}`).digest('hex'));
    expect(JSON.parse(second.text)).toEqual({ sequence: 2, event: 'zweite – 二', hash: second.hash });
  });

  it('chains lines with a key so that openssl dgst -hmac can check them', () => {
    const { text } = formatLine({ event: 'first' }, BEGINNING, createChainHash(KEY));
    const [body, hash] = split(text);
    expect(hash).toBe(createHmac('sha256', KEY).update(`${BEGINNING.hash}${body}`).digest('hex'));
  });

  it('writes one line, whatever is in it', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        const line = formatLine({ text }, BEGINNING, createChainHash()).text;
        expect(line.indexOf('\n')).toBe(line.length - 1);
        expect(line.length).toBe(line.trimEnd().length + 1);
      }),
    );
  });
});

describe('parseLine', () => {
  it.each([
    ['without a key', createChainHash()],
    ['with a key', createChainHash(KEY)],
  ])('reads what was written, and the hash of its bytes is that of its text, %s', (_, chain) => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.nat(), (text, sequence) => {
        const previous = { ...BEGINNING, sequence };
        const written = formatLine({ text }, previous, chain);
        const line = parseLine(Buffer.from(written.text.trimEnd()));
        expect(line).toMatchObject({ sequence: sequence + 1, hash: written.hash });
        expect(chain.link(previous.hash, line?.body ?? '')).toBe(written.hash);
      }),
    );
  });

  it.each([
    ['nothing', ''],
    ['a hash only', `,"hash":"${'0'.repeat(64)}"}`],
    ['no hash', '{"sequence":1}'],
    ['a short hash', `{"sequence":1,"hash":"${'0'.repeat(63)}"}`],
    ['a hash in upper case', `{"sequence":1,"hash":"${'A'.repeat(64)}"}`],
    ['no number', `{"event":"x","hash":"${'0'.repeat(64)}"}`],
    ['a number that is text', `{"sequence":"1","hash":"${'0'.repeat(64)}"}`],
    ['something after it', `{"sequence":1,"hash":"${'0'.repeat(64)}"}\r`],
    ['broken JSON', `{"sequence":1,,"hash":"${'0'.repeat(64)}"}`],
  ])('reads no line from %s', (_, text) => {
    expect(parseLine(Buffer.from(text))).toBeUndefined();
  });

  it('survives any bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        expect(parseLine(bytes)).toBeUndefined();
      }),
    );
  });
});

function split(text: string): [body: string, hash: string] {
  const [body = '', rest = ''] = text.split(',"hash":"');
  return [body, rest.slice(0, 64)];
}
