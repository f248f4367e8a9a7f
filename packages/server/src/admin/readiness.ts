import type { StoredKey } from '../keys/key-store.js';
import type { JobExecutor } from '../pool/job.js';
import { checkKey } from './key-check.js';

/** Something because of which a key server is not ready. */
export interface ReadinessProblem {
  /**
   * `key_unusable`: a signature cannot be made with it, or does not verify. `key_unchecked`: that is still being found
   * out. `key_not_loaded`: a file or store cannot be used. `process_missing`: of several processes, one has ended and is
   * not replaced yet, or does not answer.
   */
  readonly problem:
    | 'draining'
    | 'no_keys'
    | 'key_unusable'
    | 'key_unchecked'
    | 'key_not_loaded'
    | 'key_store_unavailable'
    | 'audit_log_unhealthy'
    | 'process_missing';
  /** SKI of the key that it concerns, as hexadecimal text. */
  readonly ski?: string;
  /** The key's label, or the file's or store's name. */
  readonly name?: string;
  /** For people. */
  readonly reason?: string;
}

/** Whether a key server can do all that it is there for. */
export interface ReadinessReport {
  readonly ready: boolean;
  /** At most a hundred of them. */
  readonly problems: readonly ReadinessProblem[];
}

/** What readiness is found out from. */
export interface ReadinessSources {
  /** The keys that are served now. */
  readonly keys: () => Iterable<StoredKey>;
  /** Performs operations, or has them performed by whom they name. */
  readonly executor: JobExecutor;
  /** All else that stands in the way. */
  readonly problems: () => readonly ReadinessProblem[];
}

/**
 * Finds out whether every key can be used: by a signature that is made and verified, once after it was loaded and again
 * every half minute that somebody asks, a few keys at a time so that edges do not feel it.
 */
export class Readiness {
  readonly #sources: ReadinessSources;
  readonly #checks = new WeakMap<StoredKey, KeyCheck>();
  #checking: Promise<void> | undefined;

  constructor(sources: ReadinessSources) {
    this.#sources = sources;
  }

  /** Checks the keys whose turn it is. Resolves within two seconds, whatever the keys do. */
  async report(): Promise<ReadinessReport> {
    const checking = this.check();
    const patience = new AbortController();
    await Promise.race([checking, elapsed(PATIENCE, patience.signal)]);
    patience.abort();
    return this.#report();
  }

  /** What is known without waiting; checks go on behind it. */
  current(): ReadinessReport {
    void this.check();
    return this.#report();
  }

  /** Checks the keys that have not been checked, and some of those whose check was long ago. Never rejects. */
  check(): Promise<void> {
    this.#checking ??= this.#checkDue().finally(() => (this.#checking = undefined));
    return this.#checking;
  }

  #report(): ReadinessReport {
    const others = this.#sources.problems();
    const named = new Set(others.map(({ ski }) => ski));
    const ofKeys = [...this.#keyProblems()].filter(({ ski }) => ski === undefined || !named.has(ski));
    const problems = [...others, ...ofKeys];
    return { ready: problems.length === 0, problems: problems.slice(0, MAXIMUM_PROBLEMS) };
  }

  *#keyProblems(): Generator<ReadinessProblem> {
    let count = 0;
    for (const key of this.#sources.keys()) {
      count += 1;
      const check = this.#checks.get(key);
      const named = { ski: Buffer.from(key.ski).toString('hex'), name: key.label };
      if (check === undefined) yield { problem: 'key_unchecked', ...named };
      else if (check.reason !== undefined) yield { problem: 'key_unusable', ...named, reason: check.reason };
    }
    if (count === 0) yield { problem: 'no_keys', reason: 'no private key could be loaded' };
  }

  async #checkDue(): Promise<void> {
    const due = this.#due();
    const checkNext = async (): Promise<void> => {
      for (let key = due.pop(); key !== undefined; key = due.pop()) {
        const reason = await checkKey(key, this.#sources.executor, performance.now() + CHECK_TIMEOUT);
        this.#checks.set(key, { at: performance.now(), reason });
      }
    };
    await Promise.all(Array.from({ length: CONCURRENCY }, checkNext));
  }

  /** Those that have never been checked, and a few of the others: whose check is oldest last. */
  #due(): StoredKey[] {
    const now = performance.now();
    const unchecked: StoredKey[] = [];
    const outdated: { readonly key: StoredKey; readonly at: number }[] = [];
    for (const key of this.#sources.keys()) {
      const check = this.#checks.get(key);
      if (check === undefined) unchecked.push(key);
      else if (now - check.at >= validityOf(check)) outdated.push({ key, at: check.at });
    }
    const oldest = outdated.sort((a, b) => a.at - b.at).slice(0, MAXIMUM_RECHECKS);
    return [...unchecked, ...oldest.map(({ key }) => key).toReversed()];
  }
}

/** What came out when a key was checked. */
interface KeyCheck {
  /** In milliseconds on the clock of `performance.now()`. */
  readonly at: number;
  /** Why it cannot be used; none when it can. */
  readonly reason: string | undefined;
}

function validityOf({ reason }: KeyCheck): number {
  return reason === undefined ? VALIDITY : VALIDITY_OF_FAILURE;
}

async function elapsed(milliseconds: number, signal: AbortSignal): Promise<void> {
  await new Promise<void>((resolve) => {
    const timer = setTimeout(resolve, milliseconds);
    signal.addEventListener('abort', () => {
      clearTimeout(timer);
      resolve();
    });
  });
}

// Times are in milliseconds.
const PATIENCE = 2000;
const CHECK_TIMEOUT = 10_000;
const VALIDITY = 30_000;
const VALIDITY_OF_FAILURE = 1000;
/** Keys that are checked at once. */
const CONCURRENCY = 4;
const MAXIMUM_RECHECKS = 32;
const MAXIMUM_PROBLEMS = 100;
