import type { OperationRequest } from '../operation.js';
import { UnencodableMessageError } from '../errors.js';
import { decodeText, encodeText } from '../text.js';

type RequestContext = NonNullable<OperationRequest['requestContext']>;

/** Reads a request context: the text of a JSON object. Anything else is ignored, and the request still answered. */
export function decodeRequestContext(bytes: Uint8Array): RequestContext | undefined {
  const text = decodeText(bytes);
  if (text === undefined) return undefined;
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  const isObject = typeof value === 'object' && value !== null && !Array.isArray(value);
  return isObject ? (value as RequestContext) : undefined;
}

/**
 * Writes a request context.
 *
 * @throws {UnencodableMessageError} when JSON cannot say it
 */
export function encodeRequestContext(context: RequestContext): Uint8Array {
  try {
    return encodeText(JSON.stringify(context));
  } catch (error) {
    throw new UnencodableMessageError('The request context is not what JSON can say', { cause: error });
  }
}
