import { isAbsolute } from 'node:path';
import { fileURLToPath } from 'node:url';
import { nearest } from '../configuration/suggestion.js';
import { KeyServerError } from '../errors.js';
import { Secret } from './secret.js';

/** Names private keys on a token, and says how to get at them (RFC 7512). Attributes that are absent match anything. */
export interface Pkcs11Uri {
  /** The PKCS#11 module: its absolute path, or its name in one of the usual folders. */
  readonly module:
    { readonly type: 'path'; readonly path: string } | { readonly type: 'name'; readonly name: string };
  readonly token: TokenAttributes;
  readonly key: KeyAttributes;
  /** None for a token that asks for no PIN, or for it at its own keypad. */
  readonly pin?:
    { readonly type: 'value'; readonly value: Secret } | { readonly type: 'file'; readonly path: string };
  /** Sessions to keep open, 1 to 256: as many operations are under way at once. */
  readonly maximumSessions: number;
}

/** Which token. */
export interface TokenAttributes {
  /** Its label. */
  readonly token?: string;
  readonly serial?: string;
  readonly manufacturer?: string;
  readonly model?: string;
  readonly slotId?: number;
  readonly slotDescription?: string;
  readonly slotManufacturer?: string;
}

/** Which keys on the token. */
export interface KeyAttributes {
  /** Their label, CKA_LABEL. */
  readonly object?: string;
  /** CKA_ID. */
  readonly id?: Uint8Array;
}

/** A PKCS#11 URI cannot be used. Never holds the PIN, nor any other value of the URI. */
export class Pkcs11UriError extends KeyServerError {
  readonly code = 'LATCHKEY_PKCS11_URI_INVALID';
  /** The attribute that is wrong; none where the URI as a whole is. */
  readonly attribute: string | undefined;

  constructor(attribute: string | undefined, reason: string) {
    super(attribute === undefined ? reason : `${attribute}: ${reason}`);
    this.attribute = attribute;
  }
}

/** Sessions of a URI that does not say how many. */
const DEFAULT_MAXIMUM_SESSIONS = 4;

/**
 * Reads a PKCS#11 URI (RFC 7512, section 2.3), with `max-sessions` as the field has it.
 *
 * @throws {Pkcs11UriError} that names the attribute and says what to do
 */
export function parsePkcs11Uri(text: string): Pkcs11Uri {
  if (!text.startsWith(SCHEME)) throw new Pkcs11UriError(undefined, `a PKCS#11 URI begins with "${SCHEME}"`);
  const [path = '', ...query] = text.slice(SCHEME.length).split('?');
  const attributes = {
    ...readAttributes(path, ';', PATH_ATTRIBUTES),
    ...readAttributes(query.join('?'), '&', QUERY_ATTRIBUTES),
  };
  const get = (name: string) => {
    const value = attributes[name];
    return value && decodeText(name, value);
  };
  const type = get('type');
  if (type !== undefined && type !== 'private')
    throw new Pkcs11UriError('type', 'must be "private": the key server uses private keys only');
  return {
    module: readModule(get('module-path'), get('module-name')),
    token: withoutUndefined({
      token: get('token'),
      serial: get('serial'),
      manufacturer: get('manufacturer'),
      model: get('model'),
      slotId: readNumber('slot-id', get('slot-id'), 0, Number.MAX_SAFE_INTEGER),
      slotDescription: get('slot-description'),
      slotManufacturer: get('slot-manufacturer'),
    }),
    key: withoutUndefined({ object: get('object'), id: attributes['id'] }),
    ...withoutUndefined({ pin: readPin(get('pin-value'), get('pin-source')) }),
    maximumSessions: readNumber('max-sessions', get('max-sessions'), 1, 256) ?? DEFAULT_MAXIMUM_SESSIONS,
  };
}

const SCHEME = 'pkcs11:';
const PATH_ATTRIBUTES = [
  'token',
  'serial',
  'manufacturer',
  'model',
  'slot-id',
  'slot-description',
  'slot-manufacturer',
  'object',
  'id',
  'type',
];
const QUERY_ATTRIBUTES = ['module-path', 'module-name', 'pin-value', 'pin-source', 'max-sessions'];

type RawAttributes = Record<string, Uint8Array>;

