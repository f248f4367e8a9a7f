import { z } from 'zod';
import { TLS_PROFILES, type TlsProfile } from '@latchkey/edge';
import { parseListenAddress } from '../addresses.js';
import { certificatesSchema } from './certificate.js';
import { delegatedCredentialsSchema } from './delegated-credentials.js';
import { keyServerKeys, siteKeyServerKeys } from './key-servers.js';
import { originSchema } from './origin.js';
import { resumptionSchema } from './resumption.js';
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

const trueOrFalse = z.boolean({ error: 'must be true or false' });

const profile = z.enum(TLS_PROFILES as [TlsProfile, ...TlsProfile[]], {
  error: `must be ${TLS_PROFILES.join(' or ')}`,
});

const site = z.strictObject(
  {
    server_names: z
      .array(serverName, { error: 'must be a list of host names' })
      .min(1, { error: 'must name at least one host' }),
    /** What visitors are shown; by default what the key servers have for these names. */
    certificate: certificatesSchema.optional(),
    ...siteKeyServerKeys,
    /** Where its requests go; by default where all go. */
    origin: originSchema.optional(),
    /** What of TLS may be negotiated, if other than with other sites. */
    profile: profile.optional(),
    /** Whether its certificates' OCSP responses are fetched, if other than with other sites. */
    ocsp_stapling: trueOrFalse.optional(),
    /** Whether visitors without ECDHE may use RSA key exchange: its operation is a decryption. */
    allow_static_rsa: trueOrFalse.optional(),
    /** Whether its ECDSA certificates get delegated credentials (RFC 9345), for visitors who take them. */
    delegated_credentials: delegatedCredentialsSchema.optional(),
  },
  { error: 'must be a site: "server_names: [NAME, ...]", and "certificate: FILE" if the edge has it' },
);

/** The keys of an edge's configuration file and what may stand there. */
export const edgeConfigurationSchema = z
  .strictObject(
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
      /** What of TLS may be negotiated. */
      profile: profile.default('intermediate'),
      /** Whether certificates' OCSP responses are fetched from whom they name, and stapled. */
      ocsp_stapling: trueOrFalse.default(false),
      resumption: resumptionSchema.prefault({}),
      /** Whether a change of this file, or of one that it names, is a reason to read them all again. */
      watch_files: trueOrFalse.default(true),
      /** The first also serves visitors who name no host. */
      sites: z
        .array(site, { error: 'must be a list of sites' })
        .min(1, { error: 'must have at least one site' }),
    },
    { error: 'the file must hold keys with their values, e.g. "listen: 127.0.0.1:8443"' },
  )
  .superRefine(({ protocols, sites }, context) => {
    if (protocols.includes('kssl2')) return;
    for (const [index, { certificate, delegated_credentials: credentials = false }] of sites.entries()) {
      if (certificate === undefined)
        context.addIssue({
          code: 'custom',
          path: ['sites', index, 'certificate'],
          message:
            'says which file; key servers send certificates over kssl2 only, which protocols leaves out',
        });
      if (credentials !== false)
        context.addIssue({
          code: 'custom',
          path: ['sites', index, 'delegated_credentials'],
          message: 'needs kssl2, which protocols leaves out',
        });
    }
  });
