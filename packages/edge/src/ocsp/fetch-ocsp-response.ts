import { makeOcspQuestion } from '@latchkey/native';
import { OcspFetchError } from '../errors.js';

/**
 * Asks an OCSP responder about the first certificate of a chain (RFC 6960, appendix A.1). The answer is unchecked.
 *
 * @param url of the responder; undefined: as the certificate says
 * @throws OcspFetchError
 */
export async function fetchOcspResponse(
  certificateChain: string | Uint8Array,
  url: string | undefined,
  signal: AbortSignal,
): Promise<Uint8Array> {
  const question = makeOcspQuestion(certificateChain);
  if (question === undefined)
    throw new OcspFetchError("the chain does not hold the certificate of the certificate's issuer");
  const responder = url ?? question.url;
  if (responder === undefined) throw new OcspFetchError('the certificate names no OCSP responder');
  try {
    const answer = await fetch(responder, {
      method: 'POST',
      headers: { 'content-type': 'application/ocsp-request', accept: 'application/ocsp-response' },
      body: Uint8Array.from(question.request),
      signal: AbortSignal.any([signal, AbortSignal.timeout(TIMEOUT)]),
    });
    if (!answer.ok) throw new OcspFetchError(`${responder} answered with status ${answer.status}`);
    return await readBody(answer, responder);
  } catch (error) {
    if (error instanceof OcspFetchError) throw error;
    throw new OcspFetchError(`${responder} could not be asked`, { cause: error });
  }
}

/** In milliseconds. */
const TIMEOUT = 10_000;
/** Many times as long as any with a chain of certificates, in bytes. */
const MAXIMUM_LENGTH = 65_536;

async function readBody({ body }: Response, responder: string): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of body ?? []) {
    length += chunk.length;
    if (length > MAXIMUM_LENGTH) throw new OcspFetchError(`${responder} answered with more than it may`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}
