import { returnValueOf } from './cryptoki.js';

// What a CK_RV (PKCS#11 v3.1, section 5.1) means for what is to be done next.

/** The token, or our session with it, is gone: nothing helps but to open it afresh. */
export function meansTokenGone(error: unknown): boolean {
  return TOKEN_GONE.has(returnValueOf(error));
}

/** What some modules say of an operation that they refuse, and others of a token that is gone: ask about the session. */
export function mayMeanTokenGone(error: unknown): boolean {
  return MAYBE_GONE.has(returnValueOf(error));
}

/** Somebody is logged in already: just as good. */
export function meansLoggedIn(error: unknown): boolean {
  return returnValueOf(error) === CKR_USER_ALREADY_LOGGED_IN;
}

const CKR_USER_ALREADY_LOGGED_IN = 0x100;

const TOKEN_GONE: ReadonlySet<number> = new Set([
  0x03, // CKR_SLOT_ID_INVALID
  0x30, // CKR_DEVICE_ERROR
  0x32, // CKR_DEVICE_REMOVED
  0x60, // CKR_KEY_HANDLE_INVALID
  0x82, // CKR_OBJECT_HANDLE_INVALID: of SoftHSM, when its files are gone
  0x90, // CKR_OPERATION_ACTIVE: a session that is stuck
  0xb0, // CKR_SESSION_CLOSED
  0xb3, // CKR_SESSION_HANDLE_INVALID
  0xe0, // CKR_TOKEN_NOT_PRESENT
  0xe1, // CKR_TOKEN_NOT_RECOGNIZED
  0x101, // CKR_USER_NOT_LOGGED_IN: the token has been reset
  0x190, // CKR_CRYPTOKI_NOT_INITIALIZED
]);

const MAYBE_GONE: ReadonlySet<number> = new Set([
  0x02, // CKR_HOST_MEMORY
  0x05, // CKR_GENERAL_ERROR
  0x06, // CKR_FUNCTION_FAILED
  0x31, // CKR_DEVICE_MEMORY
]);
