import { createPrivateKey, sign, X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { type AddressInfo, createServer, type Server } from 'node:net';
import { join } from 'node:path';
import { createKeyServerClient } from '@latchkey/client';
import { delegatedCredentialMessage, encodeDelegatedCredential, type KeyService } from '@latchkey/codec';
import { createTlsServer, type EdgeEvent, type EdgeTlsServer } from '@latchkey/edge';
import { TlsContext, TlsCredentialKey, TlsFlag, TlsServerConnection } from '@latchkey/native';
import { createDevelopmentPki, DEFAULT_ADDRESSES, LAYOUT, writeDevelopmentPki } from 'latchkey/pki';
import { ServingCommand } from 'latchkey/supervision';
import { afterAll, beforeAll, expect, it, onTestFinished } from 'vitest';
import { temporaryFolder } from '../cli/support.js';
import { authority, listen, until } from '../edge/fixture.js';
import { TestKeyService } from '../edge/test-key-service.js';
import { describeWith } from '../support/requirements.js';
import { type CommandResult, runCommand } from '../support/run-command.js';

const NSS = { debianPackage: 'libnss3-tools' };
const DAY = 86_400_000;

const site = await authority.issue({
  commonName: 'localhost',
  names: ['localhost'],
  usages: ['server'],
  allowsDelegation: true,
});

describeWith(
  'NSS',
  [
    { needs: 'tstclnt', ...NSS },
    { needs: 'certutil', ...NSS },
  ],
  () => {
    /** Of a visitor who trusts the authority of the tests. */
    let certificates: string;

    beforeAll(async () => {
      certificates = temporaryFolder(afterAll);
      const ca = join(certificates, 'ca.pem');
      writeFileSync(ca, authority.certificatePem);
      await runCommand('certutil', ['-N', '-d', certificates, '--empty-password']);
      await runCommand('certutil', ['-A', '-d', certificates, '-n', 'test', '-t', 'C,,', '-i', ca]);
    });

    /** Shakes hands over TLS 1.3 and leaves. */
    async function visit(port: number, ...more: readonly string[]): Promise<CommandResult> {
      const address = ['-4', '-h', 'localhost', '-p', String(port), '-V', 'tls1.3:tls1.3'];
      return runCommand('tstclnt', [...address, '-d', certificates, '-v', '-Q', ...more]);
    }

    interface RunningEdge {
      readonly server: EdgeTlsServer;
      readonly port: number;
    }

    /** An edge that has a credential. */
    async function startEdge(
      certificateChain: string | undefined = site.certificatePem,
      keyService: KeyService = new TestKeyService([site.keyPem]),
    ): Promise<RunningEdge> {
      const events: EdgeEvent[] = [];
      const server = createTlsServer(
        {
          certificateChain,
          keyService,
          delegatedCredentials: true,
          onEvent: (event) => events.push(event),
        },
        (socket) => socket.on('error', () => {}).end('welcome'),
      );
      const port = await listen(server);
      await until(() => events.length > 0);
      expect(events).toMatchObject([{ type: 'delegated_credential_obtained' }]);
      return { server, port };
    }

    it('shakes hands with a delegated credential, which takes no operation', async () => {
      const { server, port } = await startEdge();
      const { exitCode, errors } = await visit(port, '-B');
      expect(exitCode).toBe(0);
      expect(errors).toContain('Received a Delegated Credential');
      expect(server.statistics()).toMatchObject({
        delegatedHandshakes: 1,
        fullHandshakes: 1,
        operations: { sign: 0, decrypt: 0 },
      });
    });

    it('does so too while nobody has the certificate’s key', async () => {
      const keyService = new TestKeyService([site.keyPem]);
      const { server, port } = await startEdge(site.certificatePem, keyService);
      keyService.behaviour = 'fails';
      expect((await visit(port, '-B')).exitCode).toBe(0);
      expect(server.statistics()).toMatchObject({ delegatedHandshakes: 1, operations: { sign: 0 } });
      // Who does not take credentials shows that there really is nobody.
      expect((await visit(port)).exitCode).not.toBe(0);
      expect(server.statistics().failedHandshakes).toEqual({ LATCHKEY_KEY_OPERATION_FAILED: 1 });
    });

    it('does so too with a key server that signed the credential and then ended', async () => {
      const folder = temporaryFolder();
      const pki = await createDevelopmentPki({ sites: [{ name: 'localhost', allowsDelegation: true }] });
      const addresses = { ...DEFAULT_ADDRESSES, keyServerPort: 0 };
      await writeDevelopmentPki(pki, folder, { addresses });
      const configuration = join(folder, LAYOUT.serverConfiguration);
      const keyServer = await ServingCommand.start(['server', '--config', configuration]);
      onTestFinished(() => keyServer.stop());
      const { channel, sites } = pki;
      const keyService = createKeyServerClient({
        keyServers: [{ host: '127.0.0.1', port: keyServer.port }],
        certificate: channel.edge.certificatePem,
        key: channel.edge.keyPem,
        ca: channel.caPem,
      });
      onTestFinished(() => keyService.close());
      const { server, port } = await startEdge(sites[0]?.certificateChainPem, keyService);
      expect(await keyServer.statistics()).toMatchObject({ privateKeyOperations: 1 });
      await keyServer.stop();
      // The visitor does not know this site's authority, which it looks for after the handshake: -o lets that pass.
      expect((await visit(port, '-B', '-o')).errors).toContain('Received a Delegated Credential');
      expect(server.statistics()).toMatchObject({ delegatedHandshakes: 1, operations: { sign: 0 } });
    });

    it('has the certificate’s key sign where it is told to take no credentials', async () => {
      const { server, port } = await startEdge();
      const { exitCode, errors } = await visit(port);
      expect(exitCode).toBe(0);
      expect(errors).not.toContain('Received a Delegated Credential');
      expect(server.statistics()).toMatchObject({ delegatedHandshakes: 0, operations: { sign: 1 } });
    });

    it('takes a credential that is as it must be', async () => {
      const port = await serveCredential(new Date(Date.now() + DAY));
      expect((await visit(port, '-B')).errors).toContain('Received a Delegated Credential');
    });

    it.each([
      ['that has ended', new Date(Date.now() - 1000), 'SSL_ERROR_DC_EXPIRED'],
      ['that lasts too long', new Date(Date.now() + 8 * DAY), 'SSL_ERROR_DC_INAPPROPRIATE_VALIDITY_PERIOD'],
    ])('refuses a credential %s', async (_, end, error) => {
      const { exitCode, errors } = await visit(await serveCredential(end), '-B');
      expect(exitCode).not.toBe(0);
      expect(errors).toContain(error);
    });

    it('refuses a credential whose signature does not fit', async () => {
      const tamper = (content: Buffer): void => {
        // The last byte of the end, which is the first field.
        content.writeUInt8(content.readUInt8(3) ^ 1, 3);
      };
      const { exitCode, errors } = await visit(
        await serveCredential(new Date(Date.now() + DAY), tamper),
        '-B',
      );
      expect(exitCode).not.toBe(0);
      expect(errors).toContain('SSL_ERROR_DC_BAD_SIGNATURE');
    });
  },
);

/** Serves a credential whatever it is: an edge would not. Its port, which is open until the tests are over. */
async function serveCredential(end: Date, change: (content: Buffer) => void = () => {}): Promise<number> {
  const { raw, validFrom } = new X509Certificate(site.certificatePem);
  const key = new TlsCredentialKey('secp256r1');
  const parameters = {
    certificate: raw,
    validTime: Math.floor((end.getTime() - Date.parse(validFrom)) / 1000),
    dcCertVerifyAlgorithm: key.signatureScheme,
    subjectPublicKeyInfo: key.subjectPublicKeyInfo,
    algorithm: 0x0403,
  };
  const signature = sign('sha256', delegatedCredentialMessage(parameters), createPrivateKey(site.keyPem));
  const content = Buffer.from(encodeDelegatedCredential(parameters, signature));
  change(content);
  const context = new TlsContext({ certificateChain: site.certificatePem });
  context.setDelegatedCredential(0, { key, content, algorithm: 0x0403, end: new Date(Date.now() + DAY) });
  const server = serve(context);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return (server.address() as AddressInfo).port;
}

/** Shakes hands with the context's credentials alone: nobody answers its requests. */
function serve(context: TlsContext): Server {
  return createServer((socket) => {
    const connection = new TlsServerConnection({ context });
    socket.on('error', () => {});
    socket.on('close', () => connection.abort());
    socket.on('data', (bytes) => {
      const flags = connection.receive(bytes);
      const output = connection.takeOutput();
      if (output !== undefined) socket.write(output);
      if ((flags & (TlsFlag.ERROR | TlsFlag.REQUEST)) !== 0) socket.end();
    });
  }).unref();
}
