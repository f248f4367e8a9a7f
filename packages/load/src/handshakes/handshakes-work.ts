import { once } from 'node:events';
import { connect, type ConnectionOptions, createSecureContext, type TLSSocket } from 'node:tls';
import { BenchmarkError } from '../benchmark-error.js';
import type { Work, WorkOpener } from '../generator/work.js';
import { randomSource } from '../pace/random.js';
import type { HandshakesOrder } from './order.js';
import { Sessions } from './sessions.js';

/** Visits a TLS server again and again. */
export const openHandshakes: WorkOpener<HandshakesOrder> = async (order, collector, seed) => {
  const { resumedShare, concurrency } = order;
  const options = optionsOf(order);
  const random = randomSource(seed);
  const sessions = new Sessions();
  const protocol = await firstVisits(options, sessions, resumedShare > 0 ? SESSIONS_AT_FIRST : 1);
  let inFlight = 0;
  const visit = (dueAt: number) => {
    const wanted = random() < resumedShare ? sessions.take() : undefined;
    const begin = performance.now();
    const visitor = connect({ ...options, ...(wanted !== undefined && { session: wanted }) });
    let connectedAt = begin;
    let helloAt = begin;
    let isDone = false;
    visitor.once('connect', () => (connectedAt = performance.now()));
    // The first secret exists once the ServerHello (TLS 1.3) or the ServerKeyExchange (TLS 1.2) has been read. The secret
    // itself is nobody's business.
    visitor.once('keylog', () => (helloAt = performance.now()));
    if (resumedShare > 0) visitor.on('session', (session: Buffer) => sessions.add(session));
    visitor.once('secureConnect', () => {
      const now = performance.now();
      const isResumed = visitor.isSessionReused();
      isDone = true;
      if (wanted !== undefined && !isResumed) collector.failed('the server did not resume a session', dueAt);
      else collector.performed(isResumed ? 1 : 0, dueAt, now);
      collector.phase('connection', dueAt, connectedAt - begin);
      collector.phase('server hello', dueAt, helloAt - connectedAt);
      collector.phase('completion', dueAt, now - helloAt);
      // Tickets of TLS 1.3 come after the handshake, before the server's end of the connection.
      visitor.end();
      visitor.resume();
    });
    visitor.on('error', (error: NodeJS.ErrnoException) => {
      if (!isDone) collector.failed(error.code ?? error.message, dueAt);
      isDone = true;
    });
    visitor.once('close', () => {
      if (!isDone) collector.failed('the server closed the connection', dueAt);
      inFlight -= 1;
      work.onRoom();
    });
  };
  const work: Work = {
    start: (dueAt) => {
      if (inFlight === concurrency) return false;
      inFlight += 1;
      visit(dueAt);
      return true;
    },
    flush: () => {},
    get inFlight() {
      return inFlight;
    },
    onRoom: () => {},
    requireOpen: () => {},
    summary: () => ({ verified: 0, protocol }),
  };
  return work;
};

/** Enough that visitors at once need not share one. */
const SESSIONS_AT_FIRST = 20;

const SIGNATURE_ALGORITHMS = {
  rsa: 'rsa_pss_rsae_sha256:rsa_pkcs1_sha256',
  ecdsa: 'ecdsa_secp256r1_sha256:ecdsa_secp384r1_sha384:ecdsa_secp521r1_sha512',
  ed25519: 'ed25519',
} as const;

function optionsOf(order: HandshakesOrder): ConnectionOptions {
  const { host, port, serverName, version, certificate, group, ciphers } = order;
  return {
    host,
    port,
    servername: serverName,
    // Made once: a new one for each visitor would cost more than the handshake.
    secureContext: createSecureContext({
      ...(version !== undefined && { minVersion: version, maxVersion: version }),
      ...(certificate !== undefined && { sigalgs: SIGNATURE_ALGORITHMS[certificate] }),
      ...(group !== undefined && { ecdhCurve: group }),
      ...(ciphers !== undefined && { ciphers }),
    }),
    // Whom they talk to is not what is measured; the server is asked whatever its certificate.
    rejectUnauthorized: false,
    checkServerIdentity: () => undefined,
  };
}

/** So many visitors begin sessions; @returns what they agreed upon with the server */
async function firstVisits(options: ConnectionOptions, sessions: Sessions, count: number): Promise<string> {
  let protocol = '';
  for (let visits = 0; visits < count; visits += 1) {
    const visitor = connect(options);
    visitor.on('session', (session: Buffer) => sessions.add(session));
    try {
      await once(visitor, 'secureConnect');
    } catch (error) {
      throw new BenchmarkError(
        `no handshake with ${options.host}:${options.port}: ${(error as Error).message}`,
        {
          cause: error,
        },
      );
    }
    protocol = describe(visitor);
    visitor.on('error', () => {});
    visitor.end();
    visitor.resume();
    await once(visitor, 'close');
  }
  return protocol;
}

function describe(visitor: TLSSocket): string {
  const { name } = (visitor.getEphemeralKeyInfo() ?? {}) as { readonly name?: string };
  return [visitor.getProtocol(), visitor.getCipher().standardName, name].filter(Boolean).join(' ');
}
