import { createHash, generateKeyPairSync, type KeyObject, type KeyPairKeyObjectResult } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { ConnectionOptions } from 'node:tls';
import { RunningCommand, temporaryFolder, type WhenOver } from '../cli/support.js';
import { type Authority, type IssuedCertificate, makeAuthority } from 'latchkey/pki';
import { type Item, RawConnection } from './frames.js';

/** A `latchkey server` of its own process with the configuration of the field's key server. */
export interface ConformingKeyServer {
  readonly authority: Authority;
  readonly command: RunningCommand;
  readonly port: number;
  readonly unixSocket: string;
  connect(options?: ConnectionOptions): Promise<RawConnection>;
  /** What a connection needs. */
  channel(certificate?: IssuedCertificate): ConnectionOptions;
}

/** One of each type, in each of the forms that key files in the field have. */
export const KEYS = {
  rsa: generateKeyPairSync('rsa', { modulusLength: 2048 }),
  p256: generateKeyPairSync('ec', { namedCurve: 'P-256' }),
  p384: generateKeyPairSync('ec', { namedCurve: 'P-384' }),
  ed25519: generateKeyPairSync('ed25519'),
} as const satisfies Readonly<Record<string, KeyPairKeyObjectResult>>;

/** SHA-1 of the contents of the BIT STRING in the SubjectPublicKeyInfo: the RSAPublicKey, or the point. */
export function skiItem(publicKey: KeyObject): Item {
  return [0x04, createHash('sha1').update(bitStringOf(publicKey)).digest()];
}

/** Starts one; it ends when the caller says that it is over. */
export async function startKeyServer(whenOver: WhenOver): Promise<ConformingKeyServer> {
  const folder = temporaryFolder(whenOver);
  const authority = await makeAuthority();
  const names = ['localhost', '127.0.0.1'];
  const server = await authority.issue({ commonName: 'key server', names, usages: ['server'] });
  const client = await authority.issue({ commonName: 'edge', usages: ['client'] });
  const files: Readonly<Record<string, string | Buffer>> = {
    'server.pem': server.certificatePem,
    'server-key.pem': server.keyPem,
    'keyless_cacert.pem': authority.certificatePem,
    'sealing.secret': `${'5e'.repeat(32)}\n`,
    'keys/pkcs1.key': KEYS.rsa.privateKey.export({ type: 'pkcs1', format: 'pem' }),
    'keys/in/folders/sec1.key': KEYS.p256.privateKey.export({ type: 'sec1', format: 'pem' }),
    'keys/der.key': KEYS.p384.privateKey.export({ type: 'pkcs8', format: 'der' }),
    'keys/pkcs8.key': KEYS.ed25519.privateKey.export({ type: 'pkcs8', format: 'pem' }),
    'gokeyless.yaml': CONFIGURATION,
  };
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), content);
  }
  const unixSocket = join(folder, 'keyless.sock');
  const where = ['--address', '127.0.0.1', '--port', '0', '--unix-socket', unixSocket];
  const command = new RunningCommand(
    ['server', '--config', join(folder, 'gokeyless.yaml'), ...where],
    whenOver,
  );
  const [, port] = await command.printed(/listens on 127\.0\.0\.1:(\d+)/);

  const connections: RawConnection[] = [];
  whenOver(() => {
    for (const { socket } of connections) socket.destroy();
  });
  const channel = (certificate = client): ConnectionOptions => ({
    host: '127.0.0.1',
    port: Number(port),
    servername: 'localhost',
    ca: authority.certificatePem,
    cert: certificate.certificatePem,
    key: certificate.keyPem,
  });
  const connect = async (options: ConnectionOptions = {}) => {
    const connection = await RawConnection.open({ ...channel(), ...options });
    connections.push(connection);
    return connection;
  };
  return { authority, command, port: Number(port), unixSocket, channel, connect };
}

/** As an operator of the field's key server has it; the last lines are ours, since some operations are off without. */
const CONFIGURATION = `
loglevel: 1
hostname: keys.example.com
zone_id: 0123456789abcdef0123456789abcdef
origin_ca_api_key: v1.0-not-one
port: 2407
metrics_port: 0
auth_cert: server.pem
auth_key: server-key.pem
cloudflare_ca_cert: keyless_cacert.pem
private_key_stores:
  - dir: keys

rsa_decrypt: true
sealing_secret_file: sealing.secret
sealing_lifetime: 1s
`;

function bitStringOf(publicKey: KeyObject): Buffer {
  const { crv, x = '', y = '' } = publicKey.export({ format: 'jwk' });
  if (publicKey.asymmetricKeyType === 'rsa') return publicKey.export({ type: 'pkcs1', format: 'der' });
  const point = Buffer.concat([x, y].map((coordinate) => Buffer.from(coordinate, 'base64url')));
  return crv === 'Ed25519' ? point : Buffer.concat([Buffer.of(0x04), point]);
}
