import type { OriginOptions } from '@latchkey/edge';
import { z } from 'zod';
import type { KeyPath } from '../yaml-document.js';
import { milliseconds, path, wholeNumber } from './values.js';

const URL_EXPECTED = 'must be an http: or https: URL without a path, e.g. http://127.0.0.1:8080';

const url = z.string({ error: URL_EXPECTED }).refine(isOriginUrl, { error: URL_EXPECTED });

/** Where requests go: a URL, several, or a map that also says how they are spoken to. */
export const originSchema = z.preprocess(
  (value) => (typeof value === 'string' || Array.isArray(value) ? { url: value } : value),
  z.strictObject(
    {
      url: z.preprocess(
        (value) => (typeof value === 'string' ? [value] : value),
        z.array(url, { error: URL_EXPECTED }).min(1, { error: URL_EXPECTED }),
      ),
      protocol: z.enum(['http/1.1', 'h2'], { error: 'must be http/1.1 or h2' }).optional(),
      /** Who issued the origin's certificate; by default anybody whom Node trusts. */
      ca: path.optional(),
      /** The name that its certificate is for; by default the host of the URL. */
      server_name: z.string({ error: 'must be a host name' }).min(1).optional(),
      connect_timeout: milliseconds(3_600_000).optional(),
      timeout: milliseconds(3_600_000).optional(),
      maximum_connections: wholeNumber('connections', 1, 65_535).optional(),
    },
    { error: `${URL_EXPECTED}, or a map with such a url` },
  ),
);

/** @param readCertificates reads the file with the authorities */
export async function readOrigin(
  key: KeyPath,
  values: z.output<typeof originSchema>,
  readCertificates: (key: KeyPath, path: string) => Promise<string>,
): Promise<OriginOptions> {
  const { ca, server_name: serverName, connect_timeout: connectTimeout } = values;
  const { protocol, timeout, maximum_connections: maximumConnections } = values;
  return {
    url: values.url,
    ...(protocol !== undefined && { protocol }),
    ...(ca !== undefined && { ca: await readCertificates([...key, 'ca'], ca) }),
    ...(serverName !== undefined && { serverName }),
    ...(connectTimeout !== undefined && { connectTimeout }),
    ...(timeout !== undefined && { timeout }),
    ...(maximumConnections !== undefined && { maximumConnections }),
  };
}

function isOriginUrl(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const { protocol, pathname, search, hash, username, password } = new URL(text);
  const isHttp = protocol === 'http:' || protocol === 'https:';
  return isHttp && pathname === '/' && `${search}${hash}${username}${password}` === '';
}
