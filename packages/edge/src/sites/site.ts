import type { KeyService } from '@latchkey/codec';
import {
  TlsContextError,
  type TlsContext,
  type TlsContextErrorCode,
  type TlsContextOptions,
} from '@latchkey/native';
import { EdgeOptionsError } from '../errors.js';
import type { EdgeTlsOptions, OcspStapling, SiteOptions } from '../options.js';
import { takesCredentials } from '../delegation/credential-keeper.js';
import { profileOptions, TLS_PROFILES } from '../tls-profile.js';
import { chainsOf, type ContextPool } from './context-pool.js';

/** A site that can be served. */
export interface Site {
  readonly context: TlsContext;
  readonly keyService: KeyService;
  readonly servesTls13: boolean;
  /** In seconds. */
  readonly sessionTimeout: number;
}

/** Where sites' contexts come from and what they have in common. */
export interface SiteEnvironment {
  readonly pool: ContextPool;
  readonly alpnProtocols: readonly string[] | undefined;
  /** Whether sessions that are resumed by their id are kept elsewhere too. */
  readonly exportSessions: boolean;
}

/** In seconds. */
export const DEFAULT_SESSION_TIMEOUT = 7200;

/**
 * Makes a site of its options, those of its server already among them.
 *
 * @param path of the options, '' for the server's own
 * @param lasting whether the site lasts until the server's sites are replaced: then its context may be one from before
 * @throws EdgeOptionsError
 */
export function createSite(
  options: SiteOptions,
  environment: SiteEnvironment,
  path: string,
  lasting: boolean,
): Site {
  const { keyService } = options;
  const refuse = (option: string, problem: string, cause?: unknown): never => {
    throw new EdgeOptionsError(path === '' ? option : `${path}.${option}`, problem, { cause });
  };
  if (keyService === undefined)
    return refuse(
      'keyService',
      'is missing; give the service that has the key, for example one from createKeyServerClient of @latchkey/client',
    );
  if (options.profile !== undefined && !TLS_PROFILES.includes(options.profile))
    refuse('profile', `must be one of ${TLS_PROFILES.join(', ')}`);
  const contextOptions = toContextOptions(options, environment);
  if (contextOptions.staticRsa === true && contextOptions.minimumVersion === 'TLSv1.3')
    refuse('allowStaticRsa', 'needs TLS 1.2, which is not served here: choose the profile intermediate');
  const stapling = toStapling(options);
  if (!lasting && stapling.length > 0)
    refuse('ocspStapling', 'is for certificateChain and sites; a site that chooseSite chooses has none');
  const credentialLifetime = toCredentialLifetime(options);
  if (credentialLifetime !== undefined && !isCredentialLifetime(credentialLifetime))
    refuse(
      'delegatedCredentials.lifetime',
      `must be a whole number of seconds from 600 to 601200, not ${credentialLifetime}`,
    );
  if (!lasting && credentialLifetime !== undefined)
    refuse(
      'delegatedCredentials',
      'is for certificateChain and sites; a site that chooseSite chooses has none',
    );
  try {
    const context = lasting
      ? environment.pool.get({ options: contextOptions, stapling, credentialLifetime }, keyService)
      : environment.pool.makeLoose(contextOptions);
    if (credentialLifetime !== undefined && !context.publicKeys.some(takesCredentials))
      refuse(
        'delegatedCredentials',
        'needs a certificate with DelegationUsage and an ECDSA key (RFC 9345, section 4.2)',
      );
    return {
      context,
      keyService,
      servesTls13: contextOptions.maximumVersion !== 'TLSv1.2',
      sessionTimeout: contextOptions.sessionTimeoutSeconds ?? DEFAULT_SESSION_TIMEOUT,
    };
  } catch (error) {
    if (!(error instanceof TlsContextError)) throw error;
    return refuse(OPTION_OF_ERROR[error.code], error.message, error);
  }
}

