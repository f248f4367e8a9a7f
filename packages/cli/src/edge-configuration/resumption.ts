import { hkdfSync } from 'node:crypto';
import { z } from 'zod';
import type { KeyPath } from '../yaml-document.js';
import { path, wholeNumber } from './values.js';

/** Seven days (RFC 8446, section 4.6.1), in seconds. */
const LONGEST_LIFETIME = 604_800;

const redisUrl = z
  .string({ error: 'must be a redis: or rediss: URL' })
  .regex(/^rediss?:\/\/./, { error: 'must be a redis: or rediss: URL, e.g. redis://127.0.0.1:6379' });

/** How visitors who come back are recognised. */
export const resumptionSchema = z
  .strictObject(
    {
      /** How long a session can be resumed after its full handshake, in seconds. */
      session_lifetime: wholeNumber('seconds', 1, LONGEST_LIFETIME).default(7200),
      /** Tickets per full TLS 1.3 handshake. */
      tickets: wholeNumber('tickets', 0, 16).default(2),
      /** How long a ticket key protects new tickets, in seconds; by default as long as a session can be resumed. */
      ticket_key_lifetime: wholeNumber('seconds', 1, LONGEST_LIFETIME).optional(),
      /** Secrets that another tool rotates, instead of keys that the edge makes. */
      ticket_key_file: path.optional(),
      /** Where several edges share what they need to resume each other's sessions. */
      redis: redisUrl.optional(),
      /** What encrypts it there. */
      redis_secret_file: path.optional(),
      /** What the names of keys in Redis begin with. */
      redis_prefix: z.string({ error: 'must be a text' }).default('latchkey:'),
    },
    { error: 'must be a map, e.g. "resumption: { session_lifetime: 7200 }"' },
  )
  .refine(({ redis, ticket_key_file: file }) => redis === undefined || file === undefined, {
    path: ['ticket_key_file'],
    error: 'cannot be used together with redis, where ticket keys are shared already',
  })
  .refine(({ redis, redis_secret_file: file }) => (redis === undefined) === (file === undefined), {
    path: ['redis_secret_file'],
    error: 'belongs to redis, and redis needs it: a file as "openssl rand -hex 32" prints it',
  });

/** How an edge's visitors resume their sessions. */
export interface ResumptionConfiguration {
  /** In seconds. */
  readonly sessionLifetime: number;
  readonly ticketCount: number;
  /** In seconds. */
  readonly ticketKeyLifetime: number | undefined;
  /** The first protects new tickets, all are accepted. Undefined: the edge makes and rotates its own. */
  readonly ticketKeys: readonly Uint8Array[] | undefined;
  readonly redis: { readonly url: string; readonly secret: Uint8Array; readonly prefix: string } | undefined;
}

/** @param readSecrets reads a file of secrets, of which there is at least one */
export async function readResumption(
  values: z.output<typeof resumptionSchema>,
  readSecrets: (key: KeyPath, path: string) => Promise<readonly Uint8Array[]>,
): Promise<ResumptionConfiguration> {
  const { redis: url, redis_secret_file: secretFile, ticket_key_file: keyFile } = values;
  const secrets =
    secretFile === undefined ? [] : await readSecrets(['resumption', 'redis_secret_file'], secretFile);
  const keySecrets =
    keyFile === undefined ? undefined : await readSecrets(['resumption', 'ticket_key_file'], keyFile);
  const [secret] = secrets;
  return {
    sessionLifetime: values.session_lifetime,
    ticketCount: values.tickets,
    ticketKeyLifetime: values.ticket_key_lifetime,
    ticketKeys: keySecrets?.map(deriveTicketKey),
    redis:
      url === undefined || secret === undefined ? undefined : { url, secret, prefix: values.redis_prefix },
  };
}

/** In bytes: name, cipher key and authentication key, as the edge's `ticketKeys` are. */
const TICKET_KEY_LENGTH = 80;

/** A line of 32 bytes is easier to make than a key of 80. */
function deriveTicketKey(secret: Uint8Array): Uint8Array {
  return new Uint8Array(hkdfSync('sha256', secret, '', 'latchkey ticket key', TICKET_KEY_LENGTH));
}
