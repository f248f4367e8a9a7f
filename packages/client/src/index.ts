export { createKeyServerClient, type KeyServerClient } from './client.js';
export { ConfigurationError, KeyServerConnectionError, TooManyOperationsError } from './errors.js';
export type { ConnectionFailure, ConnectionFailureReason } from './failure.js';
export type {
  BackoffOptions,
  ChannelProtocol,
  EjectionReason,
  HedgingOptions,
  KeyServerAddress,
  KeyServerClientChanges,
  KeyServerClientEvent,
  KeyServerClientOptions,
  SrvKeyServerAddress,
  TcpKeyServerAddress,
  UnixKeyServerAddress,
} from './options.js';
export type { OperationKind } from './operation-kind.js';
export type {
  ConnectionStatistics,
  KeyServerClientStatistics,
  KeyServerStatistics,
  OperationCounts,
} from './statistics.js';
