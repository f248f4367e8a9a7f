import { tlsAddon } from './tls-addon.js';

/** What to ask an OCSP responder about a certificate. */
export interface OcspQuestion {
  /** Of the responder, as the certificate says (RFC 5280, section 4.2.2.1); undefined where it says nothing. */
  readonly url: string | undefined;
  /** An OCSPRequest in DER (RFC 6960, section 4.1.1) without a nonce, so that the responder may answer from a cache. */
  readonly request: Uint8Array;
}

/** Whether an OCSP response may be stapled. */
export type OcspCheck =
  | {
      readonly usable: true;
      /** When the responder knew it to be so. */
      readonly thisUpdate: Date;
      /** Until when it counts; undefined: there may be something newer at any time. */
      readonly nextUpdate: Date | undefined;
    }
  | {
      readonly usable: false;
      /** For people. */
      readonly reason: string;
    };

/**
 * Makes the question about the first certificate of a chain.
 *
 * @param certificateChain in PEM, the issuer's certificate second
 * @returns undefined where the issuer's certificate is not there
 */
export function makeOcspQuestion(certificateChain: string | Uint8Array): OcspQuestion | undefined {
  return tlsAddon.makeOcspQuestion(toBytes(certificateChain));
}

/**
 * Checks that an OCSP response is about the first certificate of a chain, is signed by its issuer or by a responder
 * that the issuer has appointed (RFC 6960, section 4.2.2.2), and says that the certificate is good. Whether it is fresh
 * is the caller's to see.
 *
 * @param certificateChain in PEM, the issuer's certificate second
 * @param response an OCSPResponse in DER, from whomever
 */
export function checkOcspResponse(certificateChain: string | Uint8Array, response: Uint8Array): OcspCheck {
  const result = tlsAddon.checkOcspResponse(toBytes(certificateChain), response);
  if (typeof result === 'string') return { usable: false, reason: result };
  const { thisUpdate, nextUpdate } = result;
  return {
    usable: true,
    thisUpdate: new Date(thisUpdate * 1000),
    nextUpdate: nextUpdate === undefined ? undefined : new Date(nextUpdate * 1000),
  };
}

function toBytes(pem: string | Uint8Array): Uint8Array {
  return typeof pem === 'string' ? Buffer.from(pem) : pem;
}
