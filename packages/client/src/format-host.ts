import { isIP } from 'node:net';

/** A host as it stands before a port. */
export function formatHost(host: string): string {
  return isIP(host) === 6 ? `[${host}]` : host;
}
