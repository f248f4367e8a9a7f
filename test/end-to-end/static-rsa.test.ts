import { once } from 'node:events';
import { appendFile, mkdtemp, readFile, rm } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect } from 'node:tls';
import { createKeyServerClient } from '@latchkey/client';
import { createTlsServer } from '@latchkey/edge';
import { createDevelopmentPki, LAYOUT, writeDevelopmentPki } from 'latchkey/pki';
import { ServingCommand } from 'latchkey/supervision';
import { describe, expect, it, onTestFinished } from 'vitest';

describe('an RSA key exchange', () => {
  it('completes by one decryption where both the site and the key server allow it', async () => {
    expect(await visit({ rsaDecrypt: true })).toEqual({
      cipher: 'AES256-GCM-SHA384',
      operations: 1,
    });
  });

  it('ends with an alert where the key server does not decrypt, which is the default', async () => {
    expect(await visit({ rsaDecrypt: false })).toMatchObject({ code: 'ERR_SSL_TLSV1_ALERT_INTERNAL_ERROR' });
  });
});

/** One visitor who knows nothing but RSA key exchange, at an edge whose site allows it. */
async function visit({ rsaDecrypt }: { readonly rsaDecrypt: boolean }): Promise<unknown> {
  const directory = await mkdtemp(join(tmpdir(), 'latchkey-test-'));
  onTestFinished(() => rm(directory, { recursive: true }));
  const sites = [{ name: 'rsa.localhost', keyAlgorithm: 'rsa-2048' }] as const;
  const addresses = { keyServerPort: 0, edgePort: 0, origin: 'http://127.0.0.1:1' };
  await writeDevelopmentPki(await createDevelopmentPki({ sites }), directory, { addresses });
  const configuration = join(directory, LAYOUT.serverConfiguration);
  if (rsaDecrypt) await appendFile(configuration, 'rsa_decrypt: true\n');
  const keyServer = await ServingCommand.start(['server', '--config', configuration]);
  onTestFinished(() => keyServer.stop());

  const read = (path: string) => readFile(join(directory, path), 'utf8');
  const keyService = createKeyServerClient({
    keyServers: [{ host: '127.0.0.1', port: keyServer.port }],
    certificate: await read(LAYOUT.edgeCertificate),
    key: await read(LAYOUT.edgeKey),
    ca: await read(LAYOUT.channelCa),
  });
  onTestFinished(() => keyService.close());
  const certificateChain = await read(LAYOUT.siteCertificateChain('rsa.localhost'));
  const edge = createTlsServer({ keyService, certificateChain, allowStaticRsa: true }, (socket) =>
    socket.end(),
  );
  edge.listen(0, '127.0.0.1');
  await once(edge, 'listening');
  onTestFinished(() => {
    edge.close();
    edge.closeAllConnections();
  });

  const visitor = connect({
    host: '127.0.0.1',
    port: (edge.address() as AddressInfo).port,
    servername: 'rsa.localhost',
    ca: await read(LAYOUT.siteCa),
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
