/** How the first thread of a process did. Memory in MiB. */
export interface ProbeFindings {
  readonly samples: readonly ProbeSample[];
  /** Of its event loop, in milliseconds. */
  readonly delay: { readonly p50: number; readonly p99: number; readonly longest: number };
  readonly garbage: { readonly collections: number; readonly milliseconds: number };
}

/** At one moment. */
export interface ProbeSample {
  /** In seconds since the process began. */
  readonly at: number;
  /** The share of the time since the one before in which the event loop did something. */
  readonly utilization: number;
  readonly rss: number;
  readonly heapUsed: number;
  readonly external: number;
}
