import type { IncomingHttpHeaders, OutgoingHttpHeaders } from 'node:http';
import type { Duplex } from 'node:stream';
import { OriginFailedError, OriginTimeoutError, type OriginError } from '../errors.js';
import type { ExchangeOutcome, ExchangeRecord, VisitorRequest, VisitorResponse } from './exchange-record.js';
import { acceptsTrailers, endToEndHeaders, endToEndTrailers, originRequestHeaders } from './headers.js';
import type { ReverseProxySettings } from './options.js';
import type { OriginGroup, OriginMember } from './origin-group.js';
import {
  type OriginCall,
  type OriginListener,
  type OriginRequest,
  type OriginResponse,
  type Repetition,
  UnwritableRequestError,
} from './origin.js';
import { type Party, type SilenceListener, SilenceWatch } from './silence.js';
import { Transfer } from './transfer.js';
import { Tunnel } from './tunnel.js';
import type { ParsedRequest, Refusal } from './visitor-request.js';
import { answerBare, cutResponse, endEarly, writeInformation } from './visitor-response.js';

/** A visitor's request, and how it is answered. */
export interface Visit {
  readonly request: VisitorRequest;
  readonly response: VisitorResponse;
  readonly parsed: ParsedRequest;
  /** Undefined for an ordinary request. */
  readonly upgrade: Upgrade | undefined;
}

/** A visitor's wish to speak another protocol (RFC 9110, section 7.8; RFC 8441). */
export interface Upgrade {
  readonly protocol: string;
  /** What the visitor has said in it already. */
  readonly head: Buffer;
  /** Tells the visitor, with these fields of the origin's answer, that it is spoken from now on. */
  readonly accept: (headers: OutgoingHttpHeaders) => Duplex;
}

/** What the exchanges of a reverse proxy share. */
export interface ExchangeEnvironment {
  readonly settings: ReverseProxySettings;
  readonly tunnels: Set<Tunnel>;
}

/** One request of a visitor on its way to an origin and back. */
export class Exchange implements OriginListener, SilenceListener {
  readonly #environment: ExchangeEnvironment;
  readonly #visit: Visit;
  readonly #group: OriginGroup;
  readonly #startedAt = Date.now();
  readonly #start = performance.now();
  /** Is not known any more once the visitor has left. */
  readonly #remoteAddress: string | undefined;
  readonly #silence: SilenceWatch;
  readonly #tried = new Set<OriginMember>();
  #attempts = 0;
  #member: OriginMember | undefined;
  /** Of the origin that was asked last. */
  #originName = '';
  #call: OriginCall | undefined;
  #upload: Transfer | undefined;
  #download: Transfer | undefined;
  #tunnel: Tunnel | undefined;
  #answeredAfter: number | undefined;
  /** Once it is clear, even if the visitor still has something to read. */
  #outcome: ExchangeOutcome | undefined;
  #isOver = false;

  constructor(environment: ExchangeEnvironment, visit: Visit, group: OriginGroup) {
    const { request, response } = visit;
    this.#environment = environment;
    this.#visit = visit;
    this.#group = group;
    group.enter();
    this.#remoteAddress = request.socket.remoteAddress;
    this.#silence = new SilenceWatch(
      { origin: group.timeout, visitor: environment.settings.visitorTimeout },
      this,
    );
    response.once('close', () => this.#onResponseClosed());
    // The answer's 'close' says all that matters.
    request.on('error', () => {});
  }

  /** Sends the request to an origin. */
  start(): void {
    const { parsed } = this.#visit;
    if ((parsed.bodyLength ?? 0) > this.#environment.settings.maximumRequestBody) this.#refuse(413);
    else this.#send();
  }

  onReady(): void {
    this.#silence.onProgress();
    if (this.#call === undefined || !this.#hasBody) return;
    this.#upload = new Transfer(this.#visit.request, this.#call.body, {
      onProgress: () => this.#onUploadProgress(),
      onEnd: () => this.#endUpload(),
    });
  }

