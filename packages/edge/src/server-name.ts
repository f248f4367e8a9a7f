/**
 * Reads a DNS host name as it comes in server_name (RFC 6066, section 3).
 *
 * @returns it in lower case; undefined for what is no host name
 */
export function parseServerName(name: string): string | undefined {
  const lowerCase = name.toLowerCase();
  return lowerCase.length <= MAXIMUM_LENGTH && HOST_NAME.test(lowerCase) ? lowerCase : undefined;
}

/** Reads a host name as it stands in options, where `*` may be its leftmost label. */
export function parseServerNamePattern(pattern: string): string | undefined {
  if (!pattern.startsWith('*.')) return parseServerName(pattern);
  const parent = parseServerName(pattern.slice(2));
  return parent === undefined ? undefined : `*.${parent}`;
}

/** The pattern that covers a host name: `*` stands for exactly the leftmost label (RFC 9525, section 6.3). */
export function wildcardFor(serverName: string): string {
  return serverName.replace(/^[^.]*/, '*');
}

const MAXIMUM_LENGTH = 253;
// Underscores are no part of host names, but are met in the field.
const LABEL = '[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?';
const HOST_NAME = new RegExp(`^${LABEL}(?:\\.${LABEL})*$`);
