/**
 * Why a connection to a key server could not be made, or broke.
 *
 * - `dns`: its name has no address, or the resolver does not answer
 * - `refused`: nothing listens there
 * - `unreachable`: no route, no such socket file, or no permission
 * - `timeout`: it took longer than `connectTimeout`, or fell silent later
 * - `not_tls`: what listens there does not speak TLS
 * - `server_certificate_untrusted`: the server's certificate does not chain to `ca`, or is not for servers
 * - `server_certificate_name`: the server's certificate is for another name
 * - `server_certificate_expired`: the server's certificate, or its CA's, has expired or is not valid yet
 * - `client_certificate_refused`: the server does not accept `certificate`
 * - `protocol`: no TLS version or cipher suite in common, a protocol that `protocols` does not allow, or answers that are
 *   none of it
 * - `closed`: the server, or something on the way, closed the connection
 */
export type ConnectionFailureReason =
  | 'dns'
  | 'refused'
  | 'unreachable'
  | 'timeout'
  | 'not_tls'
  | 'server_certificate_untrusted'
  | 'server_certificate_name'
  | 'server_certificate_expired'
  | 'client_certificate_refused'
  | 'protocol'
  | 'closed';

/** One connection's end. */
export interface ConnectionFailure {
  /** The key server: `host:port`, or the path of its socket. */
  readonly server: string;
  readonly reason: ConnectionFailureReason;
  /** For people; completes the sentence "key server X ...". */
  readonly message: string;
  /** The code of the error underneath, from the system, OpenSSL or Node.js, where there was one: e.g. `ECONNREFUSED`. */
  readonly code?: string;
}

/**
 * How far a connection had come when it broke:
 *
 * - `handshake`: the client's part of the TLS handshake was not done
 * - `unanswered`: it was, but the server had not answered anything; only its first answer shows that it accepts the
 *   client's certificate, which it may look at when the client takes the handshake for complete (RFC 8446, section 4.4.2.4)
 * - `answered`: the server had answered
 */
export type ConnectionPhase = 'handshake' | 'unanswered' | 'answered';

/** Breaks off a connection for a reason that this client found itself. */
export class BreakOffError extends Error {
  readonly reason: ConnectionFailureReason;

  /** @param message completes the sentence "key server X ..." */
  constructor(reason: ConnectionFailureReason, message: string) {
    super(message);
    this.reason = reason;
  }
}

/**
 * Finds out what went wrong with a connection.
 *
 * @param error the error that ended it; undefined where the other end closed it properly
 */
export function diagnose(
  server: string,
  phase: ConnectionPhase,
  error: Error | undefined,
): ConnectionFailure {
  if (error instanceof BreakOffError) return { server, reason: error.reason, message: error.message };
  const code = error === undefined || !('code' in error) ? '' : String(error.code);
  const { reason, message } =
    DIAGNOSES.find(({ codes }) => codes.test(code)) ?? (CLOSED.test(code) ? CLOSINGS[phase] : UNKNOWN);
  if (error === undefined) return { server, reason, message };
  return { server, reason, message: `${message} (${detailOf(error, code)})`, ...(code !== '' && { code }) };
}

/**
 * What is wrong when the name of key servers stands for none.
 *
 * @param error the resolver's; undefined where it found the name, and no server
 */
export function resolutionFailure(server: string, error: unknown): ConnectionFailure {
  const code = error instanceof Error && 'code' in error ? String(error.code) : undefined;
  const message = 'has a name that cannot be resolved';
  return {
    server,
    reason: 'dns',
    message: code === undefined ? message : `${message} (${code})`,
    ...(code !== undefined && { code }),
  };
}

interface Diagnosis {
  readonly reason: ConnectionFailureReason;
  readonly message: string;
}

/** By the codes of Node.js: libuv's, those of X.509 verification, and OpenSSL's reasons behind `ERR_SSL_`. */
const DIAGNOSES: readonly (Diagnosis & { readonly codes: RegExp })[] = [
  { codes: /^(ENOTFOUND|EAI_\w+)$/, reason: 'dns', message: 'has a name that cannot be resolved' },
  { codes: /^ECONNREFUSED$/, reason: 'refused', message: 'refused the connection: nothing listens there' },
  {
    codes:
      /^(EHOSTUNREACH|ENETUNREACH|EHOSTDOWN|ENETDOWN|EADDRNOTAVAIL|ENOENT|ENOTSOCK|EACCES|EPERM|EINVAL)$/,
    reason: 'unreachable',
    message: 'cannot be reached',
  },
  { codes: /^ETIMEDOUT$/, reason: 'timeout', message: 'did not answer in time' },
  {
    codes: /^(ERR_TLS_CERT_ALTNAME_\w+|HOSTNAME_MISMATCH)$/,
    reason: 'server_certificate_name',
    message: 'presented a certificate for another name',
  },
  {
    codes: /^CERT_HAS_EXPIRED$/,
    reason: 'server_certificate_expired',
    message: 'presented a certificate that has expired',
  },
  {
    codes: /^CERT_NOT_YET_VALID$/,
    reason: 'server_certificate_expired',
    message: 'presented a certificate that is not valid yet: is the clock of this machine right?',
  },
  {
    codes:
      /^(UNABLE_TO_\w+|CERT_\w+|DEPTH_ZERO_SELF_SIGNED_CERT|SELF_SIGNED_CERT_IN_CHAIN|INVALID_\w+|PATH_LENGTH_EXCEEDED|ERROR_IN_CERT_\w+|CA_CERT_\w+|CRL_\w+)$/,
    reason: 'server_certificate_untrusted',
    message: 'presented a certificate that `ca` does not vouch for',
  },
  {
    codes:
      /^ERR_SSL_\w*ALERT_(BAD_CERTIFICATE|NO_CERTIFICATE|UNSUPPORTED_CERTIFICATE|CERTIFICATE_\w+|UNKNOWN_CA|ACCESS_DENIED|DECRYPT_ERROR)$/,
    reason: 'client_certificate_refused',
    message: "refused this client's certificate",
  },
  {
    codes:
      /^ERR_SSL_(WRONG_VERSION_NUMBER|PACKET_LENGTH_TOO_LONG|HTTP_REQUEST|RECORD_LAYER_FAILURE|BAD_RECORD_TYPE)$/,
    reason: 'not_tls',
    message: 'does not speak TLS on that port',
  },
  {
    codes: /^(ERR_SSL_|EPROTO$)/,
    reason: 'protocol',
    message: 'and this client could not agree on how to speak TLS',
  },
];

const CLOSED = /^(|ECONNRESET|EPIPE|ECONNABORTED)$/;

const CLOSINGS: Readonly<Record<ConnectionPhase, Diagnosis>> = {
  handshake: { reason: 'closed', message: 'closed the connection during the TLS handshake' },
  // A server that refuses without an alert, as Node.js does, closes where the first answer would come.
  unanswered: {
    reason: 'client_certificate_refused',
    message:
      "closed the connection before its first answer, most likely since it does not accept this client's certificate",
  },
  answered: { reason: 'closed', message: 'closed the connection' },
};

const UNKNOWN: Diagnosis = { reason: 'closed', message: 'could not be spoken to' };

/** OpenSSL's messages are lines of addresses and source files; its reason is the part that helps. */
function detailOf(error: Error, code: string): string {
  if ('reason' in error && typeof error.reason === 'string') return error.reason;
  return code === '' || error.message.includes(code) ? error.message || code : `${code}: ${error.message}`;
}
