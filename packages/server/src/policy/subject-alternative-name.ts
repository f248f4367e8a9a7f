/** A name in the subjectAltName extension (RFC 5280, section 4.2.1.6). */
export interface AlternativeName {
  /** As Node calls it: `DNS`, `URI`, `IP Address`, `email`, `DirName`, ... */
  readonly type: string;
  readonly value: string;
}

/**
 * Takes apart what Node's `X509Certificate.subjectAltName` gives: names with commas between them, those that hold anything
 * but plain characters as JSON strings. To split it at the commas lets whoever chose one name make up others
 * (CVE-2021-44532).
 *
 * @returns undefined when it is not in that form
 */
export function parseAlternativeNames(text: string): AlternativeName[] | undefined {
  const names: AlternativeName[] = [];
  let end = 0;
  while (end < text.length) {
    NAME.lastIndex = end;
    const [match, type, quoted, plain] = NAME.exec(text) ?? [];
    if (match === undefined || type === undefined) return undefined;
    const value = quoted === undefined ? plain : parseJsonString(quoted);
    if (value === undefined) return undefined;
    names.push({ type, value });
    end += match.length;
  }
  return names;
}

/** Type, colon, value; the value in quotes or without any character that could be mistaken; then a comma or the end. */
const NAME = /([^:,"]+):(?:("(?:[^"\\]|\\.)*")|([^,"\\]*))(?:, |$)/suy;

function parseJsonString(text: string): string | undefined {
  try {
    return JSON.parse(text) as string;
  } catch {
    return undefined;
  }
}