function toContextOptions(
  options: SiteOptions,
  { alpnProtocols, exportSessions }: SiteEnvironment,
): TlsContextOptions {
  return {
    ...profileOptions(options.profile ?? 'intermediate'),
    ...withoutUndefined({
      certificateChain: options.certificateChain,
      minimumVersion: options.minVersion,
      maximumVersion: options.maxVersion,
      ...splitCiphers(options.ciphers),
      groups: options.groups,
      honorCipherOrder: options.honorCipherOrder,
      staticRsa: options.allowStaticRsa,
      sessionTimeoutSeconds: options.sessionTimeout,
      ticketCount: options.ticketCount,
      ticketKeys: options.ticketKeys,
      alpnProtocols,
      exportSessions,
    }),
  };
}

/** By the index of the certificate. */
function toStapling({ certificateChain, ocspStapling }: SiteOptions): readonly (OcspStapling | undefined)[] {
  if (ocspStapling === undefined) return [];
  if (isList(ocspStapling)) return ocspStapling;
  return chainsOf(certificateChain).map(() => ocspStapling);
}

function toCredentialLifetime({ delegatedCredentials = false }: SiteOptions): number | undefined {
  if (delegatedCredentials === false) return undefined;
  const { lifetime = 86_400 } = delegatedCredentials === true ? {} : delegatedCredentials;
  return lifetime;
}

function isCredentialLifetime(lifetime: number): boolean {
  return Number.isInteger(lifetime) && lifetime >= 600 && lifetime <= 601_200;
}

function isList(
  stapling: NonNullable<EdgeTlsOptions['ocspStapling']>,
): stapling is readonly (OcspStapling | undefined)[] {
  return Array.isArray(stapling);
}

/** Node's `ciphers` mixes what OpenSSL keeps apart: TLS 1.3's suites are those whose names begin with `TLS_`. */
function splitCiphers(ciphers: string | undefined): {
  readonly ciphers: string | undefined;
  readonly cipherSuites: string | undefined;
} {
  const names = ciphers?.split(':') ?? [];
  return {
    ciphers: names.filter((name) => !name.startsWith('TLS_')).join(':') || undefined,
    cipherSuites: names.filter((name) => name.startsWith('TLS_')).join(':') || undefined,
  };
}

type WithoutUndefined<Values> = { [Name in keyof Values]: Exclude<Values[Name], undefined> };

function withoutUndefined<Values extends object>(values: Values): WithoutUndefined<Values> {
  return Object.fromEntries(
    Object.entries(values).filter(([, value]) => value !== undefined),
  ) as WithoutUndefined<Values>;
}

const OPTION_OF_ERROR: Record<TlsContextErrorCode, string> = {
  LATCHKEY_TLS_NO_CERTIFICATE: 'certificateChain',
  LATCHKEY_TLS_BAD_CERTIFICATE: 'certificateChain',
  LATCHKEY_TLS_UNSUPPORTED_KEY: 'certificateChain',
  LATCHKEY_TLS_BAD_PROTOCOL_RANGE: 'minVersion',
  LATCHKEY_TLS_BAD_CIPHERS: 'ciphers',
  LATCHKEY_TLS_BAD_CIPHER_SUITES: 'ciphers',
  LATCHKEY_TLS_BAD_GROUPS: 'groups',
  LATCHKEY_TLS_BAD_ALPN_PROTOCOL: 'ALPNProtocols',
  LATCHKEY_TLS_BAD_TICKET_COUNT: 'ticketCount',
  LATCHKEY_TLS_BAD_TICKET_KEY: 'ticketKeys',
  LATCHKEY_TLS_BAD_SESSION_TIMEOUT: 'sessionTimeout',
  LATCHKEY_TLS_BAD_SESSION_ID_CONTEXT: 'certificateChain',
  LATCHKEY_TLS_BAD_SESSION_CACHE_SIZE: 'sessionTimeout',
  LATCHKEY_TLS_INTERNAL: 'certificateChain',
};
