import { tlsAddon } from './tls-addon.js';
import type { NativeTlsRequest, NativeTlsServerConnection } from './tls-addon.js';
import { TlsContext, nativeContext } from './tls-context.js';
import type { TlsProtocol, TlsPublicKey } from './tls-context.js';

/** Bits of what {@link TlsServerConnection}'s methods answer. They tell how things stand after the call. */
export const TlsFlag = {
  /** There is ciphertext for the visitor: {@link TlsServerConnection.takeOutput}. */
  OUTPUT: 1,
  /** There is plaintext from the visitor: {@link TlsServerConnection.takePlaintext}. */
  PLAINTEXT: 2,
  /** The handshake has paused for something not asked for yet: {@link TlsServerConnection.takeRequest}. */
  REQUEST: 4,
  /** The handshake is complete. */
  ESTABLISHED: 8,
  /** The connection has failed: send what `takeOutput` still gives (an alert), then close. */
  ERROR: 16,
  /** The visitor will send no more plaintext. */
  END: 32,
} as const;

/** How many bytes of plaintext {@link TlsServerConnection.receiveInto} has moved, of what it answered. */
export function lengthOfPlaintext(answer: number): number {
  return answer >>> FLAG_BITS;
}

/** As many as {@link TlsFlag} has. */
const FLAG_BITS = 6;

/** How a handshake's signature is made: the `SignatureScheme` of @latchkey/codec, as far as TLS 1.2 and 1.3 use it. */
export type TlsSignatureScheme =
  | `rsa_pkcs1_${'sha1' | 'sha224' | 'sha256' | 'sha384' | 'sha512'}`
  | `rsa_pss_${'sha256' | 'sha384' | 'sha512'}`
  | `ecdsa_${'sha1' | 'sha224' | 'sha256' | 'sha384' | 'sha512'}`
  | 'ed25519';

/** A ClientHello has come: which site's context is to serve it? */
export interface TlsClientHelloRequest {
  readonly id: number;
  readonly type: 'client_hello';
  /** The host_name in server_name (RFC 6066, section 3), as sent: case and validity are the receiver's to judge. */
  readonly serverName: string | undefined;
  /** What the visitor offers in ALPN (RFC 7301), one char per byte. */
  readonly alpnProtocols: readonly string[];
  /** The values of signature_algorithms (RFC 8446, section 4.2.3). */
  readonly signatureSchemes: readonly number[];
  readonly cipherSuites: readonly number[];
  /** The values of supported_versions, or the legacy_version alone. */
  readonly supportedVersions: readonly number[];
  /** The values of supported_groups (RFC 8446, section 4.2.7). */
  readonly supportedGroups: readonly number[];
  /** The legacy_session_id: of TLS 1.2 the session to resume, unless there is a ticket. */
  readonly sessionId: Uint8Array;
  /** Whether there is a ticket of TLS 1.2 (RFC 5077). */
  readonly sessionTicket: boolean;
}

/** The handshake needs a signature of the site's key over a message. */
export interface TlsSignRequest {
  readonly id: number;
  readonly type: 'sign';
  /** Which of the context's keys. */
  readonly ski: Uint8Array;
  /** What has been negotiated. */
  readonly protocol: TlsProtocol;
  readonly scheme: TlsSignatureScheme;
  /**
   * All that the signature covers, before hashing: of TLS 1.3 the content of RFC 8446, section 4.4.3, of TLS 1.2 both
   * randoms and the params of RFC 8422, section 5.4.
   */
  readonly message: Uint8Array;
}

/** The handshake needs the premaster secret of an RSA key exchange (RFC 5246, section 7.4.7.1). */
export interface TlsDecryptRequest {
  readonly id: number;
  readonly type: 'decrypt';
  /** Which of the context's keys. */
  readonly ski: Uint8Array;
  readonly ciphertext: Uint8Array;
  /** The version in the ClientHello, which the premaster secret must begin with. */
  readonly clientVersion: number;
}

/** What a paused handshake waits for. */
export type TlsRequest = TlsClientHelloRequest | TlsSignRequest | TlsDecryptRequest;

