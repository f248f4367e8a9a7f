import type { IncomingHttpHeaders } from 'node:http';
import { constants } from 'node:http2';
import type { VisitorRequest, VisitorResponse } from './exchange-record.js';

/** Answers with nothing but a status: what went wrong is for the log. */
export function answerBare(request: VisitorRequest, response: VisitorResponse, status: number): void {
  // What is left of the request's body is nobody's any more.
  request.resume();
  if (!('stream' in response)) response.setHeader('connection', 'close');
  response.writeHead(status, { 'content-length': '0' });
  endEarly(request, response);
}

/** Ends an answer, whether or not the whole request has come. */
export function endEarly(request: VisitorRequest, response: VisitorResponse): void {
  response.end();
  if (request.complete) return;
  // RFC 9113, section 8.1. HTTP/1.1 has no such sign: there the rest is read and thrown away.
  if ('stream' in response) response.stream.close(constants.NGHTTP2_NO_ERROR);
  else request.resume();
}

/** Breaks off, so that what the visitor has got so far cannot be taken for the whole. */
export function cutResponse(response: VisitorResponse): void {
  if ('stream' in response) response.stream.close(constants.NGHTTP2_INTERNAL_ERROR);
  else response.destroy();
}

/**
 * Passes an informational answer on, as a gateway must (RFC 9110, section 15.2): Processing (102) and Early Hints (103)
 * are those for which Node has a way, and the only ones in use.
 */
export function writeInformation(
  request: VisitorRequest,
  response: VisitorResponse,
  status: number,
  { link }: IncomingHttpHeaders,
): void {
  if (request.httpVersion === '1.0' || response.headersSent) return;
  if (status === PROCESSING) {
    if ('stream' in response) response.stream.additionalHeaders({ ':status': status });
    else response.writeProcessing();
  } else if (status === EARLY_HINTS && link !== undefined) {
    try {
      response.writeEarlyHints({ link });
    } catch {
      // Links that Node cannot read. They were a hint.
    }
  }
}

/** RFC 2518, section 10.1, and RFC 8297. */
const PROCESSING = 102;
const EARLY_HINTS = 103;
