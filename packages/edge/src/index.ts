export { EdgeSocket, type CipherInfo } from './edge-socket.js';
export * from './errors.js';
export type {
  ChooseSite,
  ClientHello,
  EdgeOptions,
  EdgeTlsOptions,
  NamedSiteOptions,
  SiteOptions,
} from './options.js';
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
export type { EdgeStatistics } from './statistics.js';
export type {
  ExchangeOutcome,
  ExchangeRecord,
  VisitorRequest,
  VisitorResponse,
} from './reverse-proxy/exchange-record.js';
export type { OriginOptions, ReverseProxyOptions, SiteOriginOptions } from './reverse-proxy/options.js';
export { createReverseProxy, type ReverseProxy } from './reverse-proxy/reverse-proxy.js';
