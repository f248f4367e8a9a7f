export { makeAuthority } from './authority.js';
export type {
  Authority,
  CertificateOptions,
  CertificateUsage,
  IssuedCertificate,
  RevocationListOptions,
  Validity,
} from './authority.js';
export {
  DEFAULT_ADDRESSES,
  edgeConfigurationText,
  LAYOUT,
  serverConfigurationText,
} from './configuration.js';
export type { DevelopmentAddresses } from './configuration.js';
export { createDevelopmentPki, DEFAULT_SITES } from './development-pki.js';
export type {
  DevelopmentPki,
  DevelopmentPkiOptions,
  DevelopmentSite,
  SiteOptions,
} from './development-pki.js';
export { KEY_ALGORITHMS, type KeyAlgorithm } from './keys.js';
export { PkiExistsError, writeDevelopmentPki, type WritePkiOptions } from './write.js';
