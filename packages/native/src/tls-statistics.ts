import { tlsAddon } from './tls-addon.js';

/** What the TLS connections of this process hold. */
export interface TlsStatistics {
  /** Connections not yet aborted or collected. */
  readonly connections: number;
  /** Stacks of handshakes that are paused for a signature or a decryption. */
  readonly fibersInUse: number;
  /** Stacks kept for the next handshakes. */
  readonly fibersPooled: number;
  /** The most that a stack pooled in the calling thread has ever held, in bytes, rounded up to whole pages. */
  readonly stackHighWaterMark: number;
}

/** For tests and metrics: counts over all threads of the process. */
export function tlsStatistics(): TlsStatistics {
  return tlsAddon.tlsStatistics();
}
