import type { KeyProblem, ProvidedKeyOperation } from '../key-stores/key-store-provider.js';
import type { KeyAttributes, TokenAttributes } from './pkcs11-uri.js';

// What the key server and the process that has the PKCS#11 module say to each other.

/** Which token to open, and which of its keys are wanted. */
export interface TokenRequest {
  readonly moduleFile: string;
  readonly token: TokenAttributes;
  /** A key that any of them matches. */
  readonly keys: readonly KeyAttributes[];
  readonly pin: string | undefined;
  readonly maximumSessions: number;
}

/** From the key server. */
export type Command =
  /** The first, once. */
  | { readonly type: 'open'; readonly request: TokenRequest }
  | {
      readonly type: 'perform';
      readonly id: number;
      /** Index into the keys of {@link Opened}. */
      readonly key: number;
      readonly operation: ProvidedKeyOperation;
    };

/** The token is open. */
export interface Opened {
  readonly type: 'opened';
  readonly keys: readonly { readonly label: string; readonly subjectPublicKeyInfo: Uint8Array }[];
  readonly problems: readonly KeyProblem[];
  readonly sessions: number;
}

/** To the key server. */
export type Report =
  | Opened
  /** It cannot be opened; `credentials`: because it refuses the PIN. The process is of no more use. */
  | { readonly type: 'not_opened'; readonly cause: 'credentials' | 'unavailable'; readonly reason: string }
  | { readonly type: 'answer'; readonly id: number; readonly answer: Uint8Array }
  /** `token_gone`: the process is of no more use. */
  | {
      readonly type: 'failure';
      readonly id: number;
      readonly cause: 'refused' | 'token_gone';
      readonly reason: string;
    };
