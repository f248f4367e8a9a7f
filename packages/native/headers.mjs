import { existsSync, realpathSync } from 'node:fs';
import { dirname, join } from 'node:path';

/**
 * The folder with the headers that came with this Node, for addons to be built against. None where they did not come
 * with it: node-gyp then looks for them itself, and may have to download them.
 */
export function headersDirectory() {
  const prefix = join(dirname(realpathSync(process.execPath)), '..');
  return existsSync(join(prefix, 'include', 'node', 'node_api.h')) ? prefix : undefined;
}
