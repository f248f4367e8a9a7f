export { EdgeSocket, type CipherInfo } from './edge-socket.js';
export * from './errors.js';
export type { EdgeEvent } from './events.js';
export type {
  CertificateChains,
  ChooseSite,
  ClientHello,
  EdgeOptions,
  EdgeSites,
  EdgeTlsOptions,
  NamedSiteOptions,
  DelegatedCredentialOptions,
  OcspStapling,
  ResumptionOptions,
  SiteOptions,
} from './options.js';
export {
  createMemoryResumptionStore,
  type MemoryResumptionStoreOptions,
} from './resumption/memory-resumption-store.js';
export {
  createRedisResumptionStore,
  type RedisClient,
  type RedisResumptionStoreOptions,
} from './resumption/redis-resumption-store.js';
export type { ResumptionStore } from './resumption/resumption-store.js';
export { sealResumptionStore } from './resumption/sealed-resumption-store.js';
export { TLS_PROFILES, type TlsProfile } from './tls-profile.js';
export {
  createSecureServer,
  createServer,
  createTlsServer,
  type EdgeControls,
  type EdgeSecureServer,
  type EdgeSecureServerOptions,
  type EdgeServer,
  type EdgeServerOptions,
  type EdgeTlsServer,
  type EdgeTlsServerOptions,
} from './servers.js';
export type { EdgeStatistics, ResumptionStoreFailures } from './statistics.js';
export type {
  ExchangeOutcome,
  ExchangeRecord,
  VisitorRequest,
  VisitorResponse,
} from './reverse-proxy/exchange-record.js';
export type {
  OriginOptions,
  ReverseProxyOptions,
  ReverseProxyRoutes,
  SiteOriginOptions,
} from './reverse-proxy/options.js';
export { createReverseProxy, type ReverseProxy } from './reverse-proxy/reverse-proxy.js';
