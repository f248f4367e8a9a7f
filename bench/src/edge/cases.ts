import type { KeyAlgorithm } from 'latchkey/pki';
import type { ApplicationOrder } from './application.js';
import { type HandshakePlan, openHandshakes } from './handshake-load.js';
import { openHttp1, type RequestPlan } from './http1-load.js';
import { openHttp2 } from './http2-load.js';
import type { Load } from './load.js';

/** One thing that is measured of an edge and of Node's own server. */
export interface MeasuredCase {
  readonly id: string;
  readonly title: string;
  /** What the servers are. */
  readonly keyAlgorithm: KeyAlgorithm;
  readonly protocol: ApplicationOrder['protocol'];
  /** Whether the site is chosen by the name that the visitor asks for. */
  readonly chosenByName: boolean;
  /** How often it is done before the servers take turns: some hundredths of a second of work. */
  readonly count: number;
  readonly open: (port: number) => Promise<Load>;
}

/** The name of the site that is measured. */
export const SITE_NAME = 'site.localhost';

const UPLOAD: Partial<RequestPlan> = { method: 'POST', bodyLength: 2 ** 20 };

export const CASES: readonly MeasuredCase[] = [
  handshakes('full-1.3-p256', 'full handshake, TLS 1.3, P-256', 'p-256', { version: 'TLSv1.3' }),
  handshakes('full-1.3-rsa', 'full handshake, TLS 1.3, RSA-2048', 'rsa-2048', { version: 'TLSv1.3' }),
  handshakes('full-1.2-p256', 'full handshake, TLS 1.2, P-256', 'p-256', { version: 'TLSv1.2' }),
  handshakes('full-1.2-rsa', 'full handshake, TLS 1.2, RSA-2048', 'rsa-2048', { version: 'TLSv1.2' }),
  {
    ...handshakes('named-1.3-p256', 'the same as the first, site by name', 'p-256', { version: 'TLSv1.3' }),
    chosenByName: true,
  },
  handshakes('resumed-1.3', 'resumed handshake, TLS 1.3', 'p-256', { version: 'TLSv1.3', resumed: true }),
  handshakes('resumed-1.2', 'resumed handshake, TLS 1.2', 'p-256', { version: 'TLSv1.2', resumed: true }),
  requests('h1-request', 'request, HTTP/1.1, 1 KiB answer', 'http/1.1', 400, { connections: 20 }),
  requests('h2-request', 'request, HTTP/2, 1 KiB answer', 'h2', 400, { connections: 2 }),
  requests('h1-download', 'MiB to the visitor, HTTP/1.1', 'http/1.1', 10, { path: '/large' }),
  requests('h1-upload', 'MiB from the visitor, HTTP/1.1', 'http/1.1', 10, UPLOAD),
  requests('h2-download', 'MiB to the visitor, HTTP/2', 'h2', 10, { path: '/large' }),
  requests('h2-upload', 'MiB from the visitor, HTTP/2', 'h2', 10, UPLOAD),
];

function handshakes(
  id: string,
  title: string,
  keyAlgorithm: KeyAlgorithm,
  visitors: Pick<HandshakePlan, 'version'> & Partial<HandshakePlan>,
): MeasuredCase {
  const plan: HandshakePlan = { resumed: false, serverName: SITE_NAME, ...visitors };
  return {
    id,
    title,
    keyAlgorithm,
    protocol: 'http/1.1',
    chosenByName: false,
    count: 20,
    open: (port) => openHandshakes(port, plan),
  };
}

function requests(
  id: string,
  title: string,
  protocol: ApplicationOrder['protocol'],
  count: number,
  request: Partial<RequestPlan>,
): MeasuredCase {
  const plan: RequestPlan = { method: 'GET', path: '/', bodyLength: 0, connections: 2, ...request };
  const open = protocol === 'h2' ? openHttp2 : openHttp1;
  return {
    id,
    title,
    keyAlgorithm: 'p-256',
    protocol,
    chosenByName: false,
    count,
    open: (port) => open(port, plan),
  };
}
