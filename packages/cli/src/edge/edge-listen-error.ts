import { formatAddress, type ListenAddress } from '../addresses.js';

/** The edge cannot listen where it is told to. */
export class EdgeListenError extends Error {
  readonly code = 'LATCHKEY_EDGE_LISTEN_FAILED';
  override readonly name = 'EdgeListenError';

  constructor(address: ListenAddress, cause: unknown) {
    const isTaken = cause instanceof Error && 'code' in cause && cause.code === 'EADDRINUSE';
    const reason = isTaken ? 'something else listens there already' : String(cause);
    super(`cannot listen on ${formatAddress(address)}: ${reason}`, { cause });
  }
}
