/** The major version of every frame that this codec reads and writes. */
export const MAJOR_VERSION = 1;

/** The minor version that it writes; a receiver ignores its value. */
export const MINOR_VERSION = 0;

/** Bytes before a frame's body: version, length and id. */
export const HEADER_LENGTH = 8;

/** The longest body that the header's length field can announce, in bytes. */
export const MAXIMUM_BODY_LENGTH = 0xffff;

/** Senders pad every frame, header included, to at least as many bytes. */
export const MINIMUM_FRAME_LENGTH = 1024;

/** What an item of a body holds (docs/protocol/kssl1.md, "Items"). */
export const Tag = {
  CERTIFICATE_DIGEST: 0x01,
  SERVER_NAME: 0x02,
  CLIENT_IP: 0x03,
  SKI: 0x04,
  SERVER_IP: 0x05,
  CERTIFICATE_ID: 0x06,
  OPCODE: 0x11,
  PAYLOAD: 0x12,
  CUSTOM_FUNCTION_NAME: 0x13,
  EXTRA: 0x14,
  TRACING_SPAN: 0x15,
  REQUEST_CONTEXT: 0x16,
  COMPLIANCE_REGION: 0x17,
  PADDING: 0x20,
} as const;
export type Tag = (typeof Tag)[keyof typeof Tag];

/** What a request asks for, or what kind of answer an answer is (docs/protocol/kssl1.md, "Operations"). */
export const Opcode = {
  RSA_DECRYPT: 0x01,
  RSA_PKCS1_MD5_SHA1: 0x02,
  RSA_PKCS1_SHA1: 0x03,
  RSA_PKCS1_SHA224: 0x04,
  RSA_PKCS1_SHA256: 0x05,
  RSA_PKCS1_SHA384: 0x06,
  RSA_PKCS1_SHA512: 0x07,
  ECDSA_MD5_SHA1: 0x12,
  ECDSA_SHA1: 0x13,
  ECDSA_SHA224: 0x14,
  ECDSA_SHA256: 0x15,
  ECDSA_SHA384: 0x16,
  ECDSA_SHA512: 0x17,
  ED25519: 0x18,
  SEAL: 0x21,
  UNSEAL: 0x22,
  RPC: 0x23,
  CUSTOM: 0x24,
  RSA_PSS_SHA256: 0x35,
  RSA_PSS_SHA384: 0x36,
  RSA_PSS_SHA512: 0x37,
  /** Answers only. */
  SUCCESS: 0xf0,
  PING: 0xf1,
  /** Answers only. */
  PONG: 0xf2,
  /** Answers only. */
  ERROR: 0xff,
} as const;
export type Opcode = (typeof Opcode)[keyof typeof Opcode];

/** Why a request failed: the one byte of an error answer's payload (docs/protocol/kssl1.md, "Errors"). */
export const ErrorCode = {
  CRYPTOGRAPHY_FAILURE: 0x01,
  KEY_NOT_FOUND: 0x02,
  READ_ERROR: 0x03,
  VERSION_MISMATCH: 0x04,
  BAD_OPCODE: 0x05,
  UNEXPECTED_OPCODE: 0x06,
  MALFORMED_MESSAGE: 0x07,
  INTERNAL_ERROR: 0x08,
  CERTIFICATE_NOT_FOUND: 0x09,
  SEALING_KEY_EXPIRED: 0x0a,
  REMOTE_CONFIGURATION_ERROR: 0x0b,
} as const;
export type ErrorCode = (typeof ErrorCode)[keyof typeof ErrorCode];
