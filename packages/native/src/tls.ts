export { checkOcspResponse, makeOcspQuestion } from './ocsp.js';
export type { OcspCheck, OcspQuestion } from './ocsp.js';
export { TlsContext, TlsContextError } from './tls-context.js';
export type { TlsContextErrorCode, TlsContextOptions, TlsProtocol, TlsPublicKey } from './tls-context.js';
export { TlsCredentialKey } from './tls-credential-key.js';
export type { TlsDelegatedCredential } from './tls-credential-key.js';
export {
  lengthOfPlaintext,
  TlsFlag,
  TlsNotEstablishedError,
  TlsServerConnection,
} from './tls-server-connection.js';
export type {
  TlsClientHelloRequest,
  TlsConnectionInfo,
  TlsDecryptRequest,
  TlsFailure,
  TlsFailureCode,
  TlsRequest,
  TlsServerConnectionOptions,
  TlsSession,
  TlsSignatureScheme,
  TlsSignRequest,
} from './tls-server-connection.js';
export { tlsStatistics } from './tls-statistics.js';
export type { TlsStatistics } from './tls-statistics.js';
