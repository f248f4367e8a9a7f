import { z } from 'zod';
import { parseListenAddress } from '../addresses.js';
import { keyServerKeys, siteKeyServerKeys } from './key-servers.js';
import { originSchema } from './origin.js';
import { runningKeys } from './running.js';
import { milliseconds, parsedText, path } from './values.js';
import { visitorLimitsSchema } from './visitor-limits.js';

const listenAddress = parsedText(
  parseListenAddress,
  'must be an address to listen on, e.g. 127.0.0.1:8443, or ":8443" for all interfaces',
);

const serverName = z
  .string({ error: 'must be a host name' })
  .regex(/^(?:\*\.)?(?:[a-z0-9_-]+\.)*[a-z0-9_-]+$/i, { error: 'must be a host name, or *. and one' });

const site = z.strictObject(
  {
    server_names: z
      .array(serverName, { error: 'must be a list of host names' })
      .min(1, { error: 'must name at least one host' }),
    certificate: path,
    ...siteKeyServerKeys,
    /** Where its requests go; by default where all go. */
    origin: originSchema.optional(),
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
    origin: originSchema,
    ...keyServerKeys,
    /** What the edge shows to key servers. */
    channel_certificate: path,
    channel_key: path,
    /** The authorities that the key servers' certificates must chain to. */
    channel_ca: path,
    /** How long a handshake may take, the key server's operation included, in milliseconds. */
    handshake_timeout: milliseconds(600_000).default(10_000),
    limits: visitorLimitsSchema,
    ...runningKeys,
    /** The first also serves visitors who name no host. */
    sites: z
      .array(site, { error: 'must be a list of sites' })
      .min(1, { error: 'must have at least one site' }),
  },
  { error: 'the file must hold keys with their values, e.g. "listen: 127.0.0.1:8443"' },
);
