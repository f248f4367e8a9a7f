import { once } from 'node:events';
import { appendFile, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect } from 'node:tls';
import { createDevelopmentPki, LAYOUT, writeDevelopmentPki } from 'latchkey/pki';
import { ServingCommand } from 'latchkey/supervision';
import { describe, expect, it, onTestFinished } from 'vitest';

describe.each(['kssl2', 'kssl1'] as const)(
  'an RSA key exchange with a key server that speaks %s',
  (protocol) => {
    it('completes by one decryption where both the site and the key server allow it', async () => {
      expect(await visit({ protocol, siteAllows: true, keyServerAllows: true })).toEqual({
        cipher: 'AES256-GCM-SHA384',
        operations: 1,
      });
    });

    it('ends with an alert where the key server does not decrypt, which is the default', async () => {
      expect(await visit({ protocol, siteAllows: true, keyServerAllows: false })).toMatchObject({
        code: 'ERR_SSL_TLSV1_ALERT_INTERNAL_ERROR',
      });
    });

    it('is not offered where the site does not allow it, which is the default', async () => {
      expect(await visit({ protocol, siteAllows: false, keyServerAllows: true })).toMatchObject({
        // OpenSSL 3.5 names it after TLS.
        code: expect.stringMatching(/ALERT_HANDSHAKE_FAILURE$/) as string,
      });
    });
  },
);

/** One visitor who knows nothing but RSA key exchange. */
async function visit(allowed: {
  readonly protocol: 'kssl2' | 'kssl1';
  readonly siteAllows: boolean;
  readonly keyServerAllows: boolean;
}): Promise<unknown> {
  const directory = await mkdtemp(join(tmpdir(), 'latchkey-test-'));
  onTestFinished(() => rm(directory, { recursive: true }));
  const pki = await createDevelopmentPki({ sites: [{ name: 'rsa.localhost', keyAlgorithm: 'rsa-2048' }] });
  const configure = (keyServerPort: number) =>
    writeDevelopmentPki(pki, directory, {
      addresses: { keyServerPort, edgePort: 0, origin: 'http://127.0.0.1:1' },
      force: true,
    });

  await configure(0);
  const serverConfiguration = join(directory, LAYOUT.serverConfiguration);
  const protocols = `protocols: [${allowed.protocol}]\n`;
  await appendFile(serverConfiguration, protocols);
  if (allowed.keyServerAllows) await appendFile(serverConfiguration, 'rsa_decrypt: true\n');
  const keyServer = await ServingCommand.start(['server', '--config', serverConfiguration]);
  onTestFinished(() => keyServer.stop());

  await configure(keyServer.port);
  const edgeConfiguration = join(directory, LAYOUT.edgeConfiguration);
  // The site is the last thing in the file.
  if (allowed.siteAllows) await appendFile(edgeConfiguration, '    allow_static_rsa: true\n');
  await appendFile(edgeConfiguration, protocols);
  const edge = await ServingCommand.start(['edge', '--config', edgeConfiguration]);
  onTestFinished(() => edge.stop());

  const visitor = connect({
    host: '127.0.0.1',
    port: edge.port,
    servername: 'rsa.localhost',
    ca: await readFile(join(directory, LAYOUT.siteCa)),
    maxVersion: 'TLSv1.2',
    ciphers: 'AES256-GCM-SHA384',
  });
  onTestFinished(() => {
    visitor.destroy();
  });
  try {
    await once(visitor, 'secureConnect');
  } catch (error) {
    return error;
  }
  const { name: cipher } = visitor.getCipher();
  const { privateKeyOperations: operations } = (await keyServer.statistics()) as {
    privateKeyOperations: number;
  };
  return { cipher, operations };
}
