/** What an operator should read when the operating system refuses something. */
export function reasonOf(error: unknown): string {
  const code = codeOf(error);
  return REASONS.get(code) ?? (error instanceof Error ? error.message : String(error));
}

/** The stable name of a system error or of one of Node's; empty where there is none. */
export function codeOf(error: unknown): string {
  const code: unknown = error instanceof Error && 'code' in error ? error.code : undefined;
  return typeof code === 'string' ? code : '';
}

const REASONS: ReadonlyMap<string, string> = new Map([
  ['ENOENT', 'there is no such file or folder'],
  ['EACCES', 'this user may not do that: mind the permissions'],
  ['EPERM', 'this user may not do that: mind the permissions'],
  ['EISDIR', 'this is a folder, not a file'],
  ['ENOTDIR', 'this is a file, not a folder'],
  ['ELOOP', 'the symbolic links run in a circle'],
  ['EADDRINUSE', 'something else listens there already'],
  ['EADDRNOTAVAIL', 'this machine has no such address'],
  ['ENOTFOUND', 'there is no such host name'],
]);
