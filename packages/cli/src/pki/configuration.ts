import { stringify } from 'yaml';

/** Where things are in a folder that {@link writeDevelopmentPki} filled, relative to it. */
export const LAYOUT = {
  channelCa: 'channel/ca.pem',
  keyServerCertificate: 'channel/key-server.pem',
  keyServerKey: 'channel/key-server.key',
  edgeCertificate: 'channel/edge.pem',
  edgeKey: 'channel/edge.key',
  siteCa: 'sites/ca.pem',
  siteKeys: 'keys',
  siteKey: (name: string) => `keys/${name}.key`,
  siteCertificateChain: (name: string) => `sites/${name}/chain.pem`,
  serverConfiguration: 'server.yaml',
  edgeConfiguration: 'edge.yaml',
} as const;

/** Where the pieces of a development set-up listen. All on this machine alone. */
export interface DevelopmentAddresses {
  /** Port of the key server. 0: any that is free. */
  readonly keyServerPort: number;
  /** Port of the edge. 0: any that is free. */
  readonly edgePort: number;
  /** The URL that the edge passes visitors' requests on to. */
  readonly origin: string;
}

/** Ports that key servers and HTTPS servers in development usually have. */
export const DEFAULT_ADDRESSES: DevelopmentAddresses = {
  keyServerPort: 2407,
  edgePort: 8443,
  origin: 'http://127.0.0.1:8080',
};

/** The text of a `server.yaml` for `latchkey server`, to lie in a folder of that layout. */
export function serverConfigurationText(
  { keyServerPort }: DevelopmentAddresses,
  signsDelegatedCredentials = false,
): string {
  return commented('A key server for development: latchkey server --config server.yaml', {
    address: '127.0.0.1',
    port: keyServerPort,
    auth_cert: LAYOUT.keyServerCertificate,
    auth_key: LAYOUT.keyServerKey,
    cloudflare_ca_cert: LAYOUT.channelCa,
    private_key_stores: [{ dir: LAYOUT.siteKeys }],
    ...(signsDelegatedCredentials && { delegated_credentials: true }),
  });
}

/**
 * The text of an `edge.yaml` for `latchkey edge`, to lie in a folder of that layout.
 *
 * @param delegatingSites those of the sites that have delegated credentials
 */
export function edgeConfigurationText(
  siteNames: readonly string[],
  { keyServerPort, edgePort, origin }: DevelopmentAddresses,
  delegatingSites: readonly string[] = [],
): string {
  return commented('An edge for development: latchkey edge --config edge.yaml', {
    listen: `127.0.0.1:${edgePort}`,
    origin,
    key_servers: [`127.0.0.1:${keyServerPort}`],
    channel_certificate: LAYOUT.edgeCertificate,
    channel_key: LAYOUT.edgeKey,
    channel_ca: LAYOUT.channelCa,
    sites: siteNames.map((name) => ({
      server_names: [name],
      certificate: LAYOUT.siteCertificateChain(name),
      ...(delegatingSites.includes(name) && { delegated_credentials: true }),
    })),
  });
}

function commented(comment: string, configuration: Readonly<Record<string, unknown>>): string {
  return `# ${comment}\n${stringify(configuration)}`;
}
