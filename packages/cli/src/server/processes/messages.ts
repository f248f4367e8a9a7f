import type { MetricValues } from '@latchkey/admin';
import type {
  KeyChanges,
  KeyFacts,
  KeyServerStatistics,
  ReadinessReport,
  ServerStatus,
  TokenUse,
} from '@latchkey/server';
import type { WorkerProtocol } from '../../supervision/workers/messages.js';

/** What the processes of a key server say to each other. Never anything of a key but what anybody may know. */
export interface KeyServerWorkerProtocol extends WorkerProtocol {
  readonly parameters: {
    /** From 1: which share of what is for all it has. */
    readonly slot: number;
    /** The configuration file as all processes have it, whatever has become of the file since. */
    readonly configuration: string;
  };
  readonly serving: ServingFacts;
  readonly answers: {
    readonly metrics: readonly MetricValues[];
    readonly readiness: ReadinessReport;
    readonly status: ServerStatus;
    readonly keys: readonly KeyFacts[];
    readonly statistics: KeyServerStatistics;
    /** The first half of a reload. */
    readonly prepare_all: PreparationOutcome;
    readonly prepare_keys: PreparationOutcome;
    /** The second half; undefined where there is nothing to commit any more. */
    readonly commit: KeyChanges | undefined;
  };
  readonly order:
    /** With the socket that it is to serve. */
    | { readonly type: 'serve'; readonly connection: number }
    /** To let some of its edges go, so that others have them. */
    | { readonly type: 'let_go'; readonly count: number }
    /** To forget what it has prepared. */
    | { readonly type: 'discard' }
    | TokensUsed;
  readonly notice: { readonly type: 'gone'; readonly connection: number } | TokensUsed;
}

/** What clients have used of their rate limits in one process, for the others. */
interface TokensUsed {
  readonly type: 'tokens';
  readonly uses: readonly TokenUse[];
}

/** What a process of a key server says of itself when it begins to serve. */
export interface ServingFacts {
  /** How many it serves. */
  readonly keys: number;
  /** Key files that it cannot use. */
  readonly unusableFiles: readonly string[];
}

/** Whether what was read again can be served; if not, why not. */
export type PreparationOutcome = { readonly ok: true } | { readonly ok: false; readonly reason: string };
