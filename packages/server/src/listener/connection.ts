import type { TLSSocket } from 'node:tls';
import type { OperationRequest } from '@latchkey/codec';
import type { ErrorCode } from '@latchkey/codec/kssl1';
import type { Certificates, CertificateSubscription } from '@latchkey/codec/kssl2';
import type { Logger } from 'pino';
import type { AuditLog } from '../audit/audit-log.js';
import type { AuditClient } from '../audit/entry.js';
import type { CertificateSubscriber, ServedCertificates } from '../certificates/served-certificates.js';
import type { ChannelProtocol, ConnectionLimits } from '../configuration/configuration.js';
import type { KeyStore } from '../keys/key-store.js';
import { isDenial, type OperationFailure } from '../operations/failure.js';
import { type PrivateKeyOperation, toPrivateKeyOperation } from '../operations/private-key-operation.js';
import { performSealing } from '../operations/sealing-operation.js';
import type { OperationRecorder } from '../metrics/operation-recorder.js';
import type { ClientIdentity } from '../policy/client-identity.js';
import type { ClientPermissions, Policy } from '../policy/policy.js';
import { type PolicyOperation, policyOperationOf, purposeOf } from '../policy/policy-operation.js';
import type { JobExecutor } from '../pool/job.js';
import type { SealingKeys } from '../sealing/sealing-keys.js';
import type { Counters } from '../statistics.js';
import { codeOf, reasonOf } from '../system-error.js';
import type { Turn } from '../turn.js';
import type { AnswerMemory } from './answer-memory.js';
import type { EdgeProtocol, RequestDetails, RequestReceiver, UnreadableRequest } from './edge-protocol.js';
import {
  KEEP_ALIVE_DELAY,
  LINGER_TIME,
  MAXIMUM_BYTES_IN_FLIGHT,
  READING_INTERVAL,
  SHARE_OF_TURN,
  TRAVEL_TIME,
} from './connection-bounds.js';
import { ERROR_CODES } from './error-codes.js';
import { FailureLog } from './failure-log.js';
import { Kssl1Protocol } from './kssl1-protocol.js';
import { Kssl2Protocol } from './kssl2-protocol.js';
import { PendingRequest } from './pending-request.js';
import type { RequestBudget } from './request-budget.js';
import type { Slab } from '../slab.js';
import { endTrace, traceRequest } from './request-trace.js';
import { readSocket } from './socket-reader.js';
import { writeAnswers } from './write-answers.js';

/** What all connections of a key server share. */
export interface ConnectionContext {
  /** Another one takes its place when keys have come or gone. */
  keys: KeyStore;
  /** A reload puts another one in its place; connections that are open heed it from then on. */
  policy: Policy;
  /** None: sealing is not configured. A reload may put another one in its place. */
  sealing: SealingKeys | undefined;
  readonly certificates: ServedCertificates;
  /** None: no record is kept. */
  readonly audit: AuditLog | undefined;
  /** What all connections together may have under way. */
  readonly budget: RequestBudget;
  readonly limits: ConnectionLimits;
  /** Performs operations, or has them performed by whom they name. */
  readonly executor: JobExecutor;
  readonly turn: Turn;
  /** Where the bytes of requests go: others are read into the same memory before these are answered. */
  readonly slab: Slab;
  /** Where answers are written. */
  readonly answerMemory: AnswerMemory;
  readonly counters: Counters;
  readonly durations: OperationRecorder;
}

/**
 * An edge's connection: reads its requests and answers each exactly once.
 *
 * What it holds is bounded: requests under way by number and by bytes, answers that wait for a slow reader by bytes.
 * At a bound the socket is not read until there is room.
 */
export class Connection implements RequestReceiver, CertificateSubscriber {
  readonly #socket: TLSSocket;
  readonly #client: ClientIdentity;
  readonly #auditClient: AuditClient;
  readonly #context: ConnectionContext;
  readonly #logger: Logger;
  readonly #failures: FailureLog;
  readonly #protocol: EdgeProtocol;
  readonly #onRoom = (): void => this.#regulateReading();
  readonly #onTurnEnd = (): void => this.#flush();
  #policy: Policy;
  #permissions: ClientPermissions;
  /** Whose answers are not in the socket's hands yet. */
  #unwritten: PendingRequest[] = [];
  #inFlight = 0;
  #bytesInFlight = 0;
  #flushIsDue = false;
  /** When the bytes came that are being worked on, in milliseconds on the clock of `performance.now()`. */
  #now = 0;
  #isDraining = false;
  /** Bytes that have been read since answers were last written. */
  #readInTurn = 0;
  /** Whether anything has been read since this was last put back to false. */
  #hasRead = false;
  /** `answering`: nothing more is read, and once all that is owed is answered it is `ending`. */
  #state: 'open' | 'answering' | 'ending' | 'closed' = 'open';