/** Stable reasons why a connection failed. */
export type TlsFailureCode =
  /** The visitor broke the protocol, or the two ends have nothing in common. */
  | 'LATCHKEY_TLS_HANDSHAKE_FAILED'
  /** After the handshake: a record that cannot be read, or a message that does not belong there. */
  | 'LATCHKEY_TLS_CONNECTION_FAILED'
  /** The visitor sent a fatal alert. */
  | 'LATCHKEY_TLS_ALERT_RECEIVED'
  /** The visitor closed its sending side before the handshake was complete. */
  | 'LATCHKEY_TLS_VISITOR_LEFT'
  /** No context serves the name that the visitor asked for. */
  | 'LATCHKEY_TLS_NO_SUCH_SITE'
  /** A request could not be answered, or was answered with bytes of an impossible length. */
  | 'LATCHKEY_TLS_OPERATION_FAILED'
  /** More came while the handshake was paused than may wait. */
  | 'LATCHKEY_TLS_INPUT_TOO_LARGE';

/** Why a connection failed. */
export interface TlsFailure {
  readonly code: TlsFailureCode;
  /** The fatal alert (RFC 8446, section 6) that goes to the visitor; with `LATCHKEY_TLS_ALERT_RECEIVED` the one that came. */
  readonly alert: number | undefined;
  /** For people: what OpenSSL says of it. Holds no secrets. */
  readonly reason: string;
}

/** What was negotiated; `undefined` where nothing was, or not yet. */
export interface TlsConnectionInfo {
  readonly protocol: TlsProtocol | undefined;
  /** By its standard name, e.g. `TLS_AES_128_GCM_SHA256`. */
  readonly cipher: string | undefined;
  /** The group of the key exchange by OpenSSL's name, e.g. `x25519`. */
  readonly group: string | undefined;
  /** How the site's key signed; not in a resumed session or an RSA key exchange. */
  readonly signatureScheme: TlsSignatureScheme | undefined;
  /** Whether the key of a delegated credential signed; see `setDelegatedCredential` of the context. */
  readonly delegated: boolean;
  readonly resumed: boolean;
  readonly alpnProtocol: string | undefined;
  readonly serverName: string | undefined;
  readonly established: boolean;
}

/** How one connection is served. */
export interface TlsServerConnectionOptions {
  /** The site that serves the connection. Needed unless `chooseContext`, which leaves no use for it. */
  readonly context?: TlsContext | undefined;
  /** Whether to pause at the ClientHello with a `client_hello` request for the context. Default false. */
  readonly chooseContext?: boolean;
  /**
   * How much may come from the visitor while the handshake is paused, in bytes: 1024 to 1048576. A ClientHello that
   * `chooseContext` looks at counts too. Default 65536.
   */
  readonly maximumPendingInput?: number;
}

/** A session that is resumed by its id (RFC 5246, section 7.4.1.2). */
export interface TlsSession {
  readonly id: Uint8Array;
  /** Whoever has it reads the session's connections: keep it encrypted, wipe it after use. */
  readonly content: Uint8Array;
}

/** Something was asked of a connection that can only be done after its handshake. */
export class TlsNotEstablishedError extends Error {
  readonly code = 'LATCHKEY_TLS_NOT_ESTABLISHED';

  override get name(): string {
    return 'TlsNotEstablishedError';
  }
}

/**
 * The server's end of one TLS connection, without the site's private key and without a socket. Bytes from the visitor
 * go in, bytes for the visitor come out; where the handshake needs the key (or, with `chooseContext`, the site), it
 * pauses with a request until {@link finish} brings the answer. There is no limit of time: the caller keeps the deadline.
 *
 * Nothing here throws because of what a visitor sends: such failures are {@link TlsFlag.ERROR} and {@link error}.
 * After {@link abort} every call does nothing and answers 0. Belongs to the thread that made it.
 *
 * Renegotiation is refused, compression and early data are never negotiated, key updates are followed. More than 32 requests
 * for the first or key updates without application data in between are a failure.
 */
export class TlsServerConnection {
  readonly #native: NativeTlsServerConnection;
  #context: TlsContext | undefined;

