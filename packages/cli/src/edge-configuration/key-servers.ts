import { resolve } from 'node:path';
import type { HedgingOptions, KeyServerAddress } from '@latchkey/client';
import { z } from 'zod';
import { parseKeyServerAddress } from '../addresses.js';

const KEY_SERVER =
  'must be where key servers listen: host:port, the path of a socket, or the name of SRV records';

const keyServer = z.string({ error: KEY_SERVER }).transform((text, context): KeyServerAddress => {
  const address = parseKeyServerAddress(text);
  if (address !== undefined) return address;
  context.addIssue({ code: 'custom', message: KEY_SERVER });
  return z.NEVER;
});

const keyServers = z
  .array(keyServer, { error: 'must be a list, e.g. ["127.0.0.1:2407"]' })
  .min(1, { error: 'must name at least one key server' });

const keyServerName = z.string({ error: 'must be a host name or an IP address' }).min(1).optional();

const PROTOCOLS = 'must be a list of kssl2 and kssl1';
const SHARE = 'must be a share from 0 to 1, e.g. 0.05';
const DELAY = 'must be a number of milliseconds from 1 to 60000';

/** Keys about the key servers of all sites. */
export const keyServerKeys = {
  key_servers: keyServers,
  /** The name that the key servers' certificates are for; by default the host of each address. */
  key_server_name: keyServerName,
  /** What may be spoken with key servers: kssl2, and with those that do not take it Keyless SSL v1 only if it is here too. */
  protocols: z
    .array(z.enum(['kssl2', 'kssl1'], { error: PROTOCOLS }), { error: PROTOCOLS })
    .min(1, { error: PROTOCOLS })
    .default(['kssl2']),
  /** DNS servers that resolve the names of key servers; by default as the machine is set up to. */
  name_servers: z
    .array(z.string(), { error: 'must be a list of IP addresses, e.g. ["127.0.0.1:8600"]' })
    .min(1, { error: 'must name at least one DNS server' })
    .optional(),
  /** When an operation that takes long is sent to a second key server too. */
  hedging: z
    .strictObject(
      {
        share: z.number({ error: SHARE }).min(0, { error: SHARE }).max(1, { error: SHARE }).optional(),
        minimum_delay: z
          .number({ error: DELAY })
          .min(1, { error: DELAY })
          .max(60_000, { error: DELAY })
          .optional(),
      },
      { error: 'must be a map: "share: 0.05" and "minimum_delay: 20"' },
    )
    .default({}),
};

/** The same keys of one site, which has key servers of its own. */
export const siteKeyServerKeys = {
  key_servers: keyServers.optional(),
  key_server_name: keyServerName,
};

/**
 * The key servers of a site, or of all.
 *
 * @param name what their certificates are for, where that is not said by each address
 * @param folder that paths of sockets are relative to
 */
export function locateKeyServers(
  addresses: readonly KeyServerAddress[],
  name: string | undefined,
  folder: string,
): readonly KeyServerAddress[] {
  return addresses.map((address) => ({
    ...address,
    ...('path' in address && { path: resolve(folder, address.path) }),
    ...(name !== undefined && { serverName: name }),
  }));
}

export function hedgingOptions({
  share,
  minimum_delay: minimumDelay,
}: z.output<typeof keyServerKeys.hedging>): HedgingOptions {
  return { ...(share !== undefined && { share }), ...(minimumDelay !== undefined && { minimumDelay }) };
}
