export type {
  ChannelConfiguration,
  ConnectionLimits,
  KeyStoreLocation,
  ListenAddress,
  LogLevel,
  ServerConfiguration,
} from './configuration/configuration.js';
export { loadConfiguration } from './configuration/load.js';
export { type ConfigurationOverride, parseConfiguration } from './configuration/parse.js';
export type { ConfigurationProblem } from './configuration/problem.js';
export {
  ChannelCertificateError,
  ConfigurationError,
  KeyFileError,
  KeyServerError,
  ListenError,
  RevocationListError,
} from './errors.js';
export { type LoadedKeys, loadKeys } from './keys/key-files.js';
export { KeyStore, type StoredKey, storedKey } from './keys/key-store.js';
export { type CloseOptions, createKeyServer, type KeyServer, type KeyServerOptions } from './key-server.js';
export type { BoundAddress } from './listener/listener.js';
export { createLogger, type LoggerOptions } from './logging.js';
export { PoolKeyService, type PoolKeyServiceOptions } from './pool/pool-key-service.js';
export type { KeyServerStatistics, OutcomeCounts } from './statistics.js';
