import { isIP } from 'node:net';
import {
  checkServerIdentity,
  connect,
  type ConnectionOptions,
  type SecureContext,
  type TLSSocket,
} from 'node:tls';
import type { Endpoint, KeyServerConfiguration } from './configuration.js';

/**
 * Starts a connection to a key server: TLS 1.2 or 1.3 with our certificate; the server's must chain to `ca` and be for
 * the server's name (RFC 9525).
 *
 * @param options `session` is a TLS session with this key server to resume, if there is one; `alpnProtocols` are offered
 */
export function openSocket(
  { endpoint, serverName }: KeyServerConfiguration,
  secureContext: SecureContext,
  {
    session,
    alpnProtocols,
  }: { readonly session: Buffer | undefined; readonly alpnProtocols: readonly string[] },
): TLSSocket {
  const socket = connect({
    ...destination(endpoint),
    secureContext,
    // An IP address is not sent as a server name (RFC 6066, section 3), but the certificate must be for it.
    servername: isIP(serverName) === 0 ? serverName : '',
    checkServerIdentity: (_host, certificate) => checkServerIdentity(serverName, certificate),
    ...(alpnProtocols.length > 0 && { ALPNProtocols: [...alpnProtocols] }),
    ...(session !== undefined && { session }),
  });
  return socket.once('connect', () => socket.setNoDelay(true).setKeepAlive(true, KEEP_ALIVE_DELAY));
}

function destination(endpoint: Endpoint): ConnectionOptions {
  if ('path' in endpoint) return endpoint;
  const { addresses, port } = endpoint;
  const [host, ...others] = addresses;
  if (host === undefined || others.length === 0) return { host, port };
  return {
    // Not an address, or Node would not ask for the others (RFC 8305).
    host: 'key-server',
    port,
    lookup: (_host, _options, callback) =>
      callback(
        null,
        addresses.map((address) => ({ address, family: isIP(address) })),
      ),
  };
}

/** Milliseconds. */
const KEEP_ALIVE_DELAY = 15_000;
