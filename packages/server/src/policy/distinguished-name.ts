/** An attribute of a distinguished name, e.g. `CN` with `edge 1`. */
export interface NameAttribute {
  /** Upper-case: `CN`, `O`, or an OID in digits. */
  readonly type: string;
  readonly value: string;
}

/**
 * Takes a distinguished name apart: as RFC 4514 writes it, as `openssl x509 -noout -subject` prints it, or with line
 * feeds between the attributes, as Node gives it.
 *
 * @returns the attributes in the order of the text; undefined when it is no distinguished name. An empty text is an
 *   empty name.
 */
export function parseDistinguishedName(text: string): NameAttribute[] | undefined {
  const attributes: NameAttribute[] = [];
  let end = 0;
  while (end < text.length) {
    ATTRIBUTE.lastIndex = end;
    const [match, type, quoted, plain = ''] = ATTRIBUTE.exec(text) ?? [];
    if (match === undefined || type === undefined) return undefined;
    attributes.push({
      type: type.toUpperCase(),
      value: quoted === undefined ? unescape(plain, 'trimmed') : unescape(quoted, 'whole'),
    });
    end += match.length;
  }
  return attributes;
}

/**
 * A text that is the same for two names exactly when they have the same attributes, in whatever order: tools differ in
 * which end they begin with.
 */
export function nameIndex(attributes: readonly NameAttribute[]): string {
  return JSON.stringify(attributes.map(({ type, value }) => `${type}=${value}`).sort());
}

/**
 * Type, equals sign, value; the value in quotes or with escapes; then a separator or the end. No two parts can match the
 * same spaces: that would take a time that grows with the square of their number.
 */
const ATTRIBUTE =
  /\s*([A-Za-z][\w-]*|[\d.]+) *= *(?! )(?:"((?:[^"\\]|\\.)*)" *|((?:[^"\\,+\n]|\\.)*))(?:[,+\n]|$)/suy;

/** Bytes of UTF-8 in hexadecimal, an escaped character, or a character that stands for itself. */
const ELEMENT = /((?:\\[\dA-Fa-f]{2})+)|\\(.)|[^\\]/gsu;

/** @param spaces `trimmed`: spaces at the end do not count unless they are escaped */
function unescape(text: string, spaces: 'trimmed' | 'whole'): string {
  let value = '';
  let length = 0;
  for (const [element, bytes, character] of text.matchAll(ELEMENT)) {
    value +=
      bytes === undefined
        ? (character ?? element)
        : Buffer.from(bytes.replaceAll('\\', ''), 'hex').toString();
    if (element !== ' ' || spaces === 'whole') length = value.length;
  }
  return value.slice(0, length);
}
