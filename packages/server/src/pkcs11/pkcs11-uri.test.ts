import { inspect } from 'node:util';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parsePkcs11Uri, type Pkcs11Uri, Pkcs11UriError } from './pkcs11-uri.js';
import type { Secret } from './secret.js';

const MODULE = 'module-path=/usr/lib/softhsm/libsofthsm2.so';

function parse(path: string, query = ''): Pkcs11Uri {
  return parsePkcs11Uri(`pkcs11:${path}?${MODULE}${query && `&${query}`}`);
}

/** Every byte as its percent-encoding. */
function encode(text: string | Uint8Array): string {
  return [...Buffer.from(text)].map((byte) => `%${byte.toString(16).padStart(2, '0')}`).join('');
}

describe('parsePkcs11Uri', () => {
  it("reads a URI as operators of the field's key server have it", () => {
    const uri = parsePkcs11Uri(
      'pkcs11:token=SoftHSM2%20RSA%20Token;id=%03?module-path=/usr/lib64/libsofthsm2.so&pin-value=1234&max-sessions=2',
    );
    expect(uri).toMatchObject({
      module: { type: 'path', path: '/usr/lib64/libsofthsm2.so' },
      token: { token: 'SoftHSM2 RSA Token' },
      key: { id: Uint8Array.of(3) },
      maximumSessions: 2,
    });
    expect(secretOf(uri.pin)?.reveal()).toBe('1234');
  });

  it('reads every attribute', () => {
    const path =
      'token=a;serial=b;manufacturer=c;model=d;slot-id=7;slot-description=e;slot-manufacturer=f;object=g;type=private';
    expect(parsePkcs11Uri(`pkcs11:${path}?module-name=softhsm2&pin-source=file:/etc/pin`)).toEqual({
      module: { type: 'name', name: 'softhsm2' },
      token: {
        token: 'a',
        serial: 'b',
        manufacturer: 'c',
        model: 'd',
        slotId: 7,
        slotDescription: 'e',
        slotManufacturer: 'f',
      },
      key: { object: 'g' },
      pin: { type: 'file', path: '/etc/pin' },
      maximumSessions: 4,
    });
  });

  it('takes the PIN from a file by its path or its URL', () => {
    for (const source of ['/etc/a%20pin', 'file:/etc/a%2520pin', 'file:///etc/a%2520pin'])
      expect(parse('token=a', `pin-source=${source}`).pin).toEqual({ type: 'file', path: '/etc/a pin' });
  });

  it('gives back any text and any id that were percent-encoded', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: 'binary' }),
        fc.uint8Array(),
        fc.string({ unit: 'binary' }),
        (token, id, pin) => {
          const uri = parse(`token=${encode(token)};id=${encode(id)}`, `pin-value=${encode(pin)}`);
          expect(uri.token.token).toBe(token);
          expect(uri.key.id).toEqual(id);
          expect(secretOf(uri.pin)?.reveal()).toBe(pin);
        },
      ),
    );
  });

  it('either reads a text or says in its own error what is wrong, whatever the text', () => {
    const words = fc.constantFrom(
      ...'pkcs11: token object id slot-id type pin-value max-sessions = ; & ? % %4 %41'.split(' '),
      MODULE,
    );
    const texts = fc.oneof(
      fc.string(),
      fc.array(fc.oneof(words, fc.string({ maxLength: 3 }))).map((parts) => `pkcs11:${parts.join('')}`),
    );
    fc.assert(
      fc.property(texts, (text) => {
        const outcome = attempt(() => parsePkcs11Uri(text));
        expect(outcome instanceof Pkcs11UriError || 'maximumSessions' in outcome).toBe(true);
      }),
    );
  });

  it.each([
    ['http://example', undefined, 'begins with "pkcs11:"'],
    ['pkcs11:token=a', 'module-path', 'is missing'],
    ['pkcs11:token=a?module-path=softhsm.so', 'module-path', 'absolute path'],
    ['pkcs11:token=a?module-name=../evil', 'module-name', 'without a folder'],
    [`pkcs11:token?${MODULE}`, 'token', 'has no value'],
    [`pkcs11:token=a;token=b?${MODULE}`, 'token', 'stands there twice'],
    [`pkcs11:token=a%2?${MODULE}`, 'token', 'write %25'],
    [`pkcs11:token=a b?${MODULE}`, 'token', 'write %20'],
    [`pkcs11:token=%FF?${MODULE}`, 'token', 'UTF-8'],
    [`pkcs11:tokem=a?${MODULE}`, undefined, 'did you mean token?'],
    [`pkcs11:pin-value=1?${MODULE}`, undefined, 'pin-value must stand after the "?"'],
    [`pkcs11:token=a?${MODULE}&object=a`, undefined, 'object must stand before the "?"'],
    [`pkcs11:type=cert?${MODULE}`, 'type', 'must be "private"'],
    [`pkcs11:slot-id=x?${MODULE}`, 'slot-id', 'whole number'],
    [`pkcs11:?${MODULE}&max-sessions=0`, 'max-sessions', 'from 1 to 256'],
    [`pkcs11:?${MODULE}&pin-value=1&pin-source=/pin`, 'pin-source', 'keep one'],
    [`pkcs11:?${MODULE}&pin-source=%7Ccat%20/pin`, 'pin-source', 'commands are not run'],
    [`pkcs11:?${MODULE}&pin-source=pin`, 'pin-source', 'absolute path'],
    [`pkcs11:?${MODULE}&pin-source=file://elsewhere/pin`, 'pin-source', 'absolute path'],
  ])('says what is wrong with %s', (text, attribute, reason) => {
    expect(() => parsePkcs11Uri(text)).toThrow(
      expect.objectContaining({
        code: 'LATCHKEY_PKCS11_URI_INVALID',
        attribute,
        message: expect.stringContaining(reason) as string,
      }),
    );
  });

  it('never shows the PIN', () => {
    const { pin } = parse('token=a', 'pin-value=tell-nobody');
    const shown = [inspect(pin, { depth: 9, showHidden: true }), JSON.stringify(pin), String(secretOf(pin))];
    expect(shown.join()).not.toContain('nobody');
    for (const query of [
      'pin-value=tell-nobody%',
      'pin-value=tell&nobody',
      'pin-value=nobody&pin-value=nobody',
    ]) {
      const failure = attempt(() => parse('token=a', query));
      expect(failure).toBeInstanceOf(Pkcs11UriError);
      expect(inspect(failure)).not.toContain('nobody');
    }
  });
});

function secretOf(pin: Pkcs11Uri['pin']): Secret | undefined {
  return pin?.type === 'value' ? pin.value : undefined;
}

/** What is returned or thrown. */
function attempt<T>(action: () => T): T | Error {
  try {
    return action();
  } catch (error) {
    return error as Error;
  }
}
