import { createHash, randomBytes } from 'node:crypto';

/** A Sec-WebSocket-Key (RFC 6455, section 4.1). */
export function makeWebSocketKey(): string {
  return randomBytes(16).toString('base64');
}

/** The Sec-WebSocket-Accept that answers a key (RFC 6455, section 4.2.2). */
export function acceptWebSocketKey(key: string): string {
  // The protocol's own use of SHA-1, which no security depends on.
  return createHash('sha1').update(`${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest('base64');
}
