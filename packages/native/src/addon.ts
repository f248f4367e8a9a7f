import { createRequire } from 'node:module';

/** The addon could not be loaded: it has not been built, or was built for another machine. */
export class AddonLoadError extends Error {
  readonly code = 'LATCHKEY_ADDON_NOT_LOADED';
  override readonly name = 'AddonLoadError';
}

/** The addon as it is: each face in this folder narrows it to the functions that it calls. */
export const addon: unknown = load(process.env['LATCHKEY_ADDON'] ?? '../build/Release/latchkey.node');

function load(file: string): unknown {
  try {
    return createRequire(import.meta.url)(file);
  } catch (cause) {
    throw new AddonLoadError(
      `the native addon could not be loaded from ${file}; "node packages/native/build.mjs" builds it`,
      { cause },
    );
  }
}
