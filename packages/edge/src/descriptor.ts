import { Socket } from 'node:net';

/** What Node keeps of a socket. */
interface Internals {
  readonly _handle?: { readonly fd?: number } | null;
  readonly _unrefTimer?: () => void;
}

/**
 * The descriptor of a socket, for whoever has something to send to it right now: to the kernel, past the socket's stream, which
 * does the same after some microseconds of its own. What cannot be sent at once must be written to the stream.
 *
 * @returns undefined where only the stream may be written to: while it has something to write itself, when its writable side
 *   has ended, and where there is no such descriptor, for it is no socket of Node's, or one with another protocol in between
 */
export function descriptorForSending(raw: Socket): number | undefined {
  if (Object.getPrototypeOf(raw) !== Socket.prototype || raw.connecting) return undefined;
  if (raw.writableLength > 0 || raw.writableEnded || raw.destroyed) return undefined;
  const { _handle: handle, _unrefTimer: refreshTimeout } = raw as Internals;
  const descriptor = handle?.fd ?? -1;
  if (descriptor < 0 || refreshTimeout === undefined) return undefined;
  // As every write to the stream does.
  refreshTimeout.call(raw);
  return descriptor;
}
