/** The command line does not say what the command can do: exit code 2. */
export class UsageError extends Error {
  readonly code = 'LATCHKEY_USAGE';
  override readonly name = 'UsageError';
}
