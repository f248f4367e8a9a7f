import type { CollectedMetric } from '@latchkey/admin';
import type { EdgeSocket } from '@latchkey/edge';

/** Counts completed handshakes by what was negotiated. */
export class HandshakeRecorder {
  readonly #counts = new Map<string, { readonly labels: Record<string, string>; value: number }>();

  record(socket: EdgeSocket): void {
    const labels = {
      version: socket.getProtocol(),
      cipher: socket.getCipher().standardName,
      handshake: socket.isSessionReused() ? 'resumed' : 'full',
      alpn: socket.alpnProtocol === false ? 'none' : socket.alpnProtocol,
    };
    const key = Object.values(labels).join(' ');
    const count = this.#counts.get(key) ?? { labels, value: 0 };
    count.value += 1;
    this.#counts.set(key, count);
  }

  metrics(): CollectedMetric[] {
    return [
      {
        name: 'latchkey_edge_handshakes_total',
        help: 'Handshakes that were completed, by version, cipher suite, protocol above, and whether the certificate’s key was needed (full).',
        type: 'counter',
        collect: () => this.#counts.values(),
      },
    ];
  }
}
