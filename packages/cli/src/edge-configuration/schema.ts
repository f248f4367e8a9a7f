import { z } from 'zod';
import { parseListenAddress } from '../addresses.js';
import { keyServerKeys, siteKeyServerKeys } from './key-servers.js';

const path = z
  .string({ error: 'must be the path of a file' })
  .min(1, { error: 'must be the path of a file' });

const listenAddress = parsedText(
  parseListenAddress,
  'must be an address to listen on, e.g. 127.0.0.1:8443, or ":8443" for all interfaces',
);

const origin = parsedText(parseOrigin, 'must be an http: URL without a path, e.g. http://127.0.0.1:8080');

const serverName = z
  .string({ error: 'must be a host name' })
  .regex(/^(?:\*\.)?(?:[a-z0-9_-]+\.)*[a-z0-9_-]+$/i, { error: 'must be a host name, or *. and one' });

const HANDSHAKE_TIMEOUT = 'must be a number of milliseconds from 1 to 600000';

const site = z.strictObject(
  {
    server_names: z
      .array(serverName, { error: 'must be a list of host names' })
      .min(1, { error: 'must name at least one host' }),
    certificate: path,
    ...siteKeyServerKeys,
    /** Whether visitors without ECDHE may use RSA key exchange: its operation is a decryption. */
    allow_static_rsa: z.boolean({ error: 'must be true or false' }).optional(),
  },
  { error: 'must be a site: "server_names: [NAME, ...]" and "certificate: FILE"' },
);

/** The keys of an edge's configuration file and what may stand there. */
export const edgeConfigurationSchema = z.strictObject(
  {
    /** Where visitors connect. */
    listen: listenAddress.prefault('8443'),
    /** Where their requests go. */
    origin,
    ...keyServerKeys,
    /** What the edge shows to key servers. */
    channel_certificate: path,
    channel_key: path,
    /** The authorities that the key servers' certificates must chain to. */
    channel_ca: path,
    /** How long a handshake may take, the key server's operation included, in milliseconds. */
    handshake_timeout: z
      .int({ error: HANDSHAKE_TIMEOUT })
      .min(1, { error: HANDSHAKE_TIMEOUT })
      .max(600_000, { error: HANDSHAKE_TIMEOUT })
      .default(10_000),
    /** The first also serves visitors who name no host. */
    sites: z
      .array(site, { error: 'must be a list of sites' })
      .min(1, { error: 'must have at least one site' }),
  },
  { error: 'the file must hold keys with their values, e.g. "listen: 127.0.0.1:8443"' },
);

function parsedText<Value>(parse: (text: string) => Value | undefined, error: string) {
  // YAML takes `listen: 8443` for a number.
  return z.union([z.string(), z.number().transform(String)], { error }).transform((text, context): Value => {
    const value = parse(text);
    if (value !== undefined) return value;
    context.addIssue({ code: 'custom', message: error });
    return z.NEVER;
  });
}

function parseOrigin(text: string): URL | undefined {
  if (!URL.canParse(text)) return undefined;
  const url = new URL(text);
  return url.protocol === 'http:' && url.pathname === '/' && url.search === '' ? url : undefined;
}
