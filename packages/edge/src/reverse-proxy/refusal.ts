import type { VisitorRequest, VisitorResponse } from './exchange-record.js';
import type { ReverseProxySettings } from './options.js';
import { answerBare } from './visitor-response.js';

/** Answers a request that no origin gets to see. */
export function refuse(
  { onExchange }: ReverseProxySettings,
  request: VisitorRequest,
  response: VisitorResponse,
  status: number,
): void {
  const startedAt = Date.now();
  const start = performance.now();
  const { remoteAddress } = request.socket;
  response.once('close', () => {
    const [path = '', query] = (request.url ?? '').split('?', 2);
    onExchange({
      outcome: 'refused',
      method: request.method ?? '',
      // It may be what the request is refused for.
      authority: undefined,
      path,
      query,
      httpVersion: request.httpVersion,
      remoteAddress,
      origin: '',
      attempts: 0,
      status,
      bytesReceived: 0,
      bytesSent: 0,
      startedAt,
      duration: performance.now() - start,
      answeredAfter: undefined,
    });
  });
  answerBare(request, response, status);
}
