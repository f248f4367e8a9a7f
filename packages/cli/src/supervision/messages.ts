/** What a command tells the process that started it with an IPC channel, as `latchkey demo` does. */
export type Report =
  /** It serves, on this TCP port where it has one. */
  | { readonly type: 'listening'; readonly port: number | undefined }
  /** The answer to {@link StatisticsRequest}. */
  | { readonly type: 'statistics'; readonly statistics: unknown };

/** Asks a command for its counters. */
export interface StatisticsRequest {
  readonly type: 'statistics';
}
