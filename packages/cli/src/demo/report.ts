import { table } from '../terminal/table.js';
import type { ObservedHandshake } from './handshakes.js';

/** Who talks to whom, and who has what. */
export const PICTURE = `
  visitor  --- TLS --->  edge  --- Keyless SSL, mutual TLS --->  key server
                          |
  trusts the sites' CA    |  has the sites' certificates,        has the private keys,
                          |  no private key of theirs            signs once per full handshake
                          v
                        origin
`;

/** A table of the handshakes. */
export function formatHandshakes(handshakes: readonly ObservedHandshake[]): string[] {
  return table(
    [
      { heading: 'handshake' },
      { heading: 'site' },
      { heading: 'protocol' },
      { heading: 'cipher' },
      { heading: 'signature (by key server)' },
      { heading: 'ms', alignment: 'right' },
      { heading: 'operations', alignment: 'right' },
    ],
    handshakes.map(({ resumed, serverName, protocol, cipher, signatureScheme, milliseconds, operations }) => [
      resumed ? 'resumed' : 'full',
      serverName,
      protocol,
      cipher,
      signatureScheme ?? 'none',
      milliseconds.toFixed(1),
      String(operations),
    ]),
  );
}

/** What to try while the demo stays up. */
export function formatInvitation(directory: string, edgePort: number): string[] {
  const ca = `${directory}/sites/ca.pem`;
  return [
    'It stays up for you to try (Ctrl-C ends it):',
    '',
    `  curl --cacert ${ca} --resolve ecdsa.localhost:${edgePort}:127.0.0.1 https://ecdsa.localhost:${edgePort}/`,
    `  openssl s_client -brief -connect 127.0.0.1:${edgePort} -servername rsa.localhost -CAfile ${ca} </dev/null`,
    `  npx latchkey check --config ${directory}/edge.yaml`,
    '',
  ];
}
