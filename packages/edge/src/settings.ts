import { EdgeOptionsError } from './errors.js';
import type { EdgeOptions } from './options.js';
import { parseInteger } from './parse-integer.js';
import { Resumption } from './resumption/resumption.js';
import { ServedSites } from './sites/served-sites.js';
import { TLS_OPTIONS } from './sites/site-directory.js';

/** {@link EdgeOptions}, parsed. */
export interface EdgeSettings {
  readonly sites: ServedSites;
  readonly resumption: Resumption;
  readonly handshakeTimeout: number;
  readonly maximumPendingHandshakes: number;
}

/**
 * Parses the options of an edge's server.
 *
 * @throws EdgeOptionsError
 */
export function parseEdgeOptions(
  options: EdgeOptions,
  defaultAlpnProtocols: readonly string[] | undefined,
): EdgeSettings {
  refuseForeignOptions(options);
  const handshakeTimeout = parseInteger('handshakeTimeout', options.handshakeTimeout ?? 10_000, 600_000);
  const maximumPendingHandshakes = parseInteger(
    'maximumPendingHandshakes',
    options.maximumPendingHandshakes ?? 4096,
    1_000_000,
  );
  const onEvent = options.onEvent ?? (() => {});
  const resumption = new Resumption(options, onEvent);
  const sites = new ServedSites(options, {
    keyring: resumption.keyring,
    sharedSessions: resumption.sharedSessions,
    alpnProtocols: defaultAlpnProtocols,
    onEvent,
  });
  return { sites, resumption, handshakeTimeout, maximumPendingHandshakes };
}

/** The options without those of {@link EdgeOptions}: what is left is for Node's own servers. */
export function withoutEdgeOptions<Options extends EdgeOptions>(
  options: Options,
): Omit<Options, keyof EdgeOptions> {
  const rest = Object.entries(options).filter(([name]) => !(name in EDGE_OPTIONS));
  return Object.fromEntries(rest) as Omit<Options, keyof EdgeOptions>;
}

const EDGE_OPTIONS: Record<keyof EdgeOptions, true> = {
  ...TLS_OPTIONS,
  keyService: true,
  certificateChain: true,
  sites: true,
  chooseSite: true,
  ALPNProtocols: true,
  resumption: true,
  onEvent: true,
  handshakeTimeout: true,
  maximumPendingHandshakes: true,
};

/** Options of Node's tls that somebody may bring along, and that must not be ignored in silence. */
const FOREIGN_OPTIONS: Readonly<Record<string, string>> = {
  key: 'an edge never holds a private key; give the service that performs its operations as keyService',
  pfx: 'an edge never holds a private key; give keyService and certificateChain',
  cert: 'give the certificate and its intermediates as certificateChain',
  SNICallback: 'give chooseSite',
  ALPNCallback: 'give ALPNProtocols',
  passphrase: 'an edge never holds a private key; leave this out',
  requestCert: 'visitors cannot be asked for certificates',
  ca: 'visitors cannot be asked for certificates; intermediates belong into certificateChain',
  crl: 'visitors cannot be asked for certificates',
  dhparam: 'finite-field Diffie-Hellman is not supported',
  pskCallback: 'external pre-shared keys are not supported',
  secureContext: 'contexts of node:tls do not apply here; give certificateChain',
  secureProtocol: 'give minVersion and maxVersion',
  secureOptions: 'give minVersion, maxVersion and honorCipherOrder',
  ecdhCurve: 'give groups',
  sigalgs: 'signature schemes follow from the key and the visitor; leave this out',
};

function refuseForeignOptions(options: object): void {
  for (const [name, advice] of Object.entries(FOREIGN_OPTIONS)) {
    if ((options as Record<string, unknown>)[name]) throw new EdgeOptionsError(name, advice);
  }
}
