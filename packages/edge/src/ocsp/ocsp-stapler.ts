import { X509Certificate } from 'node:crypto';
import { checkOcspResponse, type TlsContext } from '@latchkey/native';
import type { EdgeEvent } from '../events.js';
import type { OcspStapling } from '../options.js';
import { fetchOcspResponse } from './fetch-ocsp-response.js';

/** What an {@link OcspStapler} staples to. */
export interface OcspStaplerOptions {
  readonly context: TlsContext;
  /** Which of the context's certificates. */
  readonly index: number;
  /** That certificate and its issuer's, in PEM. */
  readonly certificateChain: string | Uint8Array;
  readonly stapling: OcspStapling;
  readonly onEvent: (event: EdgeEvent) => void;
  /** How long to wait after the first failure, in milliseconds; after each further one twice as long. Default a minute. */
  readonly retryTime?: number;
}

/**
 * Keeps a fresh OCSP response stapled to one certificate (RFC 6066, section 8), or none where there is none to be had: no
 * handshake waits for it or fails because of it. Does not keep the process alive.
 */
export class OcspStapler {
  readonly #options: OcspStaplerOptions;
  readonly #fingerprint: string;
  readonly #retryTime: number;
  readonly #closed = new AbortController();
  #refreshTimer: NodeJS.Timeout | undefined;
  #expiryTimer: NodeJS.Timeout | undefined;
  #failures = 0;

  constructor(options: OcspStaplerOptions) {
    this.#options = options;
    this.#fingerprint = new X509Certificate(options.certificateChain).fingerprint256;
    this.#retryTime = options.retryTime ?? 60_000;
    const { stapling } = options;
    if (stapling === 'fetch') void this.#refresh(undefined);
    else if ('url' in stapling) void this.#refresh(stapling.url);
    else this.#use(stapling.response);
  }

  /** Staples nothing any more: nobody would see to it that it is fresh. */
  close(): void {
    const { context, index } = this.#options;
    context.setOcspResponse(index, undefined);
    this.#closed.abort();
    clearTimeout(this.#refreshTimer);
    clearTimeout(this.#expiryTimer);
  }

  async #refresh(url: string | undefined): Promise<void> {
    let nextUpdate: Date | undefined;
    try {
      const { certificateChain } = this.#options;
      const response = await fetchOcspResponse(certificateChain, url, this.#closed.signal);
      if (!this.#closed.signal.aborted) nextUpdate = this.#use(response);
    } catch (error) {
      this.#refuse(error instanceof Error ? error.message : String(error));
    }
    if (this.#closed.signal.aborted) return;
    this.#failures = nextUpdate === undefined ? this.#failures + 1 : 0;
    const wait = nextUpdate === undefined ? this.#retryWait() : refreshWait(nextUpdate);
    this.#refreshTimer = setTimeout(() => void this.#refresh(url), wait).unref();
  }

  /** Staples a response if it is good and fresh. Returns when it ends. */
  #use(response: Uint8Array): Date | undefined {
    const { context, index, certificateChain } = this.#options;
    const check = checkOcspResponse(certificateChain, response);
    if (!check.usable) return this.#refuse(check.reason);
    const { thisUpdate, nextUpdate } = check;
    if (nextUpdate === undefined) return this.#refuse('it does not say until when it counts');
    if (thisUpdate.getTime() > Date.now() + CLOCK_TOLERANCE) return this.#refuse('it is from the future');
    if (nextUpdate.getTime() <= Date.now()) return this.#refuse('it has expired');
    context.setOcspResponse(index, response);
    this.#dropAt(nextUpdate);
    this.#options.onEvent({
      type: 'ocsp_response_stapled',
      fingerprint: this.#fingerprint,
      nextUpdate,
    });
    return nextUpdate;
  }

  #refuse(reason: string): undefined {
    if (this.#closed.signal.aborted) return;
    this.#options.onEvent({ type: 'ocsp_response_refused', fingerprint: this.#fingerprint, reason });
  }

  #dropAt(time: Date): void {
    const { context, index } = this.#options;
    clearTimeout(this.#expiryTimer);
    const wait = time.getTime() - Date.now();
    this.#expiryTimer = setTimeout(
      () => {
        if (wait > LONGEST_TIMER) this.#dropAt(time);
        else context.setOcspResponse(index, undefined);
      },
      Math.min(wait, LONGEST_TIMER),
    ).unref();
  }

  #retryWait(): number {
    return Math.min(this.#retryTime * 2 ** (this.#failures - 1), LONGEST_RETRY_TIME);
  }
}

const HOUR = 3_600_000;
/** Newer information need not be fetched more often than responders make it. */
const LONGEST_TIMER = 24 * HOUR;
const LONGEST_RETRY_TIME = HOUR;
/** By how much a responder's clock may be ahead, in milliseconds. */
const CLOCK_TOLERANCE = 300_000;
const SHORTEST_REFRESH = 1000;

/** Half of what is left, somewhat spread so that edges do not all ask at once: there is time for many attempts. */
function refreshWait(nextUpdate: Date): number {
  const half = (nextUpdate.getTime() - Date.now()) / 2;
  return Math.max(Math.min(half, LONGEST_TIMER) * (0.9 + Math.random() * 0.2), SHORTEST_REFRESH);
}
