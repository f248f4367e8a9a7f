import { once } from 'node:events';
import { type ClientHttp2Session, connect } from 'node:http2';
import { BenchmarkError } from '@latchkey/load';
import type { RequestPlan } from './http1-load.js';
import { type Load, runConcurrently } from './load.js';

/** Streams at once on each connection. */
const STREAMS = 10;

/**
 * Visitors who send requests over HTTP/2, several at a time on each of their connections.
 *
 * Its `run` throws a {@link BenchmarkError} when an answer is not that of the application.
 */
export async function openHttp2(port: number, plan: RequestPlan): Promise<Load> {
  const sessions = await Promise.all(Array.from({ length: plan.connections }, () => openSession(port)));
  const body = Buffer.alloc(plan.bodyLength, 'x');
  const request = async (worker: number): Promise<void> => {
    const session = sessions[worker % plan.connections];
    if (session !== undefined) await ask(session, plan, body);
  };
  return {
    run: (count) => runConcurrently(plan.connections * STREAMS, count, request),
    close: async () =>
      void (await Promise.all(sessions.map((session) => new Promise<void>((done) => session.close(done))))),
  };
}

async function openSession(port: number): Promise<ClientHttp2Session> {
  const session = connect(`https://site.localhost:${port}`, {
    host: '127.0.0.1',
    rejectUnauthorized: false,
    // Wide enough that the server does not wait for the visitor.
    settings: { initialWindowSize: WINDOW_LENGTH },
  });
  await once(session, 'connect');
  session.setLocalWindowSize(WINDOW_LENGTH);
  return session;
}

const WINDOW_LENGTH = 2 ** 24;

function ask(session: ClientHttp2Session, { method, path }: RequestPlan, body: Buffer): Promise<void> {
  return new Promise((resolve, reject) => {
    const stream = session.request({ ':method': method, ':path': path }, { endStream: body.length === 0 });
    let status: unknown;
    stream.once('response', (headers) => {
      status = headers[':status'];
    });
    stream.once('error', reject);
    stream.once('close', () => {
      if (status === 200) resolve();
      else reject(new BenchmarkError('an answer is not the application’s'));
    });
    stream.resume();
    if (body.length > 0) stream.end(body);
  });
}
