import { once } from 'node:events';
import { connect, type TLSSocket } from 'node:tls';
import { BenchmarkError } from '@latchkey/load';
import { type Load, runConcurrently } from './load.js';

/** Handshakes under way at once. */
const CONCURRENCY = 20;

/** What visitors do in a measurement of handshakes. */
export interface HandshakePlan {
  readonly version: 'TLSv1.2' | 'TLSv1.3';
  /** Whether they continue a session that was begun before. */
  readonly resumed: boolean;
  readonly serverName: string;
}

/**
 * Visitors who connect, shake hands and leave.
 *
 * Its `run` throws a {@link BenchmarkError} when a handshake is resumed that should be full, or the other way round.
 */
export async function openHandshakes(port: number, plan: HandshakePlan): Promise<Load> {
  const session = plan.resumed ? await beginSession(port, plan) : undefined;
  const shakeHands = async (): Promise<void> => {
    const visitor = visit(port, plan, session);
    await once(visitor, 'secureConnect');
    if (visitor.isSessionReused() !== plan.resumed)
      throw new BenchmarkError(`a handshake was${plan.resumed ? ' not' : ''} resumed`);
    await leave(visitor);
  };
  return { run: (count) => runConcurrently(CONCURRENCY, count, shakeHands), close: async () => {} };
}

function visit(port: number, { version, serverName }: HandshakePlan, session: Buffer | undefined): TLSSocket {
  return connect({
    port,
    host: '127.0.0.1',
    servername: serverName,
    minVersion: version,
    maxVersion: version,
    session,
    // The visitor's work is not measured: let it be short.
    rejectUnauthorized: false,
  });
}

async function beginSession(port: number, plan: HandshakePlan): Promise<Buffer> {
  const visitor = visit(port, plan, undefined);
  const [session] = (await once(visitor, 'session')) as [Buffer];
  await leave(visitor);
  return session;
}

async function leave(visitor: TLSSocket): Promise<void> {
  visitor.end();
  visitor.resume();
  await once(visitor, 'close');
}
