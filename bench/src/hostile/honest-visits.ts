import { connect, createSecureContext } from 'node:tls';
import { BenchmarkError, LatencyHistogram } from '@latchkey/load';
import type { Target } from './attack.js';
import { type HonestLoad, workInOpenLoop } from './open-loop.js';

/**
 * Has visitors come to an edge who connect, shake hands in full over TLS 1.3, ask for a page and leave. How long each waits for the
 * page takes in every place where an edge can keep somebody waiting: where connections are accepted, in the
 * handshake, for the key server, and between requests.
 *
 * @returns the 99th percentile in milliseconds
 * @throws {BenchmarkError} when one of them is not served
 */
export async function measureVisits(target: Target, load: HonestLoad): Promise<number> {
  const latencies = new LatencyHistogram();
  const options = {
    ...target,
    // Made once: a new one for each visitor would cost more than the handshake.
    secureContext: createSecureContext({ minVersion: 'TLSv1.3' }),
    rejectUnauthorized: false,
  };
  const request = `GET / HTTP/1.1\r\nhost: ${target.servername}\r\n\r\n`;
  let inFlight = 0;
  let failure: string | undefined;
  const visit = (begunAt: number) => {
    inFlight += 1;
    let isServed = false;
    let reason = 'the edge closed the connection';
    // As browsers do: else what follows Finished can wait 40 ms for an acknowledgement (RFC 1122, section 4.2.3.2).
    const visitor = connect(options).setNoDelay();
    visitor.write(request);
    visitor.once('data', (answer: Buffer) => {
      isServed = answer.toString('latin1').startsWith('HTTP/1.1 200 ');
      if (isServed) latencies.record(performance.now() - begunAt);
      visitor.destroy();
    });
    visitor.on('error', (error: Error) => (reason = error.message));
    visitor.once('close', () => {
      inFlight -= 1;
      if (!isServed) failure ??= reason;
    });
  };
  const work = {
    begin: visit,
    flush: () => {},
    get inFlight() {
      return inFlight;
    },
  };
  await workInOpenLoop(work, load);
  if (failure !== undefined) throw new BenchmarkError(`an honest visitor was not served: ${failure}`);
  return latencies.percentile(99);
}
