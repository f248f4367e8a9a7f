import { once } from 'node:events';
import { connect as connectTcp } from 'node:net';
import { connect as connectTls, type SecureVersion } from 'node:tls';

/** A visit to a site: one TLS handshake. */
export interface VisitOptions {
  readonly port: number;
  readonly serverName: string;
  readonly protocol: SecureVersion;
  /** The CA that the visitor trusts, PEM. */
  readonly ca: string;
  /** A session of an earlier visit to resume. */
  readonly session?: Buffer;
}

/** How a visit went. */
export interface Visit {
  readonly protocol: string;
  /** By its standard name. */
  readonly cipher: string;
  readonly resumed: boolean;
  /** From the ClientHello until the handshake is complete, without the TCP connection. */
  readonly milliseconds: number;
  /** What a later visit can resume. */
  readonly session: Buffer;
}

/**
 * Completes a TLS handshake with the edge on this machine, verifying its certificate, and leaves.
 *
 * @throws what node:tls emits when the handshake fails
 */
export async function visit({ port, serverName, protocol, ca, session }: VisitOptions): Promise<Visit> {
  const raw = connectTcp({ host: '127.0.0.1', port, noDelay: true });
  await once(raw, 'connect');
  const start = performance.now();
  const socket = connectTls({
    socket: raw,
    servername: serverName,
    minVersion: protocol,
    maxVersion: protocol,
    ca,
    ...(session !== undefined && { session }),
  });
  try {
    // In TLS 1.3 what a session is resumed with comes after the handshake (RFC 8446, section 4.6.1).
    const ticket = once(socket, 'session') as Promise<[Buffer]>;
    ticket.catch(() => undefined);
    await once(socket, 'secureConnect');
    const milliseconds = performance.now() - start;
    const resumed = socket.isSessionReused();
    return {
      protocol: socket.getProtocol() ?? 'none',
      cipher: socket.getCipher().standardName,
      resumed,
      milliseconds,
      session: session ?? (await ticket)[0],
    };
  } finally {
    socket.destroy();
  }
}
