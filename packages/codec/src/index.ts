export * from './operation.js';
export type { KeyService, PerformOptions } from './key-service.js';
export * from './errors.js';
export * from './delegated-credential.js';
