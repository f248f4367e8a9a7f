/** What a load generator must know of a protocol. */
export interface Wire {
  /** Offered in ALPN; none: nothing is. */
  readonly alpnProtocols: readonly string[];
  /**
   * The bytes that ask for neighbouring requests.
   *
   * @param requests as they were encoded, one after the other
   * @param length of each
   */
  frame(requests: Buffer, length: number): Buffer;
  /** Finds answers in the bytes that come, without reading them: that would cost the client more than all its other work. */
  scanner(take: AnswerTaker): { push(chunk: Buffer): void };
  /** Whether an answer says plainly that the operation was performed; false means that it must be decoded to know. */
  saysSuccess(bytes: Uint8Array, start: number, end: number): boolean;
  decode(bytes: Uint8Array, start: number, end: number): DecodedAnswer;
}

/**
 * Takes an answer: the bytes from `start` to `end`, which are only there until it returns.
 *
 * @param id of the request, counted from 0
 */
export type AnswerTaker = (id: number, bytes: Uint8Array, start: number, end: number) => void;

/** What an answer says: a view, or why there is none. */
export type DecodedAnswer =
  | { readonly kind: 'answer'; readonly payload: Uint8Array }
  | { readonly kind: 'failure'; readonly failure: string };
