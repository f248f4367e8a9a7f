import type { X509Certificate } from 'node:crypto';
import { isIP } from 'node:net';
import { connect } from 'node:tls';
import type { KeyServerAddress } from '@latchkey/client';
import { KEY_SERVER_PORT, serverNameOf } from '../addresses.js';
import type { Channel } from '../pem-files.js';

/**
 * The certificate that a key server shows, whether it can be trusted or not: to explain why it is not.
 *
 * @param timeout in milliseconds
 * @returns undefined where the TLS handshake does not come so far, or where SRV records say which key server it is
 */
export function fetchShownCertificate(
  address: KeyServerAddress,
  { certificate, key }: Channel,
  timeout: number,
): Promise<X509Certificate | undefined> {
  if ('srv' in address) return Promise.resolve(undefined);
  return new Promise((resolve) => {
    const name = serverNameOf(address);
    const socket = connect({
      ...('path' in address
        ? { path: address.path }
        : { host: address.host, port: address.port ?? KEY_SERVER_PORT }),
      cert: certificate.text,
      key: key.text,
      // Nothing is sent over this connection, so it does no harm that the other end is unknown.
      rejectUnauthorized: false,
      ...(isIP(name) === 0 && { servername: name }),
      timeout,
    });
    const end = (shown?: X509Certificate): void => {
      socket.destroy();
      resolve(shown);
    };
    socket.once('secureConnect', () => end(socket.getPeerX509Certificate()));
    socket.once('error', () => end());
    socket.once('timeout', () => end());
    socket.once('close', () => end());
  });
}
