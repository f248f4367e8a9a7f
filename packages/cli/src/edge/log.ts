import type { KeyServerClientEvent } from '@latchkey/client';
import { KeyOperationFailedError, type HandshakeError, type OriginError } from '@latchkey/edge';
import type { Logger } from 'pino';

/** Logs what happens to the connections to key servers. */
export function logKeyServerEvent(logger: Logger, event: KeyServerClientEvent): void {
  const { server } = event;
  switch (event.type) {
    case 'connected':
      logger.info(
        { server, tlsVersion: event.tlsVersion, resumed: event.resumed },
        'connected to key server',
      );
      break;
    case 'connect_failed':
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
  }
}

/** Logs a visitor's handshake that failed: loudly only where that is not the visitor's doing. */
export function logHandshakeFailure(logger: Logger, error: HandshakeError): void {
  const isOurs = error instanceof KeyOperationFailedError;
  logger[isOurs ? 'warn' : 'debug']({ code: error.code, ...causeOf(error) }, error.message);
}

/** Logs a request that the origin did not answer. */
export function logOriginFailure(logger: Logger, error: OriginError): void {
  logger.warn({ code: error.code, ...causeOf(error) }, error.message);
}

function causeOf({ cause }: Error): { cause?: string } {
  return cause instanceof Error ? { cause: cause.message } : {};
}