  /**
   * @param client whose certificate the socket's other end has shown
   * @param protocol that both ends have agreed on
   */
  constructor(
    socket: TLSSocket,
    client: ClientIdentity,
    context: ConnectionContext,
    logger: Logger,
    protocol: ChannelProtocol = 'kssl1',
  ) {
    this.#protocol =
      protocol === 'kssl2'
        ? new Kssl2Protocol(this, context.limits.maximumInFlight, context.slab, context.answerMemory)
        : new Kssl1Protocol(this, context.slab, context.answerMemory);
    this.#socket = socket;
    this.#client = client;
    this.#auditClient = {
      commonName: client.commonNames[0] ?? '',
      fingerprint: Buffer.from(client.fingerprint, 'hex'),
    };
    this.#context = context;
    this.#policy = context.policy;
    this.#permissions = context.policy.permissionsOf(client);
    this.#logger = logger;
    this.#failures = new FailureLog(logger);
    // A requester that closes its sending side still gets the answers it is owed. Not before the handshake has ended:
    // Node would keep what a health check leaves behind.
    socket.allowHalfOpen = true;
    socket.setNoDelay(true);
    socket.setKeepAlive(true, KEEP_ALIVE_DELAY);
    socket.setTimeout(context.limits.idleTimeout);
    socket.on('timeout', () => this.#onIdle());
    socket.on('drain', () => this.#regulateReading());
    socket.on('end', () => this.close());
    socket.on('error', (error) => {
      context.counters.broken += 1;
      logger.debug({ code: codeOf(error) }, 'connection broke');
    });
    socket.on('close', () => this.#onClose());
    if (this.#protocol.answersLength > 0) this.#scheduleFlush();
    readSocket(socket, (chunk) => this.#onChunk(chunk));
  }

  /** False once answers cannot reach the edge any more. */
  get open(): boolean {
    return this.#state !== 'closed';
  }

  /**
   * Lets the edge go: serves what it has sent until now, also what is still on its way, and then {@link close}s.
   * Idempotent.
   */
  drain(): void {
    if (this.#isDraining) return;
    this.#isDraining = true;
    this.#protocol.goAway();
    this.#scheduleFlush();
    setTimeout(() => this.#closeOnceRead(), TRAVEL_TIME).unref();
  }

  /** Takes no more requests, and ends the connection once those that have arrived are answered. Idempotent. */
  close(): void {
    if (this.#state !== 'open') return;
    this.#state = 'answering';
    this.#scheduleFlush();
  }

  /** Drops the connection with all that is under way. */
  destroy(): void {
    this.#socket.destroy();
  }

  onRequest(id: number, request: OperationRequest, details: RequestDetails): PendingRequest | undefined {
    // Whatever goes wrong inside: this request gets an answer, and those behind it get theirs.
    try {
      return this.#serve(id, request, details);
    } catch (error) {
      this.#logger.error({ reason: reasonOf(error) }, 'a request could not be worked on');
      this.#refuse(id, request, 'internal');
      return undefined;
    }
  }

  onCertificateSubscription(subscription: CertificateSubscription): boolean {
    return this.#context.certificates.subscribe(this, subscription);
  }

  mayUseKey(ski: Uint8Array): boolean {
    const key = this.#context.keys.findKey({ ski });
    return key !== undefined && this.#currentPermissions().mayShakeHandsWith(key);
  }

  sendCertificates(certificates: Certificates): void {
    this.#protocol.sendCertificates(certificates);
    this.#scheduleFlush();
  }

  onPing(): void {
    const { counters, durations } = this.#context;
    counters.countAnswer('ping', 'succeeded');
    durations.recordAtOnce('ping', undefined);
  }

  onUnreadable({ error, reason, operation, ski }: UnreadableRequest): void {
    const { audit, counters, durations } = this.#context;
    counters.countAnswer('unreadable', 'failed');
    durations.recordAtOnce('unreadable', error);
    this.#failures.warn({ reason, ...(operation && { operation }) }, 'request refused');
    // Whoever asks for what is no handshake is worth a line; v1 cannot be asked for anything else.
    if (this.#protocol instanceof Kssl2Protocol && audit?.permitsOperations === true)
      audit.append({ client: this.#auditClient, refused: { operation, ski, reason } });
  }

  onUnframed(): void {
    this.close();
  }

  /** For {@link PendingRequest} only: the operation was performed. */
  complete(request: PendingRequest, bytes: Uint8Array, start: number, end: number): void {
    const { id, name, audited, arrivedAt } = request.facts;
    this.#context.counters.privateKeyOperations += 1;
    this.#context.counters.countAnswer(name, 'succeeded');
    this.#record(audited, 'ok', arrivedAt);
    if (this.open) this.#protocol.succeed(id, bytes, start, end);
    this.#finish(request, undefined);
  }

  /** For {@link PendingRequest} only: the operation was not performed. */
  fail(request: PendingRequest, failure: OperationFailure): void {
    const { id, name, audited, arrivedAt, operation } = request.facts;
    this.#answerFailure(id, name, failure, operation.ski);
    this.#record(audited, failure, arrivedAt);
    this.#finish(request, ERROR_CODES[failure], failure);
  }

  /** @param chunk bytes that are there until this returns */
  #onChunk(chunk: Uint8Array): void {
    if (this.#state !== 'open') return;
    this.#hasRead = true;
    this.#readInTurn += chunk.length;
    this.#now = performance.now();
    this.#protocol.push(chunk);
    if (this.#protocol.answersLength > 0 || this.#readInTurn >= SHARE_OF_TURN) this.#scheduleFlush();
    this.#regulateReading();
  }

  #serve(
    id: number,
    request: OperationRequest,
    { length, timeout = Infinity }: RequestDetails,
  ): PendingRequest | undefined {
    const { audit, budget, limits, counters, durations } = this.#context;
    const prepared = this.#prepare(request);
    if (typeof prepared === 'string') {
      this.#refuse(id, request, prepared);
    } else if (prepared instanceof Uint8Array) {
      const name = policyOperationOf(request.operation);
      counters.countAnswer(name, 'succeeded');
      durations.recordAtOnce(name, undefined);
      this.#record(request, 'ok', this.#now);
      this.#protocol.succeed(id, prepared, 0, prepared.length);
    } else if (!budget.take(length)) {
      this.#refuse(id, request, 'overloaded');
    } else {
      const name = policyOperationOf(request.operation);
      const pending = new PendingRequest(this, {
        id,
        name,
        audited: audit && request,
        length,
        operation: prepared,
        arrivedAt: this.#now,
        deadline: this.#now + Math.min(limits.operationTimeout, timeout),
        span: traceRequest(request, name, this.#now),
      });
      this.#inFlight += 1;
      this.#bytesInFlight += length;
      this.#submit(pending);
      return pending;
    }
    return undefined;
  }

  /** @returns what is to be done, or the answer where it is there at once, or why there is none */
  #prepare(request: OperationRequest): PrivateKeyOperation | Uint8Array | OperationFailure {
    const { audit, keys, sealing } = this.#context;
    const { operation } = request;
    if (audit?.permitsOperations === false) return 'audit_unavailable';
    const permissions = this.#currentPermissions();
    if (operation.type === 'seal' || operation.type === 'unseal') {
      const verdict = permissions.verdict(undefined, operation.type);
      if (verdict !== 'allowed') return verdict;
      return permissions.takeToken(this.#now, operation.type)
        ? performSealing(operation, sealing)
        : 'rate_limited';
    }
    const prepared = toPrivateKeyOperation(request, keys, permissions);
    if (typeof prepared === 'string') return prepared;
    const name = policyOperationOf(operation);
    return permissions.takeToken(this.#now, name, purposeOf(operation)) ? prepared : 'rate_limited';
  }

  #submit(request: PendingRequest): void {
    try {
      this.#context.executor.submit(request);
    } catch (error) {
      this.#logger.error({ reason: reasonOf(error) }, 'an operation could not be begun');
      request.fail('internal');
    }
  }

  #currentPermissions(): ClientPermissions {
    const { policy } = this.#context;
    if (policy !== this.#policy) {
      this.#policy = policy;
      this.#permissions = policy.permissionsOf(this.#client);
    }
    return this.#permissions;
  }

  /** Answers in the turn in which the request came. */
  #refuse(id: number, request: OperationRequest, failure: OperationFailure): void {
    const name = policyOperationOf(request.operation);
    const retryAfter =
      failure === 'rate_limited' ? this.#permissions.timeToToken(name, purposeOf(request.operation)) : 0;
    this.#answerFailure(id, name, failure, request.key.ski, retryAfter);
    this.#record(request, failure, this.#now);
    this.#context.durations.recordAtOnce(name, ERROR_CODES[failure]);
  }

  #answerFailure(
    id: number,
    operation: PolicyOperation,
    failure: OperationFailure,
    ski: Uint8Array | undefined,
    retryAfter = 0,
  ): void {
    const { counters } = this.#context;
    counters.countAnswer(operation, 'failed');
    if (isDenial(failure)) counters.denials[failure] += 1;
    if (failure !== 'cancelled') {
      const key = ski === undefined ? {} : { ski: Buffer.from(ski).toString('hex') };
      this.#failures.warn({ operation, failure, ...key }, 'operation failed');
    }
    if (this.open) this.#protocol.fail(id, failure, retryAfter);
  }

  /** Adds the operation's line to the audit log. */
  #record(request: OperationRequest | undefined, result: 'ok' | OperationFailure, arrivedAt: number): void {
    const { audit, keys } = this.#context;
    // Lines about lines that cannot be written would be the last thing that the log needs.
    if (audit === undefined || request === undefined || result === 'audit_unavailable') return;
    const key = keys.findKey(request.key);
    const duration = performance.now() - arrivedAt;
    audit.append({ client: this.#auditClient, ...(key && { key }), request, result, duration });
  }

  #finish(request: PendingRequest, error: ErrorCode | undefined, failure?: OperationFailure): void {
    const { span, length } = request.facts;
    if (span !== undefined) endTrace(span, request, failure, performance.now());
    this.#context.budget.release(length);
    this.#inFlight -= 1;
    this.#bytesInFlight -= length;
    request.error = error;
    if (this.open) this.#unwritten.push(request);
    this.#scheduleFlush();
  }

  #scheduleFlush(): void {
    if (this.#flushIsDue) return;
    this.#flushIsDue = true;
    this.#context.turn.write(this.#onTurnEnd);
  }

  #flush(): void {
    this.#flushIsDue = false;
    this.#readInTurn = 0;
    if (this.#state === 'closed') return;
    writeAnswers(this.#protocol, this.#socket);
    this.#recordWritten();
    if (this.#state === 'answering' && this.#inFlight === 0) this.#end();
    this.#regulateReading();
  }

  #recordWritten(): void {
    if (this.#unwritten.length === 0) return;
    const now = performance.now();
    for (const request of this.#unwritten)
      this.#context.durations.record(request.facts.name, request.error, request, now);
    this.#unwritten = [];
  }

  #regulateReading(): void {
    if (this.#state !== 'open') return;
    const { budget, limits } = this.#context;
    const { maximumInFlight, maximumQueuedBytes } = limits;
    if (budget.isTight) budget.waitForRoom(this.#onRoom);
    const isFull =
      budget.isTight ||
      this.#readInTurn >= SHARE_OF_TURN ||
      this.#inFlight >= maximumInFlight ||
      this.#bytesInFlight >= MAXIMUM_BYTES_IN_FLIGHT ||
      this.#socket.writableLength + this.#protocol.answersLength >= maximumQueuedBytes;
    if (isFull === this.#socket.isPaused()) return;
    if (isFull) this.#socket.pause();
    else this.#socket.resume();
  }

  #closeOnceRead(): void {
    if (this.#state !== 'open') return;
    this.#hasRead = false;
    // Sockets are read between the two: one that had nothing then has had nothing on its way here.
    setImmediate(() =>
      setImmediate(() => {
        if (!this.#hasRead && !this.#socket.isPaused()) this.close();
        else setTimeout(() => this.#closeOnceRead(), READING_INTERVAL).unref();
      }),
    );
  }

  #end(): void {
    this.#state = 'ending';
    // What still comes in is read and thrown away: closing with unread bytes would take the answers back (RFC 9112,
    // section 9.6, has the same of HTTP). An edge that neither takes its answers nor closes its side in turn is not
    // waited for. Nor is Node, which never ends a TLS connection that the peer left before it got its session tickets.
    this.#socket.resume();
    this.#socket.setTimeout(LINGER_TIME);
    this.#socket.end(() => {
      const timer = setTimeout(() => this.destroy(), LINGER_TIME).unref();
      this.#socket.once('close', () => clearTimeout(timer));
    });
  }

  #onIdle(): void {
    // An edge that has not taken a byte of what waits for it will not take more.
    if (this.#state === 'ending' || this.#socket.writableLength > 0) this.destroy();
    else if (this.#inFlight === 0) this.close();
  }

  #onClose(): void {
    this.#state = 'closed';
    this.#context.certificates.forget(this);
    this.#protocol.takeAnswers();
    this.#unwritten = [];
    this.#logger.debug({ bytesRead: this.#socket.bytesRead }, 'connection closed');
  }
}