function readAttributes(text: string, separator: string, known: readonly string[]): RawAttributes {
  const attributes: RawAttributes = {};
  for (const part of text === '' ? [] : text.split(separator)) {
    const [name = '', ...value] = part.split('=');
    if (!known.includes(name)) throw new Pkcs11UriError(undefined, unknownAttribute(name, known));
    if (value.length === 0) throw new Pkcs11UriError(name, `has no value: write "${name}=..."`);
    if (Object.hasOwn(attributes, name)) throw new Pkcs11UriError(name, 'stands there twice: keep one');
    attributes[name] = percentDecode(name, value.join('='));
  }
  return attributes;
}

function unknownAttribute(name: string, known: readonly string[]): string {
  // A name that nobody knows may be part of a PIN with an unescaped character in it: it is not repeated.
  const suggestion = nearest(name, [...PATH_ATTRIBUTES, ...QUERY_ATTRIBUTES]);
  if (suggestion === undefined)
    return 'there is an unknown attribute; the characters ; & ? and % in values must be written %3B %26 %3F and %25';
  if (suggestion !== name) return `there is an unknown attribute: did you mean ${suggestion}?`;
  return known === PATH_ATTRIBUTES ? `${name} must stand after the "?"` : `${name} must stand before the "?"`;
}

/** Values are bytes (RFC 3986, section 2.1): what is not ASCII and yet stands there as it is counts as UTF-8. */
function percentDecode(name: string, text: string): Uint8Array {
  if (/%(?![0-9A-Fa-f]{2})/.test(text))
    throw new Pkcs11UriError(
      name,
      'has a "%" without two hexadecimal digits after it: write %25 for "%" itself',
    );
  // eslint-disable-next-line no-control-regex -- they are what is looked for
  if (/[\u0000-\u0020\u007f]/.test(text))
    throw new Pkcs11UriError(name, 'has a space or control character in it: write %20 for a space');
  const bytes = Buffer.from(text);
  const decoded: number[] = [];
  for (let index = 0; index < bytes.length; index += 1) {
    const byte = bytes[index] ?? 0;
    if (byte !== PERCENT) {
      decoded.push(byte);
      continue;
    }
    decoded.push(Number.parseInt(bytes.toString('latin1', index + 1, index + 3), 16));
    index += 2;
  }
  return Uint8Array.from(decoded);
}

const PERCENT = 0x25;

function decodeText(name: string, bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw new Pkcs11UriError(name, 'must be text in UTF-8');
  }
}

function readModule(path: string | undefined, name: string | undefined): Pkcs11Uri['module'] {
  // RFC 7512, section 2.4, lets the two stand beside each other; the path is the stricter.
  if (path !== undefined) {
    if (!isAbsolute(path)) throw new Pkcs11UriError('module-path', 'must be an absolute path');
    return { type: 'path', path };
  }
  if (name === undefined)
    throw new Pkcs11UriError(
      'module-path',
      'is missing: add "?module-path=..." with the path of the PKCS#11 module',
    );
  if (!/^[\w.+-]+$/.test(name) || name.startsWith('.'))
    throw new Pkcs11UriError('module-name', 'must be a name without a folder, e.g. "softhsm2"');
  return { type: 'name', name };
}

function readPin(value: string | undefined, source: string | undefined): Pkcs11Uri['pin'] {
  if (value !== undefined && source !== undefined)
    throw new Pkcs11UriError('pin-source', 'stands beside pin-value: keep one');
  if (value !== undefined) return { type: 'value', value: new Secret(value) };
  if (source === undefined) return undefined;
  if (source.startsWith('|'))
    throw new Pkcs11UriError('pin-source', 'is a command, and commands are not run: write the PIN to a file');
  const path = source.startsWith('file:') ? pathOfUrl(source) : source;
  if (!isAbsolute(path)) throw new Pkcs11UriError('pin-source', 'must be the absolute path of a file');
  return { type: 'file', path };
}

function pathOfUrl(url: string): string {
  try {
    return fileURLToPath(url);
  } catch {
    throw new Pkcs11UriError(
      'pin-source',
      'must be the absolute path of a file, e.g. "file:/etc/keyless/pin"',
    );
  }
}

function readNumber(name: string, text: string | undefined, from: number, to: number): number | undefined {
  if (text === undefined) return undefined;
  const number = /^\d{1,16}$/.test(text) ? Number(text) : Number.NaN;
  if (number >= from && number <= to) return number;
  throw new Pkcs11UriError(name, `must be a whole number from ${from} to ${to}`);
}

type Defined<T> = { [K in keyof T]?: Exclude<T[K], undefined> };

function withoutUndefined<T extends object>(object: T): Defined<T> {
  return Object.fromEntries(Object.entries(object).filter(([, value]) => value !== undefined)) as Defined<T>;
}
