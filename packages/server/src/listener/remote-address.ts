import type { Socket } from 'node:net';

/** Where a socket comes from, for the log. */
export function remoteAddressOf({ remoteAddress, remotePort }: Socket): string {
  return remoteAddress === undefined ? 'unix socket' : `${remoteAddress}:${remotePort}`;
}
