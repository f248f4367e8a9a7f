import type { KeyServerClientEvent } from '@latchkey/client';
import {
  HandshakeTimeoutError,
  KeyOperationFailedError,
  type EdgeEvent,
  type HandshakeError,
  type OriginError,
} from '@latchkey/edge';
import type { Logger } from 'pino';

/** Logs what happens to the connections to key servers. */
export function logKeyServerEvent(logger: Logger, event: KeyServerClientEvent): void {
  const { server } = event;
  switch (event.type) {
    case 'connected':
      logger.info(
        { server, protocol: event.protocol, tlsVersion: event.tlsVersion, resumed: event.resumed },
        'connected to key server',
      );
      break;
    case 'certificates_received':
      logger.debug(
        { server, serverNames: event.serverNames, chains: event.chains.length },
        'a key server has said which certificates it has',
      );
      break;
    case 'connect_failed':
    case 'resolve_failed':
      logger.warn(
        { server, reason: event.failure.reason, retryIn: event.retryIn },
        `key server ${server} ${event.failure.message}`,
      );
      break;
    case 'disconnected':
      logger.warn(
        { server, reason: event.failure.reason, interrupted: event.interrupted },
        `key server ${server} ${event.failure.message}`,
      );
      break;
    case 'ejected':
      logger.warn({ server, reason: event.reason }, `key server ${server} gets no operations for now`);
      break;
    case 'restored':
      logger.info({ server, after: Math.round(event.after) }, `key server ${server} gets operations again`);
      break;
  }
}

/** Logs what goes on beside visitors. */
export function logEdgeEvent(logger: Logger, event: EdgeEvent): void {
  switch (event.type) {
    case 'ticket_keys_changed':
      logger.debug('ticket keys have changed');
      break;
    case 'resumption_store_failed':
      logger.warn(
        { cause: event.failure.message },
        'Redis cannot be used: visitors who met another edge first have full handshakes here',
      );
      break;
    case 'resumption_store_recovered':
      logger.info('Redis can be used again: sessions are shared');
      break;
    case 'session_not_shared':
      logger.warn(
        { cause: event.failure.message },
        'Redis has not kept or given a session: visitors without tickets may have full handshakes at other edges',
      );
      break;
    case 'ocsp_response_stapled':
      logger.info(
        { fingerprint: event.fingerprint, nextUpdate: event.nextUpdate },
        'an OCSP response is stapled',
      );
      break;
    case 'ocsp_response_refused':
      logger.warn({ fingerprint: event.fingerprint }, `there is no OCSP response to staple: ${event.reason}`);
      break;
    case 'delegated_credential_obtained':
      logger.info({ fingerprint: event.fingerprint, end: event.end }, 'there is a new delegated credential');
      break;
    case 'delegated_credential_refused':
      logger.warn({ fingerprint: event.fingerprint }, `no new delegated credential: ${event.reason}`);
      break;
  }
}

/** Logs a visitor's handshake that failed: loudly only where that is not the visitor's doing. */
export function logHandshakeFailure(logger: Logger, error: HandshakeError): void {
  logger[isVisitorsDoing(error) ? 'debug' : 'warn']({ code: error.code, ...causeOf(error) }, error.message);
}

/** Logs a request that the origin did not answer. */
export function logOriginFailure(logger: Logger, error: OriginError): void {
  logger.warn({ code: error.code, ...causeOf(error) }, error.message);
}

function isVisitorsDoing(error: HandshakeError): boolean {
  if (error instanceof HandshakeTimeoutError) return error.waitedFor === 'visitor';
  return !(error instanceof KeyOperationFailedError);
}

function causeOf({ cause }: Error): { cause?: string; causeCode?: unknown } {
  if (!(cause instanceof Error)) return {};
  return { cause: cause.message, ...('code' in cause && { causeCode: cause.code }) };
}
