import type { Socket } from 'node:net';
import { type KeyReference, type Operation, toHandshakeSignature } from '@latchkey/codec';
import { TlsFlag, TlsServerConnection } from '@latchkey/native';
import { startSpan } from '@latchkey/tracing';
import type {
  TlsClientHelloRequest,
  TlsConnectionInfo,
  TlsDecryptRequest,
  TlsRequest,
  TlsSignRequest,
} from '@latchkey/native';
import { addressBytes } from './addresses.js';
import {
  type HandshakeError,
  HandshakeTimeoutError,
  KeyOperationFailedError,
  PlainHttpError,
  ServerClosedError,
  SiteChoiceFailedError,
  TlsFailedError,
  TooManyHandshakesError,
  UnknownServerNameError,
  VisitorLeftError,
} from './errors.js';
import { answerPlainHttp, isPlainHttp } from './plain-http.js';
import { discardInput, receiveFrom } from './raw-input.js';
import { sendOutput } from './raw-output.js';
import type { ServedSites } from './sites/served-sites.js';
import { parseServerName } from './server-name.js';
import type { Site } from './sites/site.js';
import type { EdgeCounters } from './statistics.js';
import type { TurnQueue } from './turn-queue.js';

/** What the handshakes of one server share. */
export interface HandshakeEnvironment {
  readonly sites: ServedSites;
  /** In milliseconds. */
  readonly timeout: number;
  readonly turns: TurnQueue;
  readonly counters: EdgeCounters;
  /** Those whose ClientHello has not come yet, the oldest first: they can be spared when there are too many. */
  readonly awaitingClientHello: Set<Handshake>;
  /** Whether whoever speaks HTTP without TLS is told so. */
  readonly answersPlainHttp: boolean;
}

/** How a handshake ended. */
export type HandshakeOutcome =
  | {
      readonly kind: 'established';
      readonly connection: TlsServerConnection;
      /** Bits of `TlsFlag`; with `OUTPUT`, what is left to send is whoever's the raw socket is from now on. */
      readonly flags: number;
      readonly info: TlsConnectionInfo;
    }
  /** The raw socket is being closed, after an alert where there is somebody to read it. */
  | { readonly kind: 'failed'; readonly error: HandshakeError };

/**
 * One visitor's handshake: carries bytes between the raw socket and the TLS connection, and what the paused connection
 * asks for to the sites and the key service. It ends once, by its deadline at the latest; until then the raw socket
 * belongs to it.
 */
export class Handshake {
  readonly #raw: Socket;
  readonly #environment: HandshakeEnvironment;
  readonly #connection: TlsServerConnection;
  readonly #onEnd: (outcome: HandshakeOutcome) => void;
  #cancellation: AbortController | undefined;
  readonly #deadline: number;
  readonly #timer: NodeJS.Timeout;
  readonly #span = startSpan('latchkey.handshake', { kind: 'server' });
  #site: Site | undefined;
  /** The key of the latest operation. */
  #ski: Uint8Array | undefined;
  #request: TlsRequest | undefined;
  #hasReceived = false;
  #ended = false;

