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
export {
  createReverseProxy,
  type ReverseProxy,
  type ReverseProxyOptions,
  type VisitorRequest,
  type VisitorResponse,
} from './reverse-proxy.js';
