export type { KeyFacts } from './admin/key-facts.js';
export { mergeReadiness, mergeStatuses } from './admin/merged-reports.js';
export type { ReadinessProblem, ReadinessReport } from './admin/readiness.js';
export type { KeyServerReports } from './admin/reports.js';
export type { ServerStatus } from './admin/server-status.js';
export { AuditLogError } from './audit/errors.js';
export { groupByLog } from './audit/process-logs.js';
export type { AuditLineReference, AuditProblem } from './audit/line-verifier.js';
export { type AuditVerification, type AuditVerificationOptions, verifyAuditLog } from './audit/verify.js';
export type {
  AdminAddress,
  ChannelConfiguration,
  AuditLogConfiguration,
  ConnectionLimits,
  KeyStoreLocation,
  ListenAddress,
  LogLevel,
  SealingConfiguration,
  ServerBounds,
  PassphraseSource,
  ServerConfiguration,
} from './configuration/configuration.js';
export { coversServerName } from './certificates/served-certificates.js';
export { checkConfiguration, type ConfigurationCheck } from './check-configuration.js';
export { type EnvironmentOverrides, environmentOverrides } from './configuration/environment.js';
export { configurationJsonSchema } from './configuration/json-schema.js';
export { type ConfigurationKeyFacts, configurationKeys } from './configuration/keys.js';
export { loadConfiguration, readConfigurationText } from './configuration/load.js';
export { type ConfigurationOverride, parseConfiguration } from './configuration/parse.js';
export { shareOf } from './configuration/share.js';
export type { ConfigurationProblem } from './configuration/problem.js';
export { nearest } from './configuration/suggestion.js';
export {
  CertificateFileError,
  ChannelCertificateError,
  ConfigurationError,
  KeyFileError,
  KeyServerError,
  ListenError,
  RevocationListError,
} from './errors.js';
export type { KeyStoreHealth, KeyStoreState } from './key-stores/external-key-store.js';
export type { KeyDescription } from './key-stores/key-description.js';
export {
  type KeyProblem,
  KeyStoreCredentialsError,
  type KeyStoreProvider,
  KeyStoreUnavailableError,
  type ProvidedKey,
  type ProvidedKeyOperation,
  type ProvidedKeys,
} from './key-stores/key-store-provider.js';
export { type LoadedKeys, loadKeys } from './keys/key-files.js';
export type { KeyChanges } from './keys/served-keys.js';
export { KeyStore, type StoredKey, storedKey } from './keys/key-store.js';
export { createKeyServer, type KeyServer, type KeyServerOptions } from './key-server.js';
export { KeyServerFront, type ReloadReport, type ServingGroup } from './key-server-front.js';
export {
  type CloseOptions,
  KeyServerProcess,
  type KeyServerProcessOptions,
  type PreparedReload,
  type ReloadPart,
} from './key-server-process.js';
export type { BoundAddress } from './listener/listener.js';
export { createLogger, type LoggerOptions } from './logging.js';
export type { KeyAttributes, Pkcs11Uri, TokenAttributes } from './pkcs11/pkcs11-uri.js';
export type { ClientIdentity } from './policy/client-identity.js';
export { loadPolicy } from './policy/load.js';
export { parsePolicy } from './policy/parse.js';
export type { ClientPermissions, Policy, PolicyKey, PolicyVerdict } from './policy/policy.js';
export type { PolicyOperation } from './policy/policy-operation.js';
export { PoolKeyService, type PoolKeyServiceOptions } from './pool/pool-key-service.js';
export { FolderWatch, type FolderWatchOptions } from './reload/folder-watch.js';
export { readSecretFile, SecretFileError } from './secret-file.js';
export type { TokenUse } from './policy/token-ledger.js';
export { addStatistics, type KeyServerStatistics, type OutcomeCounts } from './statistics.js';
