import { latchkey } from '../../generated/kssl2.js';

/** The name of the protocol in ALPN (RFC 7301). */
export const ALPN_PROTOCOL = 'kssl2';

/** Bytes before a frame's message: its length, big endian. */
export const HEADER_LENGTH = 4;

/** The longest message in a frame, in either direction, in bytes. */
export const MAXIMUM_FRAME_LENGTH = 256 * 1024;

/** Requests, or answers, in a frame at most; and ids that one frame cancels. */
export const MAXIMUM_BATCH_LENGTH = 1024;

/** The longest request that a receiver takes, and so the longest that is ever worked on, in bytes. */
export const MAXIMUM_REQUEST_LENGTH = 64 * 1024;

/** The longest payload of a ping, in bytes. */
export const MAXIMUM_PING_LENGTH = 64;

/** Sites of which one edge gets the certificates over one connection at most. */
export const MAXIMUM_SUBSCRIPTIONS = 1024;

/** Host names of one subscription at most. */
export const MAXIMUM_SERVER_NAMES = 100;

/** Chains for one subscription at most: one for each kind of key. */
export const MAXIMUM_CHAINS = 4;

/** Certificates of one chain at most. */
export const MAXIMUM_CHAIN_CERTIFICATES = 10;

/** The longest chain, in bytes of DER: as many as there may be fit into a frame. */
export const MAXIMUM_CHAIN_LENGTH = 48 * 1024;

/** Why a request was not performed. */
export const ErrorCode = latchkey.kssl2.ErrorCode;
export type ErrorCode = latchkey.kssl2.ErrorCode;

/** Why a key server ends a connection. */
export const GoingAwayReason = latchkey.kssl2.GoingAwayReason;
export type GoingAwayReason = latchkey.kssl2.GoingAwayReason;
