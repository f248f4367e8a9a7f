/** Base of every failure of an edge. The `code` is stable; the message is for people. */
export abstract class EdgeError extends Error {
  abstract readonly code: string;

  override get name(): string {
    return this.constructor.name;
  }
}

/** An option of an edge's server or reverse proxy is missing or cannot be used. The message says what to do. */
export class EdgeOptionsError extends EdgeError {
  readonly code = 'LATCHKEY_EDGE_OPTIONS';
  /** The option's path, e.g. `sites[1].certificateChain`. */
  readonly option: string;

  constructor(option: string, problem: string, options?: ErrorOptions) {
    super(`${option}: ${problem}`, options);
    this.option = option;
  }
}

/** Base of the reasons why a visitor's handshake did not complete: what 'tlsClientError' listeners get. */
export abstract class HandshakeError extends EdgeError {}

/** The visitor closed or reset the connection before the handshake was complete. */
export class VisitorLeftError extends HandshakeError {
  readonly code = 'LATCHKEY_VISITOR_LEFT';

  constructor(options?: ErrorOptions) {
    super('the visitor left during the handshake', options);
  }
}

/** The handshake was not complete by its deadline. */
export class HandshakeTimeoutError extends HandshakeError {
  readonly code = 'LATCHKEY_HANDSHAKE_TIMEOUT';
  /** Who did not do their part in time. */
  readonly waitedFor: 'visitor' | 'site' | 'key service';

  constructor(milliseconds: number, waitedFor: 'visitor' | 'site' | 'key service') {
    super(`the handshake took longer than ${milliseconds} ms, waiting for the ${waitedFor}`);
    this.waitedFor = waitedFor;
  }
}

/** What the visitor sent is no TLS, or TLS that this edge does not accept. */
export class TlsFailedError extends HandshakeError {
  readonly code = 'LATCHKEY_TLS_FAILED';
  /** The alert that ended the handshake, if there was one (RFC 8446, section 6). */
  readonly alert: number | undefined;

  constructor(reason: string, alert?: number) {
    super(`TLS with the visitor failed: ${reason}`);
    this.alert = alert;
  }
}

/** The visitor speaks HTTP without TLS, and was answered so. */
export class PlainHttpError extends HandshakeError {
  readonly code = 'LATCHKEY_PLAIN_HTTP';

  constructor() {
    super('the visitor speaks HTTP without TLS');
  }
}

/** The visitor had not sent a ClientHello when `maximumPendingHandshakes` was reached, and made room for another. */
export class TooManyHandshakesError extends HandshakeError {
  readonly code = 'LATCHKEY_TOO_MANY_HANDSHAKES';

  constructor() {
    super('the visitor said nothing while others needed the room');
  }
}

/** No site has the server name that the visitor asked for, or the visitor named none and there is no default site. */
export class UnknownServerNameError extends HandshakeError {
  readonly code = 'LATCHKEY_UNKNOWN_SERVER_NAME';

  constructor(serverName: string | undefined) {
    super(
      serverName === undefined
        ? 'the visitor named no server, and there is no default site'
        : `no site is called ${JSON.stringify(serverName)}`,
    );
  }
}

/** `chooseSite` failed, or chose a site that cannot be used; `cause` says why. */
export class SiteChoiceFailedError extends HandshakeError {
  readonly code = 'LATCHKEY_SITE_CHOICE_FAILED';

  constructor(cause: unknown) {
    super('the site could not be chosen', { cause });
  }
}

/** The key service did not perform the handshake's operation; `cause` is its error, the message names the key. */
export class KeyOperationFailedError extends HandshakeError {
  readonly code = 'LATCHKEY_KEY_OPERATION_FAILED';

  /** @param ski of the site's key */
  constructor(ski: Uint8Array, cause: unknown) {
    super(`the key service did not perform the operation of the key ${Buffer.from(ski).toString('hex')}`, {
      cause,
    });
  }
}

/** The server was closed during the handshake. */
export class ServerClosedError extends HandshakeError {
  readonly code = 'LATCHKEY_SERVER_CLOSED';

  constructor() {
    super('the server was closed during the handshake');
  }
}

/** An established connection broke: the visitor reset it, ended it without saying so in TLS, or sent a bad record. */
export class ConnectionBrokenError extends EdgeError {
  readonly code = 'LATCHKEY_CONNECTION_BROKEN';

  constructor(reason: string, options?: ErrorOptions) {
    super(`the connection with the visitor broke: ${reason}`, options);
  }
}

/** What edges share could not be read or kept. It costs resumption, and no handshake. */
export class ResumptionStoreError extends EdgeError {
  readonly code = 'LATCHKEY_RESUMPTION_STORE';
}

/** An OCSP responder gave no answer. */
export class OcspFetchError extends EdgeError {
  readonly code = 'LATCHKEY_OCSP_FETCH';
}

/** A method of `tls.Server` that does not apply to an edge's server was called; the message names what does. */
export class TlsMethodUnsupportedError extends EdgeError {
  readonly code = 'LATCHKEY_TLS_METHOD_UNSUPPORTED';
}

/** Base of the reasons why the reverse proxy got no answer from the origin. Visitors see a bare 502 or 504. */
export abstract class OriginError extends EdgeError {
  /** The origin's URL. */
  readonly origin: string;

  constructor(origin: string, message: string, options?: ErrorOptions) {
    super(message, options);
    this.origin = origin;
  }
}

/** The origin refused or broke the connection, or its answer was no HTTP; `cause` says why. */
export class OriginFailedError extends OriginError {
  readonly code = 'LATCHKEY_ORIGIN_FAILED';

  constructor(origin: string, cause: unknown) {
    super(origin, `the origin ${origin} failed`, { cause });
  }
}

/** The origin was silent for too long. */
export class OriginTimeoutError extends OriginError {
  readonly code = 'LATCHKEY_ORIGIN_TIMEOUT';

  constructor(origin: string, milliseconds: number) {
    super(origin, `the origin ${origin} was silent for ${milliseconds} ms`);
  }
}