  constructor(raw: Socket, environment: HandshakeEnvironment, onEnd: (outcome: HandshakeOutcome) => void) {
    const site = environment.sites.onlySite;
    this.#raw = raw;
    this.#environment = environment;
    this.#onEnd = onEnd;
    this.#site = site;
    this.#connection = new TlsServerConnection(
      site === undefined ? { chooseContext: true } : { context: site.context },
    );
    this.#deadline = performance.now() + environment.timeout;
    this.#timer = setTimeout(this.#onDeadline, environment.timeout);
    environment.awaitingClientHello.add(this);
    receiveFrom(raw, (bytes, length) => this.#receive(bytes.subarray(0, length)));
    raw.on('end', this.#onVisitorLeft);
    raw.on('close', this.#onVisitorLeft);
  }

  /** Ends the handshake because its server was closed. */
  abort(): void {
    if (this.#ended) return;
    this.#fail(new ServerClosedError());
    this.#raw.destroy();
  }

  /** Ends a handshake that is not under way yet, because others need the room. */
  displace(): void {
    this.#fail(new TooManyHandshakesError());
    this.#raw.destroy();
  }

  /** @param shared is overwritten when this has returned */
  #receive(shared: Buffer): void {
    const { turns } = this.#environment;
    let bytes = shared;
    const take = () => this.#take(bytes);
    const isTaken = this.#ski === undefined ? turns.begin(take) : turns.goOn(take);
    if (isTaken) return;
    bytes = Buffer.from(shared);
    // It waits for its turn with no more than this.
    this.#raw.pause();
  }

  #take(bytes: Buffer): void {
    if (this.#ended) return;
    if (this.#raw.isPaused()) this.#raw.resume();
    if (!this.#hasReceived && this.#environment.answersPlainHttp && isPlainHttp(bytes)) {
      this.#raw.write(answerPlainHttp(bytes, (name) => this.#environment.sites.knows(name)));
      this.#fail(new PlainHttpError());
      return;
    }
    this.#hasReceived = true;
    this.#proceed(this.#connection.receive(bytes));
  }

  readonly #onVisitorLeft = (): void => {
    this.#fail(new VisitorLeftError());
    this.#raw.destroy();
  };

  readonly #onDeadline = (): void => {
    const request = this.#request;
    const waitedFor =
      request === undefined ? 'visitor' : request.type === 'client_hello' ? 'site' : 'key service';
    const error = new HandshakeTimeoutError(this.#environment.timeout, waitedFor);
    if (request === undefined) this.#fail(error);
    else this.#failRequest(request, error);
  };

  #proceed(flags: number): void {
    if (this.#ended) return;
    if ((flags & TlsFlag.ERROR) === 0 && (flags & TlsFlag.ESTABLISHED) !== 0) {
      this.#establish(flags);
      return;
    }
    this.#send(flags);
    if ((flags & TlsFlag.ERROR) !== 0) this.#fail(this.#tlsFailure());
    else if ((flags & TlsFlag.REQUEST) !== 0) this.#takeRequest();
  }

  #send(flags: number): void {
    if ((flags & TlsFlag.OUTPUT) === 0) return;
    this.#environment.awaitingClientHello.delete(this);
    sendOutput(this.#raw, this.#connection);
  }

  #takeRequest(): void {
    const request = this.#connection.takeRequest();
    if (request === undefined) return;
    this.#environment.awaitingClientHello.delete(this);
    this.#request = request;
    if (request.type === 'client_hello') this.#chooseSite(request);
    else this.#perform(request);
  }

  #chooseSite(request: TlsClientHelloRequest): void {
    const chosen = this.#environment.sites.choose(request);
    if (!(chosen instanceof Promise)) {
      this.#useSite(request, chosen);
      return;
    }
    chosen.then(
      (site) => this.#useSite(request, site),
      (cause: unknown) => this.#failRequest(request, new SiteChoiceFailedError(cause)),
    );
  }

  #useSite(request: TlsClientHelloRequest, site: Site | undefined): void {
    if (this.#ended) return;
    if (site === undefined) {
      this.#send(this.#connection.finish(request.id, null));
      this.#fail(new UnknownServerNameError(request.serverName));
      return;
    }
    this.#site = site;
    const found = this.#environment.sites.sharedSessions?.find(request, site.servesTls13);
    if (found === undefined) this.#useSession(request, site, undefined);
    else void found.then((session) => this.#useSession(request, site, session));
  }

  #useSession(request: TlsClientHelloRequest, site: Site, session: Uint8Array | undefined): void {
    if (!this.#ended) {
      this.#request = undefined;
      this.#proceed(this.#connection.finish(request.id, site.context, session));
    }
    session?.fill(0);
  }

  #perform(request: TlsSignRequest | TlsDecryptRequest): void {
    const { counters, turns } = this.#environment;
    // It has one: the TLS connection asks for no key before it has a context.
    const site = this.#site as Site;
    this.#ski = request.ski;
    counters.operations[request.type] += 1;
    counters.pendingOperations += 1;
    this.#askKeyService(site, request).then(
      (answer) => turns.goOn(() => this.#useAnswer(request, answer)),
      (cause: unknown) =>
        turns.goOn(() => this.#failRequest(request, new KeyOperationFailedError(request.ski, cause))),
    );
  }

