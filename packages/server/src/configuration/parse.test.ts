import { dirname, join } from 'node:path';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ConfigurationError } from '../errors.js';
import { type ConfigurationOverride, parseConfiguration } from './parse.js';

const FILE = '/etc/keyless/gokeyless.yaml';
const STORES = 'private_key_stores: [{dir: keys}]\n';

function parse(text: string, overrides?: ConfigurationOverride[]) {
  return parseConfiguration(text, FILE, overrides);
}

function errorOf(text: string, overrides?: ConfigurationOverride[]): ConfigurationError {
  try {
    parse(text, overrides);
  } catch (error) {
    if (error instanceof ConfigurationError) return error;
    throw error;
  }
  throw new Error('the configuration was taken');
}

function problemsOf(text: string, overrides?: ConfigurationOverride[]) {
  return errorOf(text, overrides).problems;
}

describe('parseConfiguration', () => {
  it('takes a file of the field as it stands', () => {
    const configuration = parse(`
# Set the log level (0 = DEBUG, 5 = FATAL).
loglevel: 1
hostname: keyless.example.com
zone_id: 0123456789abcdef
origin_ca_api_key:
private_key_stores:
- dir: /etc/keyless/keys
- file: /etc/keyless/other.pem
auth_cert: /etc/keyless/server.pem
auth_key: /etc/keyless/server-key.pem
auth_csr: /etc/keyless/server.csr
cloudflare_ca_cert: /etc/keyless/keyless_cacert.pem
port: 2407
metrics_port: 2406
pid_file:
`);
    expect(configuration).toMatchObject({
      listen: [{ type: 'tcp', port: 2407 }],
      channel: {
        certificateFile: '/etc/keyless/server.pem',
        keyFile: '/etc/keyless/server-key.pem',
        clientCaFile: '/etc/keyless/keyless_cacert.pem',
      },
      keyStores: [
        { type: 'directory', path: '/etc/keyless/keys' },
        { type: 'file', path: '/etc/keyless/other.pem' },
      ],
      rsaDecrypt: false,
      delegatedCredentials: false,
      admin: { host: '127.0.0.1', port: 2406, required: true },
      logLevel: 'info',
    });
    expect(configuration).not.toHaveProperty('pidFile');
    expect(configuration.warnings).toEqual([
      `${FILE}:4: hostname is not used by this version`,
      `${FILE}:5: zone_id is not used by this version`,
      `${FILE}:12: auth_csr is not used by this version`,
    ]);
  });

  it('takes the older names of the field, hyphens for underscores and quoted numbers', () => {
    const configuration = parse(`
cert: server.pem
key: key.pem
ca_cert: ca.pem
port: "2408"
private_key-dirs: [a, b]
sign-timeout: 5000000000
`);
    expect(configuration).toMatchObject({
      listen: [{ type: 'tcp', port: 2408 }],
      channel: {
        certificateFile: '/etc/keyless/server.pem',
        keyFile: '/etc/keyless/key.pem',
        clientCaFile: '/etc/keyless/ca.pem',
      },
      keyStores: [
        { type: 'directory', path: '/etc/keyless/a' },
        { type: 'directory', path: '/etc/keyless/b' },
      ],
      limits: { operationTimeout: 5000 },
    });
  });

  it('serves metrics to this machine only unless told otherwise, and nowhere when told so', () => {
    expect(parse(STORES).admin).toEqual({ host: '127.0.0.1', port: 2406, required: false });
    expect(parse(`${STORES}metrics_addr: 0.0.0.0`).admin).toEqual({
      host: '0.0.0.0',
      port: 2406,
      required: true,
    });
    for (const off of ['off', 'false', '"off"'])
      expect(parse(`${STORES}metrics_port: ${off}`)).not.toHaveProperty('admin');
    expect(() => parse(`${STORES}metrics_port: none`)).toThrow(
      'must be a whole number from 0 to 65535, or off',
    );
  });

  it('has the documented defaults', () => {
    expect(parse(STORES)).toMatchObject({
      listen: [{ type: 'tcp', port: 2407 }],
      channel: {
        certificateFile: '/etc/keyless/server.pem',
        keyFile: '/etc/keyless/server-key.pem',
        clientCaFile: '/etc/keyless/keyless_cacert.pem',
      },
      rsaDecrypt: false,
      delegatedCredentials: false,
      limits: {
        handshakeTimeout: 10_000,
        idleTimeout: 120_000,
        operationTimeout: 10_000,
        maximumInFlight: 1024,
        maximumQueuedBytes: 262_144,
      },
      logLevel: 'info',
      warnings: [],
    });
  });

  it('takes a policy and revocation lists from the folder of the file', () => {
    const configuration = parse(`${STORES}policy_file: policy.yaml\ncrl_files: [a.crl, /b.crl]`);
    expect(configuration).toMatchObject({
      policyFile: '/etc/keyless/policy.yaml',
      channel: { revocationListFiles: ['/etc/keyless/a.crl', '/b.crl'] },
      warnings: [],
    });
    expect(parse(STORES)).not.toHaveProperty('policyFile');
  });

  it('says that a policy decides about RSA decryption alone', () => {
    const { warnings } = parse(`${STORES}policy_file: policy.yaml\nrsa_decrypt: true`);
    expect(warnings).toEqual([expect.stringContaining('rsa_decrypt has no effect beside policy_file')]);
  });

  it('listens on a Unix socket instead of TCP unless port or address say both', () => {
    expect(parse(`${STORES}unix_socket: keyless.sock`).listen).toEqual([
      { type: 'unix', path: '/etc/keyless/keyless.sock' },
    ]);
    expect(parse(`${STORES}unix_socket: /run/keyless.sock\naddress: 127.0.0.1\nport: 0`).listen).toEqual([
      { type: 'tcp', host: '127.0.0.1', port: 0 },
      { type: 'unix', path: '/run/keyless.sock' },
    ]);
  });

  it.each([
    ['500ms', 500],
    ['10s', 10_000],
    ['1.5s', 1500],
    ['1m30s', 90_000],
  ])('reads the duration %s', (text, milliseconds) => {
    expect(parse(`${STORES}handshake_timeout: ${text}`).limits.handshakeTimeout).toBe(milliseconds);
  });

  it('lets flags go before the file, with paths relative to the current folder', () => {
    const configuration = parse(`${STORES}port: 1`, [
      { key: 'port', value: '2', source: 'KEYLESS_PORT' },
      { key: 'port', value: '3', source: '--port' },
      { key: 'auth-cert', value: 'mine.pem', source: '--auth-cert' },
      { key: 'rsa-decrypt', value: 'true', source: '--rsa-decrypt' },
    ]);
    expect(configuration.listen).toEqual([{ type: 'tcp', port: 3 }]);
    expect(configuration.channel.certificateFile).toBe(`${process.cwd()}/mine.pem`);
    expect(configuration.channel.keyFile).toBe('/etc/keyless/server-key.pem');
    expect(configuration.rsaDecrypt).toBe(true);
  });

  it('names file, line, column and key of a wrong value, and what would be right', () => {
    expect(errorOf(`${STORES}port: seventy`).message).toBe(
      `${FILE}:2:7: port: must be a whole number from 0 to 65535`,
    );
  });

  it('reports all problems together, in the order of the file', () => {
    const problems = problemsOf('port: 70000\nrsa_decrypt: maybe\nloglevel: loud\n');
    expect(problems.map(({ line, key }) => [line, key])).toEqual([
      [1, 'port'],
      [2, 'rsa_decrypt'],
      [3, 'loglevel'],
      [undefined, 'private_key_stores'],
    ]);
  });

  it('suggests the key that was meant', () => {
    expect(problemsOf(`${STORES}\nprivate_key_store: x`)).toMatchObject([
      {
        line: 3,
        column: 1,
        key: 'private_key_store',
        message: 'is not known: did you mean private_key_stores?',
      },
    ]);
  });

  it('does not suggest what cannot have been meant', () => {
    expect(problemsOf(`${STORES}\ncolour: blue`)).toMatchObject([
      { message: 'is not a key of the configuration' },
    ]);
  });

  it('refuses a key that stands there under two names', () => {
    expect(problemsOf(`${STORES}cert: a.pem\nauth-cert: b.pem`)).toMatchObject([
      { line: 3, key: 'auth-cert', message: 'stands there twice, as auth_cert too: keep one' },
    ]);
  });

  it('names a flag that is wrong', () => {
    expect(errorOf(STORES, [{ key: 'port', value: 'x', source: '--port' }]).message).toBe(
      '--port: port: must be a whole number from 0 to 65535',
    );
  });

  it.each([
    ['private_key_stores: keys', 'private_key_stores', 1],
    ['private_key_stores:\n- keys', 'private_key_stores.0', 2],
    ['private_key_stores:\n- dir: a\n  file: b', 'private_key_stores.0', 2],
    ['private_key_stores:\n- dir: a\n- folder: b', 'private_key_stores.1', 3],
    ['private_key_stores:\n- dir: a\n-\n  dir: 7', 'private_key_stores.1.dir', 4],
  ])('finds what is wrong in %j', (text, key, line) => {
    expect(problemsOf(text)).toMatchObject([{ key, line }]);
  });

  it('reads a token by its URI, beside folders and files with their passphrases', () => {
    const { keyStores, pkcs11Uris } = parseConfiguration(
      `private_key_stores:
- uri: pkcs11:token=a;object=b?module-path=/usr/lib/softhsm/libsofthsm2.so&pin-value=12345
- dir: keys
  passphrase_file: passphrase
- file: site.key
  passphrase_env: SITE_PASSPHRASE
- dir: plain
  passphrase_env:
`,
      FILE,
    );
    expect(pkcs11Uris).toMatchObject([{ token: { token: 'a' }, key: { object: 'b' } }]);
    const folder = dirname(FILE);
    expect(keyStores).toEqual([
      {
        type: 'directory',
        path: join(folder, 'keys'),
        passphrase: { type: 'file', path: join(folder, 'passphrase') },
      },
      {
        type: 'file',
        path: join(folder, 'site.key'),
        passphrase: { type: 'environment', name: 'SITE_PASSPHRASE' },
      },
      { type: 'directory', path: join(folder, 'plain') },
    ]);
  });

  it.each([
    ['uri: pkcs11:token=a?pin-value=12345', 'module-path: is missing'],
    ['uri: arn:aws:kms:12345', 'a PKCS#11 URI begins with "pkcs11:"'],
    ['{uri: "pkcs11:token=12345", dir: keys}', 'must be one of'],
    ['{dir: keys, passphrase: "12345"}', 'must be one of'],
    ['{dir: keys, passphrase_file: a, passphrase_env: b}', 'keep one'],
    ['{uri: "pkcs11:token=12345", passphrase_file: a}', 'a uri has no passphrase'],
  ])('says what is wrong with the key store %s, without repeating a PIN', (store, reason) => {
    const error = errorOf(`private_key_stores:\n- ${store}`);
    expect(error.message).toContain(`${FILE}:2:3: private_key_stores.0: `);
    expect(error.message).toContain(reason);
    expect(error.message).not.toContain('12345');
  });

  it.each([
    ['port: [', 1],
    ['port: 1\n\taddress: 2', 2],
    ['port: 1\nport: 2', 2],
  ])('names the line where %j is not YAML', (text, line) => {
    expect(problemsOf(text)[0]).toMatchObject({ source: FILE, line });
  });

  it('refuses a file that does not hold keys', () => {
    expect(problemsOf('- a\n- b')).toMatchObject([{ line: 1 }]);
    expect(problemsOf('')).toMatchObject([{ key: 'private_key_stores' }]);
  });

  it('takes any text or throws a ConfigurationError, whatever the text', () => {
    const line = fc.tuple(
      fc.constantFrom(
        'port',
        'loglevel',
        'private_key_stores',
        'private_key_dirs',
        'workers',
        'idle_timeout',
        'x',
      ),
      fc.oneof(
        fc.string(),
        fc.json(),
        fc.constantFrom('1', '1s', '[{dir: a}]', '{a: b}', '*a', '&a 1', 'null'),
      ),
    );
    const text = fc.oneof(
      fc.string(),
      fc.array(line).map((lines) => lines.map(([key, value]) => `${key}: ${value}`).join('\n')),
    );
    fc.assert(
      fc.property(text, (value) => {
        try {
          parse(value);
          return true;
        } catch (error) {
          return error instanceof ConfigurationError && error.problems.length > 0;
        }
      }),
    );
  });

  it('keeps no record and seals nothing unless told to, and then in full', () => {
    expect(parse(STORES)).not.toHaveProperty('auditLog');
    expect(parse(STORES)).not.toHaveProperty('sealing');
    const text = `${STORES}audit_log: log/audit.log\nsealing_secret_file: seal.secret\nsealing_lifetime: 3d`;
    expect(parse(text)).toMatchObject({
      auditLog: { file: '/etc/keyless/log/audit.log', onFailure: 'stop_signing', maximumAge: 86_400_000 },
      sealing: { secretFile: '/etc/keyless/seal.secret', lifetime: 3 * 86_400_000 },
    });
    expect(parse(text).auditLog).not.toHaveProperty('keyFile');
    expect(() => parse(`${STORES}audit_log_on_failure: ignore`)).toThrow('must be stop_signing or continue');
  });

  it('has bounds of what all connections may take', () => {
    expect(parse(STORES).bounds).toEqual({
      maximumInFlight: 16_384,
      maximumConnections: 10_000,
      maximumNewConnectionsPerSecond: 100,
    });
    expect(() => parse(`${STORES}maximum_connections: 0`)).toThrow(
      'must be a whole number from 1 to 1000000',
    );
  });
});
