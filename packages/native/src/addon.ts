import { createRequire } from 'node:module';

const require = createRequire(import.meta.url);

/** The addon as it is: what {@link ./keys.ts} and {@link ./tls.ts} put their typed faces on. */
export const addon: unknown = require(process.env['LATCHKEY_ADDON'] ?? '../build/Release/latchkey.node');