  async #askKeyService(site: Site, request: TlsSignRequest | TlsDecryptRequest): Promise<Uint8Array> {
    this.#cancellation ??= new AbortController();
    return site.keyService.perform(
      {
        key: this.#keyReference(request.ski),
        operation: this.#operation(request),
        ...(this.#span && { traceContext: this.#span.context }),
      },
      { deadline: this.#deadline, signal: this.#cancellation.signal },
    );
  }

  #keyReference(ski: Uint8Array): KeyReference {
    const sent = this.#connection.serverName();
    const serverName = sent === undefined ? undefined : parseServerName(sent);
    const clientIp = addressBytes(this.#raw.remoteAddress);
    const serverIp = addressBytes(this.#raw.localAddress);
    return {
      ski,
      ...(serverName === undefined ? {} : { serverName }),
      ...(clientIp === undefined ? {} : { clientIp }),
      ...(serverIp === undefined ? {} : { serverIp }),
    };
  }

  #operation(request: TlsSignRequest | TlsDecryptRequest): Operation {
    if (request.type === 'decrypt')
      return {
        type: 'decrypt_premaster',
        ciphertext: request.ciphertext,
        clientVersion: request.clientVersion,
      };
    const { scheme, message, protocol } = request;
    // What has no structure that we know, such as a signature with SHA-1, only Keyless SSL v1 can still ask for.
    return toHandshakeSignature(message, scheme, protocol) ?? { type: 'sign_message', scheme, message };
  }

  #useAnswer(request: TlsSignRequest | TlsDecryptRequest, answer: Uint8Array): void {
    if (this.#ended) {
      // The TLS connection wipes the secrets that it gets; this one it does not get any more.
      answer.fill(0);
      return;
    }
    this.#requestEnded();
    this.#proceed(this.#connection.finish(request.id, answer));
  }

  /** Lets the TLS connection say by an alert that the request failed, then ends the handshake. */
  #failRequest(request: TlsRequest, error: HandshakeError): void {
    if (this.#ended) return;
    this.#send(this.#connection.fail(request.id));
    this.#fail(error);
  }

  #requestEnded(): void {
    if (this.#request !== undefined && this.#request.type !== 'client_hello')
      this.#environment.counters.pendingOperations -= 1;
    this.#request = undefined;
  }

  #establish(flags: number): void {
    const { counters } = this.#environment;
    const info = this.#connection.info();
    this.#describe(info);
    this.#end();
    if (info.resumed) counters.resumedHandshakes += 1;
    else this.#onFullHandshake(info);
    this.#onEnd({ kind: 'established', connection: this.#connection, flags, info });
  }

  #onFullHandshake({ delegated }: TlsConnectionInfo): void {
    const { counters, sites } = this.#environment;
    counters.fullHandshakes += 1;
    if (delegated) counters.delegatedHandshakes += 1;
    if (sites.sharedSessions === undefined || this.#site === undefined) return;
    const session = this.#connection.takeSession();
    if (session !== undefined) sites.sharedSessions.save(session, this.#site.sessionTimeout);
  }

  #fail(error: HandshakeError): void {
    if (this.#ended) return;
    this.#end(error);
    this.#cancellation?.abort(error);
    this.#connection.abort();
    this.#environment.counters.countFailure(error);
    closeAfterAlert(this.#raw);
    this.#onEnd({ kind: 'failed', error });
  }

  #describe({ protocol, serverName, resumed, delegated }: TlsConnectionInfo): void {
    if (this.#span === undefined) return;
    if (protocol !== undefined) this.#span.setAttribute('tls.protocol.version', protocol);
    if (serverName !== undefined) this.#span.setAttribute('server.address', serverName);
    this.#span.setAttribute('tls.resumed', resumed);
    this.#span.setAttribute('latchkey.delegated_credential', delegated);
  }

  #end(error?: HandshakeError): void {
    this.#ended = true;
    this.#environment.awaitingClientHello.delete(this);
    this.#span?.end(error?.code);
    this.#requestEnded();
    clearTimeout(this.#timer);
    this.#raw.off('end', this.#onVisitorLeft);
    this.#raw.off('close', this.#onVisitorLeft);
  }

  #tlsFailure(): HandshakeError {
    const failure = this.#connection.error;
    const error = new TlsFailedError(failure?.reason ?? 'unknown', failure?.alert);
    // The key service's answer was impossible: the visitor has no part in that.
    if (failure?.code === 'LATCHKEY_TLS_OPERATION_FAILED' && this.#ski !== undefined)
      return new KeyOperationFailedError(this.#ski, error);
    return error;
  }
}

/** How long a visitor whose handshake failed has to take its alert and close, in milliseconds. */
const ALERT_TIME = 1000;

/**
 * Closes our side, then waits for the visitor to close too: destroyed with unread bytes, the socket would send a reset,
 * which can overtake the alert.
 */
function closeAfterAlert(raw: Socket): void {
  if (raw.destroyed) return;
  const timer = setTimeout(() => raw.destroy(), ALERT_TIME);
  raw.once('close', () => clearTimeout(timer));
  raw.end();
  discardInput(raw);
}
