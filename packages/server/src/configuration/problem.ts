/** One thing that is wrong with a configuration. */
export interface ConfigurationProblem {
  /** The file, or the flag or environment variable that set the value. */
  readonly source: string;
  /** Line and column in the file, both from 1; none for what is missing or does not come from the file. */
  readonly line?: number;
  readonly column?: number;
  /** The key, e.g. `port` or `private_key_stores.0.dir`; none when the file as a whole is unusable. */
  readonly key?: string;
  /** What is wrong and what to do. */
  readonly message: string;
}
