import { createPrivateKey, X509Certificate } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createKeyServerClient, type KeyServerClient, type KeyServerClientEvent } from '@latchkey/client';
import { expect, it, onTestFinished } from 'vitest';
import { temporaryFolder } from '../cli/support.js';
import { authority, until } from '../edge/fixture.js';
import { startKeyServer, type TestKeyServer } from '../server/support.js';

const [www, shop, renewed] = await Promise.all(
  ['www.example', 'shop.example', 'www.example'].map((name, index) =>
    authority.issue({
      commonName: name,
      names: [name],
      notBefore: new Date(Date.now() - 3_600_000 + index * 60_000),
    }),
  ),
);

interface Running {
  readonly client: KeyServerClient;
  readonly keyServer: TestKeyServer;
  readonly folder: string;
  /** What came, as `key server's port: host name, serial numbers`. */
  readonly received: string[];
}

async function start(certificateNames: readonly (readonly string[])[], configuration = ''): Promise<Running> {
  const folder = temporaryFolder();
  writeFileSync(join(folder, 'www.pem'), www!.certificatePem);
  writeFileSync(join(folder, 'shop.pem'), shop!.certificatePem);
  const keys = [www, shop, renewed].map((issued) => createPrivateKey(issued!.keyPem));
  const keyServer = await startKeyServer(keys, `certificate_dirs: [${folder}]\n${configuration}`);
  onTestFinished(() => keyServer.close());
  const received: string[] = [];
  const onEvent = (event: KeyServerClientEvent): void => {
    if (event.type !== 'certificates_received') return;
    const serials = event.chains.map(([leaf = new Uint8Array()]) => new X509Certificate(leaf).serialNumber);
    received.push([...event.serverNames, ...serials].join(' '));
  };
  const client = createKeyServerClient({
    keyServers: [{ host: '127.0.0.1', port: keyServer.port }],
    certificate: keyServer.edgeCertificate.certificatePem,
    key: keyServer.edgeCertificate.keyPem,
    ca: keyServer.authority.certificatePem,
    connectionsPerServer: 1,
    certificateNames,
    onEvent,
  });
  onTestFinished(() => client.close());
  return { client, keyServer, folder, received };
}

function line(name: string, issued: { readonly certificatePem: string } | undefined): string {
  return `${name} ${new X509Certificate(issued!.certificatePem).serialNumber}`;
}

it('are asked for without any operation, and come again when they have changed', async () => {
  const { keyServer, folder, received } = await start([['www.example'], ['nobody.example']]);
  await until(() => received.length >= 2);
  expect(received).toEqual([line('www.example', www), 'nobody.example']);
  writeFileSync(join(folder, 'www.pem'), renewed!.certificatePem);
  await keyServer.server.reload();
  await until(() => received.length >= 3);
  expect(received[2]).toBe(line('www.example', renewed));
});

it('come for other sites once the client is told so, over the connection that is there', async () => {
  const { client, keyServer, received } = await start([['www.example']]);
  await until(() => received.length >= 1);
  client.reconfigure({ certificateNames: [['shop.example']] });
  await until(() => received.length >= 2);
  expect(received).toEqual([line('www.example', www), line('shop.example', shop)]);
  expect(keyServer.server.statistics().connections.accepted).toBe(1);
});

it('are asked for again on the next connection, which is made at once', async () => {
  const { keyServer, received } = await start([['www.example']]);
  await until(() => received.length >= 1);
  // Lets go of whom it does not trust any more by another authority, and this one comes back.
  writeFileSync(
    join(keyServer.folder, 'keyless_cacert.pem'),
    keyServer.authority.certificatePem + authority.certificatePem,
  );
  await keyServer.server.reload();
  await until(() => received.length >= 2);
  expect(received[1]).toBe(line('www.example', www));
});

it.each([
  ['a site has no name', [[]]],
  ['a name is none', [['not a name']]],
  ['there are too many sites', Array.from({ length: 1025 }, () => ['a'])],
])('are not asked for where %s', async (_, certificateNames) => {
  await expect(start(certificateNames)).rejects.toMatchObject({
    code: 'LATCHKEY_CLIENT_CONFIGURATION',
    message: expect.stringContaining('certificateNames') as string,
  });
});
