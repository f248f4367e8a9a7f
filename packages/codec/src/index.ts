export * from './operation.js';
export type { KeyService, PerformOptions } from './key-service.js';
export * from './errors.js';
export * from './delegated-credential.js';
export { signedContent } from './signed-content.js';
export { toHandshakeSignature, type TlsVersion } from './handshake-signature.js';
export { signatureSchemeOf } from './signature-scheme.js';
