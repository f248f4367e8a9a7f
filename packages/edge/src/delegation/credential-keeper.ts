import { verify, X509Certificate } from 'node:crypto';
import {
  type DelegatedCredentialParameters,
  delegatedCredentialMessage,
  encodeDelegatedCredential,
  type KeyService,
} from '@latchkey/codec';
import { type TlsContext, TlsCredentialKey, type TlsPublicKey } from '@latchkey/native';
import type { EdgeEvent } from '../events.js';

/** What a {@link CredentialKeeper} gets credentials for. */
export interface CredentialKeeperOptions {
  readonly context: TlsContext;
  /** Which of the context's certificates: one that {@link takesCredentials}. */
  readonly index: number;
  /** That certificate in PEM, with or without others behind it. */
  readonly certificateChain: string | Uint8Array;
  /** Has the certificate's key. */
  readonly keyService: KeyService;
  /** How long each credential lasts, in seconds. */
  readonly lifetime: number;
  readonly onEvent: (event: EdgeEvent) => void;
  /** How long to wait after the first failure, in milliseconds; after each further one twice as long. Default 10 s. */
  readonly retryTime?: number;
}

/**
 * Whether delegated credentials can be had for a certificate: it must allow them, and its key must be ECDSA, since no
 * visitor is known to take those of others.
 */
export function takesCredentials(publicKey: TlsPublicKey | undefined): boolean {
  return publicKey?.curve !== undefined && publicKey.allowsDelegation;
}

/**
 * Keeps a valid delegated credential (RFC 9345) with one certificate: has one signed, and the next one when half of its
 * time is over. Where none can be had, the one before serves until its end, and after that the certificate's own key, as
 * without. Does not keep the process alive.
 */
export class CredentialKeeper {
  /** Whom to ask: may be replaced by another that has the key. */
  keyService: KeyService;
  readonly #options: CredentialKeeperOptions;
  readonly #certificate: X509Certificate;
  readonly #closed = new AbortController();
  #timer: NodeJS.Timeout | undefined;
  #failures = 0;

  constructor(options: CredentialKeeperOptions) {
    this.#options = options;
    this.keyService = options.keyService;
    this.#certificate = new X509Certificate(options.certificateChain);
    void this.#renew();
  }

  /** Drops the credential, and with it its key once the last handshake that uses it is over. */
  close(): void {
    this.#closed.abort();
    clearTimeout(this.#timer);
    this.#options.context.setDelegatedCredential(this.#options.index, undefined);
  }

  async #renew(): Promise<void> {
    const { lifetime, onEvent } = this.#options;
    let wait: number;
    try {
      const end = await this.#obtain();
      if (this.#closed.signal.aborted) return;
      this.#failures = 0;
      wait = Math.min((end.getTime() - Date.now()) / 2, (lifetime * 1000) / 2) * spread();
      onEvent({ type: 'delegated_credential_obtained', fingerprint: this.#certificate.fingerprint256, end });
    } catch (error) {
      if (this.#closed.signal.aborted) return;
      const reason = error instanceof Error ? error.message : String(error);
      wait = this.#retryWait() * spread();
      onEvent({
        type: 'delegated_credential_refused',
        fingerprint: this.#certificate.fingerprint256,
        reason,
      });
    }
    this.#timer = setTimeout(() => void this.#renew(), Math.max(wait, SHORTEST_WAIT)).unref();
  }

  /** Has a credential with a new key signed and uses it. Returns when it ends. */
  async #obtain(): Promise<Date> {
    const { context, index, lifetime } = this.#options;
    const publicKey = context.publicKeys[index];
    if (publicKey?.curve === undefined) throw new Error('the certificate has no ECDSA key');
    const key = new TlsCredentialKey(publicKey.curve);
    const parameters = this.#parameters(key);
    const signature = await this.keyService.perform(
      { key: { ski: publicKey.ski }, operation: { type: 'sign_delegated_credential', ...parameters } },
      { deadline: performance.now() + DEADLINE, signal: this.#closed.signal },
    );
    this.#verify(parameters, signature);
    const end = this.#beginning() + parameters.validTime * 1000;
    // Visitors whose clocks are ahead would take it for expired, and there is no second try in a handshake.
    const lastUse = new Date(end - Math.min(CLOCK_TOLERANCE, (lifetime * 1000) / 10));
    if (!this.#closed.signal.aborted)
      context.setDelegatedCredential(index, {
        key,
        content: encodeDelegatedCredential(parameters, signature),
        algorithm: parameters.algorithm,
        end: lastUse,
      });
    return lastUse;
  }

  #parameters({ signatureScheme, subjectPublicKeyInfo }: TlsCredentialKey): DelegatedCredentialParameters {
    const end = Math.min(Date.now() + this.#options.lifetime * 1000, Date.parse(this.#certificate.validTo));
    return {
      certificate: this.#certificate.raw,
      validTime: Math.floor((end - this.#beginning()) / 1000),
      dcCertVerifyAlgorithm: signatureScheme,
      subjectPublicKeyInfo,
      // Of the certificate's key, which is on the same curve.
      algorithm: signatureScheme,
    };
  }

  /** A credential that is wrongly signed would fail the handshakes of all who take it. */
  #verify(parameters: DelegatedCredentialParameters, signature: Uint8Array): void {
    const hash = HASHES.get(parameters.algorithm);
    const message = delegatedCredentialMessage(parameters);
    if (!verify(hash, message, this.#certificate.publicKey, signature))
      throw new Error('the key service has signed something else');
  }

  /** What `validTime` counts from. */
  #beginning(): number {
    return Date.parse(this.#certificate.validFrom);
  }

  #retryWait(): number {
    const { retryTime = 10_000 } = this.#options;
    this.#failures += 1;
    return Math.min(retryTime * 2 ** (this.#failures - 1), LONGEST_RETRY_TIME);
  }
}

const HASHES: ReadonlyMap<number, string> = new Map([
  [0x0403, 'sha256'],
  [0x0503, 'sha384'],
  [0x0603, 'sha512'],
]);

/** How long the key service may take, in milliseconds. */
const DEADLINE = 10_000;
const SHORTEST_WAIT = 1000;
const LONGEST_RETRY_TIME = 600_000;
/** By how much a visitor's clock may be ahead, in milliseconds. */
const CLOCK_TOLERANCE = 300_000;

/** So that edges do not all ask at once. */
function spread(): number {
  return 0.9 + Math.random() * 0.2;
}