  constructor(options: TlsServerConnectionOptions) {
    const { context, chooseContext = false, maximumPendingInput = 65_536 } = options;
    if (context === undefined && !chooseContext) throw new TypeError('context or chooseContext is needed');
    if (!(maximumPendingInput >= 1024 && maximumPendingInput <= 1_048_576))
      throw new RangeError('maximumPendingInput must be from 1024 to 1048576 bytes');
    if (!chooseContext) this.#context = context;
    this.#native = new tlsAddon.TlsServerConnection(
      this.#context === undefined ? null : nativeContext(this.#context),
      maximumPendingInput,
    );
  }

  /** Why {@link TlsFlag.ERROR} is set. */
  get error(): TlsFailure | undefined {
    return this.#native.error() as TlsFailure | undefined;
  }

  /**
   * Takes bytes from the visitor, in whatever pieces they come. They may be overwritten when this has returned.
   *
   * @param length how many there are, from the beginning of `bytes`. Default: all
   * @returns bits of {@link TlsFlag}
   */
  receive(bytes: Uint8Array, length: number = bytes.length): number {
    return this.#native.receive(bytes, length);
  }

  /**
   * The same as {@link receive}; the plaintext that comes of it goes to memory of the caller's, where that has room and no other
   * plaintext waits to be taken.
   *
   * @param into as long as `bytes` and a record (16 kB) is room enough, always
   * @returns bits of {@link TlsFlag}, `PLAINTEXT` if there is more than that, and above them what {@link lengthOfPlaintext}
   *   gives
   */
  receiveInto(bytes: Uint8Array, length: number, into: Uint8Array): number {
    return this.#native.receiveInto(bytes, length, into);
  }

  /**
   * The visitor has closed its sending side. Without a close_notify before it this still is an END, as with Node's tls:
   * what runs on top must know its own end (RFC 9112, section 9.8). Before the handshake is complete it is a failure,
   * and a pending request is dropped.
   *
   * @returns bits of {@link TlsFlag}
   */
  receiveEnd(): number {
    return this.#native.receiveEnd();
  }

  /** All ciphertext that is ready for the visitor. */
  takeOutput(): Uint8Array | undefined {
    return takeAll((into) => this.#native.takeOutput(into));
  }

  /**
   * Moves ciphertext for the visitor to memory of the caller's.
   *
   * @returns how many bytes; fewer than `into` has when that was all
   */
  takeOutputInto(into: Uint8Array): number {
    return this.#native.takeOutput(into);
  }

  /**
   * Sends ciphertext to the visitor's socket, as much as that takes at once. Errors of the socket are not told: what was not
   * sent stays, and whoever writes it to the socket then meets the same error.
   *
   * @param descriptor of a socket, to which nothing else is being written
   * @returns bits of {@link TlsFlag}: `OUTPUT` if there is more
   */
  sendOutput(descriptor: number): number {
    return this.#native.sendOutput(descriptor);
  }

  /** How many bytes {@link sendOutput} has sent so far. */
  get bytesSent(): number {
    return this.#native.bytesSent();
  }

  /** All plaintext that has come from the visitor. */
  takePlaintext(): Uint8Array | undefined {
    return takeAll((into) => this.#native.takePlaintext(into));
  }

  /** The same for plaintext as {@link takeOutputInto} for ciphertext. */
  takePlaintextInto(into: Uint8Array): number {
    return this.#native.takePlaintext(into);
  }

  /** What the handshake waits for; each request is given out once. */
  takeRequest(): TlsRequest | undefined {
    const request = this.#native.takeRequest();
    return request && toRequest(request, this.#context?.publicKeys ?? []);
  }

  /**
   * Answers a request; the handshake goes on before this returns. An id that is not waited for, such as that of a
   * request the visitor did not stay for, is ignored.
   *
   * @param id of the request
   * @param answer to `client_hello` a context, or null where no site has that name (alert unrecognized_name);
   *   to `sign` the signature (ECDSA: DER); to `decrypt` the premaster secret of 48 bytes, or the block as long as the
   *   modulus with its padding left on, which is then unpadded in constant time with implicit rejection, and either is
   *   wiped here. Null in place of a signature or secret is {@link fail}.
   * @param session with a context: what {@link takeSession} gave for the session id in the ClientHello. What cannot be
   *   resumed leads to a full handshake.
   * @returns bits of {@link TlsFlag}; 0 for an id that is not waited for
   * @throws TypeError for an answer of the other kind: bytes for `client_hello`, a context for the rest
   */
  finish(id: number, answer: Uint8Array | TlsContext | null, session?: Uint8Array): number {
    if (!(answer instanceof TlsContext)) return this.#native.finish(id, answer);
    const flags = this.#native.finish(id, nativeContext(answer), session);
    this.#context = answer;
    return flags;
  }

  /**
   * The session that a full handshake has begun and that the visitor may resume by its id, once: only with
   * `exportSessions`, of TLS 1.2, and for a visitor who takes no tickets.
   */
  takeSession(): TlsSession | undefined {
    return this.#native.takeSession();
  }

  /**
   * A request cannot be answered: the handshake ends with alert internal_error.
   *
   * @returns bits of {@link TlsFlag}; 0 for an id that is not waited for
   */
  fail(id: number): number {
    return this.#native.fail(id);
  }

  /**
   * Encrypts bytes for the visitor, all of them at once: write in pieces (64 kB is a good size) and wait for the socket.
   * After a failure or {@link end} they are dropped.
   *
   * @returns bits of {@link TlsFlag}
   * @throws {@link TlsNotEstablishedError} before the handshake is complete
   */
  write(plaintext: Uint8Array): number {
    const flags = this.#native.write(plaintext);
    if (flags < 0) throw new TlsNotEstablishedError('the handshake is not complete');
    return flags;
  }

  /**
   * Sends close_notify: nothing can be written any more, but still be received. Does nothing before the handshake is
   * complete.
   *
   * @returns bits of {@link TlsFlag}
   */
  end(): number {
    return this.#native.end();
  }

  /** Drops the connection at any point, a pending request with it, and frees what it holds. Sends nothing. Idempotent. */
  abort(): void {
    this.#native.abort();
  }

  /** The `serverName` of {@link info}, for less. */
  serverName(): string | undefined {
    return this.#native.serverName();
  }

  /** What was negotiated so far. */
  info(): TlsConnectionInfo {
    const [
      protocol,
      cipher,
      group,
      signatureScheme,
      delegated,
      resumed,
      alpnProtocol,
      serverName,
      established,
    ] = this.#native.info();
    return {
      protocol: protocol as TlsProtocol | undefined,
      cipher,
      group,
      signatureScheme: signatureScheme as TlsSignatureScheme | undefined,
      delegated,
      resumed,
      alpnProtocol,
      serverName,
      established,
    };
  }
}

/** Where bytes pass through: several records of the largest size. */
const transit = Buffer.allocUnsafeSlow(65_536);

function takeAll(take: (into: Uint8Array) => number): Uint8Array | undefined {
  const pieces: Uint8Array[] = [];
  let length: number;
  do {
    length = take(transit);
    if (length > 0) pieces.push(Buffer.from(transit.subarray(0, length)));
  } while (length === transit.length);
  return pieces.length > 1 ? Buffer.concat(pieces) : pieces[0];
}

function toRequest(request: NativeTlsRequest, publicKeys: readonly TlsPublicKey[]): TlsRequest {
  if (request[1] === 'client_hello') return toClientHelloRequest(request);
  if (request[1] === 'sign') {
    const [id, type, index, protocol, scheme, message] = request;
    return {
      id,
      type,
      ski: skiOf(publicKeys, index),
      protocol: protocol as TlsProtocol,
      scheme: scheme as TlsSignatureScheme,
      message,
    };
  }
  const [id, type, index, ciphertext, clientVersion] = request;
  return { id, type, ski: skiOf(publicKeys, index), ciphertext, clientVersion };
}

function skiOf(publicKeys: readonly TlsPublicKey[], index: number): Uint8Array {
  const publicKey = publicKeys[index];
  // A connection asks for no key before it has a context.
  if (publicKey === undefined) throw new RangeError(`the context has no certificate ${index}`);
  return publicKey.ski;
}

function toClientHelloRequest([
  id,
  type,
  serverName,
  alpnProtocols,
  signatureSchemes,
  cipherSuites,
  supportedVersions,
  supportedGroups,
  sessionId,
  sessionTicket,
]: NativeTlsRequest & { readonly 1: 'client_hello' }): TlsClientHelloRequest {
  return {
    id,
    type,
    serverName,
    alpnProtocols,
    signatureSchemes,
    cipherSuites,
    supportedVersions,
    supportedGroups,
    sessionId,
    sessionTicket,
  };
}