  onInformation(status: number, headers: IncomingHttpHeaders): void {
    this.#silence.onProgress();
    writeInformation(this.#visit.request, this.#visit.response, status, headers);
  }

  onResponse({ status, headers, body, trailers }: OriginResponse): void {
    this.#onAnswered();
    const { response } = this.#visit;
    try {
      response.writeHead(status, endToEndHeaders(headers));
    } catch (cause) {
      // A status or a field that the visitor's protocol has no place for.
      this.#failOrigin(new OriginFailedError(this.#originName, cause));
      return;
    }
    this.#download = new Transfer(body, response, {
      onProgress: () => this.#silence.onProgress(),
      onEnd: () => this.#endDownload(trailers()),
    });
  }

  onSwitch(headers: IncomingHttpHeaders, connection: Duplex, head: Buffer): void {
    this.#onAnswered();
    const { upgrade } = this.#visit;
    // An origin switches to nothing that it was not asked for.
    if (upgrade === undefined) return;
    this.#silence.stop();
    const visitor = upgrade.accept(endToEndHeaders(headers));
    if (upgrade.head.length > 0) connection.write(upgrade.head);
    if (head.length > 0) visitor.write(head);
    this.#outcome = 'switched';
    const { tunnels } = this.#environment;
    const tunnel = new Tunnel(visitor, connection, () => {
      tunnels.delete(tunnel);
      this.#finish();
    });
    tunnels.add(tunnel);
    this.#tunnel = tunnel;
  }

  onFailure(cause: Error, repetition: Repetition): void {
    if (this.#isOver) return;
    if (cause instanceof UnwritableRequestError) {
      this.#refuse(400);
      return;
    }
    if (repetition === 'elsewhere') this.#member?.rest(performance.now());
    if (this.#maySendAgain(repetition) && this.#send()) return;
    this.#failOrigin(new OriginFailedError(this.#originName, cause));
  }

  get turn(): Party {
    if (this.#outcome !== undefined) return 'visitor';
    if (this.#download !== undefined)
      return this.#download.isBlocked || this.#download.isOver ? 'visitor' : 'origin';
    const upload = this.#upload;
    return upload !== undefined && !upload.isOver && !upload.isBlocked ? 'visitor' : 'origin';
  }

  onSilence(party: Party): void {
    if (party === 'origin') {
      this.#failOrigin(new OriginTimeoutError(this.#originName, this.#group.timeout));
    } else if (this.#outcome === undefined) {
      this.#outcome = 'visitor_timeout';
      this.#breakOff(408);
    } else {
      // Not even the bare answer is taken.
      cutResponse(this.#visit.response);
    }
  }

  get #hasBody(): boolean {
    return this.#visit.upgrade === undefined && this.#visit.parsed.bodyLength !== 0;
  }

  /** @returns whether there is an origin to send to */
  #send(): boolean {
    const member = this.#group.choose(this.#tried);
    if (member === undefined) return false;
    this.#leaveOrigin();
    this.#member = member;
    this.#originName = member.origin.name;
    member.load += 1;
    this.#attempts += 1;
    this.#call = member.origin.send(this.#originRequest(), this);
    return true;
  }

  #originRequest(): OriginRequest {
    const { request, parsed, upgrade } = this.#visit;
    const { method, path, query, authority } = parsed;
    const headers = originRequestHeaders({
      headers: request.headers,
      authority,
      httpVersion: request.httpVersion,
      remoteAddress: this.#remoteAddress,
      encrypted: 'encrypted' in request.socket && request.socket.encrypted,
    });
    if (acceptsTrailers(request.headers)) headers['te'] = 'trailers';
    return {
      // Extended CONNECT is HTTP/2's own way to ask for what is a GET elsewhere (RFC 8441, section 5).
      method: upgrade === undefined ? method : 'GET',
      path: query === undefined ? path : `${path}?${query}`,
      authority,
      headers,
      hasBody: this.#hasBody,
      protocol: upgrade?.protocol,
    };
  }

  #maySendAgain(repetition: Repetition): boolean {
    // What has been read of the body is gone.
    if (this.#upload !== undefined || repetition === 'never') return false;
    if (repetition === 'elsewhere' && this.#member !== undefined) this.#tried.add(this.#member);
    if (repetition !== 'elsewhere' && this.#attempts >= MAXIMUM_ATTEMPTS) return false;
    return repetition !== 'if-idempotent' || (!this.#hasBody && IDEMPOTENT.has(this.#visit.parsed.method));
  }

  #onUploadProgress(): void {
    this.#silence.onProgress();
    if ((this.#upload?.bytes ?? 0) <= this.#environment.settings.maximumRequestBody) return;
    this.#outcome = 'refused';
    this.#breakOff(413);
  }

  #endUpload(): void {
    this.#call?.addTrailers(endToEndTrailers(this.#visit.request.trailers));
    this.#call?.body.end();
  }

  #onAnswered(): void {
    this.#silence.onProgress();
    this.#answeredAfter = performance.now() - this.#start;
    this.#member?.wake();
  }

  #endDownload(trailers: NodeJS.Dict<string>): void {
    const { request, response } = this.#visit;
    this.#silence.onProgress();
    response.addTrailers(endToEndTrailers(trailers));
    endEarly(request, response);
  }

  #refuse(status: Refusal): void {
    this.#outcome = 'refused';
    this.#breakOff(status);
  }

  #failOrigin(error: OriginError): void {
    if (this.#isOver || this.#outcome !== undefined) return;
    const isTimeout = error instanceof OriginTimeoutError;
    this.#outcome = isTimeout ? 'origin_timeout' : 'origin_failed';
    this.#environment.settings.onFailure(error, this.#visit.request);
    this.#breakOff(isTimeout ? 504 : 502);
  }

  /** @param status for a visitor who has got nothing of an answer yet */
  #breakOff(status: number): void {
    const { request, response } = this.#visit;
    this.#upload?.stop();
    this.#download?.stop();
    this.#call?.destroy();
    if (response.headersSent) cutResponse(response);
    else answerBare(request, response, status);
  }

  #onResponseClosed(): void {
    // From a switch on the connection is the tunnel's.
    if (this.#tunnel !== undefined) return;
    const isComplete = this.#download?.isOver === true && this.#visit.response.writableFinished;
    this.#outcome ??= isComplete ? 'answered' : 'visitor_left';
    this.#finish();
  }

  #finish(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#silence.stop();
    this.#upload?.stop();
    if (this.#tunnel === undefined) this.#call?.destroy();
    this.#leaveOrigin();
    this.#group.leave();
    this.#environment.settings.onExchange(this.#record());
  }

  #leaveOrigin(): void {
    if (this.#member !== undefined) this.#member.load -= 1;
    this.#member = undefined;
  }

  #record(): ExchangeRecord {
    const { parsed, request, response } = this.#visit;
    const isSwitched = this.#tunnel !== undefined;
    return {
      outcome: this.#outcome ?? 'visitor_left',
      method: parsed.method,
      authority: parsed.authority,
      path: parsed.path,
      query: parsed.query,
      httpVersion: request.httpVersion,
      remoteAddress: this.#remoteAddress,
      origin: this.#originName,
      attempts: this.#attempts,
      status: isSwitched ? 101 : response.headersSent ? response.statusCode : undefined,
      bytesReceived: this.#tunnel?.bytesReceived ?? this.#upload?.bytes ?? 0,
      bytesSent: this.#tunnel?.bytesSent ?? this.#download?.bytes ?? 0,
      startedAt: this.#startedAt,
      duration: performance.now() - this.#start,
      answeredAfter: this.#answeredAfter,
    };
  }
}

/** How often a request is sent at most to origins that can be connected. */
const MAXIMUM_ATTEMPTS = 3;
/** RFC 9110, section 9.2.2. */
const IDEMPOTENT = new Set(['GET', 'HEAD', 'OPTIONS', 'TRACE', 'PUT', 'DELETE']);
