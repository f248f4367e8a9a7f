import { copyFileSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { once } from 'node:events';
import { createServer as createHttpServer } from 'node:http';
import { createServer as createTcpServer, type AddressInfo, type Server } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import {
  createDevelopmentPki,
  makeAuthority,
  writeDevelopmentPki,
  type IssuedCertificate,
  type KeyAlgorithm,
} from 'latchkey/pki';
import { latchkey, startKeyServer, temporaryFolder, type WhenOver } from './support.js';

describe('latchkey check', () => {
  /** A key server with which nothing is wrong, and the folder of `latchkey pki` that belongs to it. */
  let folder: string;
  let port: number;
  const cleanUps: (() => Promise<void> | void)[] = [];
  const whenOver: WhenOver = (cleanUp) => {
    cleanUps.unshift(cleanUp);
  };

  beforeAll(async () => {
    folder = await makeSetUp(['p-256', 'p-384', 'p-521', 'ed25519', 'rsa-2048', 'rsa-pss-2048'], whenOver);
    ({ port } = await startKeyServer(join(folder, 'server.yaml'), whenOver));
  });
  afterAll(async () => {
    for (const cleanUp of cleanUps) await cleanUp();
  });

  it('finds nothing wrong with what latchkey pki made, whatever the keys', async () => {
    const { exitCode, output, errors } = await check(folder, port);
    expect({ exitCode, errors }).toEqual({ exitCode: 0, errors: '' });
    expect(output).toContain('answers a ping');
    for (const scheme of ['ecdsa_sha256', 'ecdsa_sha384', 'ecdsa_sha512', 'ed25519', 'rsa_pss_sha256'])
      expect(output).toContain(`signed with ${scheme} and verified`);
    expect(output).toMatch(/All is well\.\n$/);
  });

  it('needs no configuration when all is on the command line', async () => {
    const { exitCode, output } = await latchkey(
      'check',
      `--server=localhost:${port}`,
      `--certificate=${join(folder, 'channel/edge.pem')}`,
      `--key=${join(folder, 'channel/edge.key')}`,
      `--ca=${join(folder, 'channel/ca.pem')}`,
      `--site-certificate=${join(folder, 'sites/a.example/chain.pem')}`,
    );
    expect({ exitCode, output }).toMatchObject({
      exitCode: 0,
      output: expect.stringContaining("'a.example'") as string,
    });
  });

  it('names each key that the key server does not have, by SKI, and tries the others', async () => {
    const own = await makeSetUp(['p-256', 'p-256']);
    rmSync(join(own, 'keys/a.example.key'));
    const keyServer = await startKeyServer(join(own, 'server.yaml'));
    const { exitCode, output } = await check(own, keyServer.port);
    expect(exitCode).toBe(1);
    expect(output).toMatch(
      /PROBLEM +'a\.example', ECDSA P-256, SKI [0-9a-f]{40}: the key server does not have this key/,
    );
    expect(output).toMatch(/ok +'b\.example'.* verified/);
    expect(output).toContain('One problem.');
  });

  describe('tells the two certificates apart:', () => {
    it("a site's certificate and key given for the channel", async () => {
      const given = [
        '--certificate',
        join(folder, 'sites/a.example/chain.pem'),
        '--key',
        join(folder, 'keys/a.example.key'),
      ];
      const { exitCode, output } = await check(folder, port, ...given);
      expect(exitCode).toBe(1);
      expect(output).toMatch(/PROBLEM .*a\.example\/chain\.pem is the certificate of the site 'a\.example'/);
      expect(output).toContain('two kinds of certificates');
    });

    it("the key server's own certificate given for the channel", async () => {
      const given = [
        '--certificate',
        join(folder, 'channel/key-server.pem'),
        '--key',
        join(folder, 'channel/key-server.key'),
      ];
      expect((await check(folder, port, ...given)).output).toMatch(
        /PROBLEM .*key-server\.pem .*may not be used by a client/,
      );
    });

    it("a site's private key at the edge", async () => {
      const { output } = await check(folder, port, '--key', join(folder, 'keys/a.example.key'));
      expect(output).toMatch(/PROBLEM .*a\.example\.key is not the key of the channel's certificate/);
      expect(output).toContain(
        "It is the private key of the site 'a.example', which belongs on the key server",
      );
    });

    it("the channel's certificate given for a site", async () => {
      const { output } = await check(folder, port, '--site-certificate', join(folder, 'channel/edge.pem'));
      expect(output).toMatch(/PROBLEM .*edge\.pem .* is not a site's certificate but one of the channel's/);
      expect(output).toContain('One problem.');
    });

    it("the key server's own certificate given for a site", async () => {
      const { output } = await check(
        folder,
        port,
        '--site-certificate',
        join(folder, 'channel/key-server.pem'),
      );
      expect(output).toContain("is it a site's, or the key server's own?");
    });

    it("a site's certificate shown by the key server on the channel", async () => {
      const own = await makeSetUp();
      copyFileSync(join(own, 'sites/a.example/chain.pem'), join(own, 'channel/key-server.pem'));
      copyFileSync(join(own, 'keys/a.example.key'), join(own, 'channel/key-server.key'));
      const keyServer = await startKeyServer(join(own, 'server.yaml'));
      const { exitCode, output } = await check(own, keyServer.port);
      expect(exitCode).toBe(1);
      expect(output).toMatch(/PROBLEM .*shows the certificate of the site 'a\.example' on the channel/);
    });

    it("the edge's certificate shown by the key server", async () => {
      const own = await makeSetUp();
      copyFileSync(join(own, 'channel/edge.pem'), join(own, 'channel/key-server.pem'));
      copyFileSync(join(own, 'channel/edge.key'), join(own, 'channel/key-server.key'));
      const keyServer = await startKeyServer(join(own, 'server.yaml'));
      expect((await check(own, keyServer.port)).output).toMatch(
        /PROBLEM .*shows the certificate of this edge/,
      );
    });
  });

  describe('says which authority:', () => {
    it("the sites' CA given as the channel's", async () => {
      const { exitCode, output } = await check(folder, port, '--ca', join(folder, 'sites/ca.pem'));
      expect(exitCode).toBe(1);
      expect(output).toContain("this one looks like the sites'");
      expect(output).toMatch(
        /PROBLEM .*issued by 'Latchkey development channel CA', but .*sites\/ca\.pem holds 'Latchkey development site CA'/,
      );
    });

    it('a CA of the same name that was made anew', async () => {
      const namesake = await makeAuthority('Latchkey development channel CA');
      writeFileSync(join(folder, 'ca.pem'), namesake.certificatePem);
      const { output } = await check(folder, port, '--ca', join(folder, 'ca.pem'));
      expect(output).toMatch(/PROBLEM .*has the name of the one in .*ca\.pem, but another key/);
    });

    it("a client certificate that the key server's CA did not issue", async () => {
      const stranger = await (
        await makeAuthority('Another CA')
      ).issue({ commonName: 'stranger', usages: ['client'] });
      const { exitCode, output } = await check(folder, port, ...writeIdentity(folder, 'stranger', stranger));
      expect(exitCode).toBe(1);
      expect(output).toMatch(/PROBLEM .*certificate/);
      expect(output).toContain("shows 'stranger'");
      expect(output).toContain("issued by 'Another CA': is that CA in the key server's file");
    });
  });

  it("says which names the key server's certificate has when it is reached by another", async () => {
    const { exitCode, output } = await check(folder, port, '--server-name', 'keys.example');
    expect(exitCode).toBe(1);
    expect(output).toMatch(/PROBLEM .*is not for 'keys\.example' but for localhost, 127\.0\.0\.1/);
  });

  describe('looks at the clock:', () => {
    const yesterday = new Date(Date.now() - 86_400_000);
    const tomorrow = new Date(Date.now() + 86_400_000);

    it.each([
      ['has expired', { notBefore: new Date(0), notAfter: yesterday }],
      ['is not valid yet', { notBefore: tomorrow, notAfter: new Date(Date.now() + 2 * 86_400_000) }],
    ])("the edge's certificate %s", async (state, validity) => {
      const ca = await makeAuthority('CA', { notBefore: new Date(0) });
      const edge = await ca.issue({ commonName: 'edge', usages: ['client'], ...validity });
      const { exitCode, output } = await check(folder, port, ...writeIdentity(folder, 'edge', edge));
      expect(exitCode).toBe(1);
      expect(output).toMatch(
        new RegExp(
          `PROBLEM .*certificate .*${state}: it is valid from .* to .*, and this machine's clock says 2`,
        ),
      );
    });

    it("the key server's certificate has expired", async () => {
      const own = await makeSetUp();
      const ca = await makeAuthority('CA');
      const identity = await ca.issue({
        commonName: 'key server',
        names: ['127.0.0.1'],
        usages: ['server'],
        notBefore: new Date(0),
        notAfter: yesterday,
      });
      writeFileSync(join(own, 'ca.pem'), ca.certificatePem);
      writeFileSync(join(own, 'channel/key-server.pem'), identity.certificatePem);
      writeFileSync(join(own, 'channel/key-server.key'), identity.keyPem);
      const keyServer = await startKeyServer(join(own, 'server.yaml'));
      const { output } = await check(own, keyServer.port, '--ca', join(own, 'ca.pem'));
      expect(output).toMatch(
        /PROBLEM .*certificate 'key server' of key server .* has expired: it is valid from/,
      );
    });

    it("a site's certificate has expired", async () => {
      const {
        sites: [site],
      } = await createDevelopmentPki({
        validity: { notBefore: new Date(0), notAfter: yesterday },
      });
      writeFileSync(join(folder, 'old.pem'), site?.certificateChainPem ?? '');
      const { output } = await check(folder, port, '--site-certificate', join(folder, 'old.pem'));
      expect(output).toMatch(/PROBLEM .*old\.pem has expired/);
    });
  });

  it('says that nothing listens', async () => {
    const { exitCode, output } = await check(folder, await unusedPort());
    expect(exitCode).toBe(1);
    expect(output).toMatch(/PROBLEM .*refused the connection/);
    expect(output).toContain('Is the key server running');
  });

  it('says that what listens does not speak TLS', async () => {
    const { exitCode, output } = await check(folder, await listen(createHttpServer()));
    expect(exitCode).toBe(1);
    expect(output).toMatch(/PROBLEM .*does not speak TLS/);
  });

  it('gives up on a server that says nothing', async () => {
    const { exitCode, output } = await check(folder, await listen(createTcpServer()), '--timeout', '1');
    expect(exitCode).toBe(1);
    expect(output).toMatch(/PROBLEM[^]*firewall/);
  });

  it.each([
    ['--certificate', 'channel/edge.key', 'expected a PEM certificate, found a private key'],
    ['--key', 'channel/edge.pem', 'expected a PEM private key, found a certificate'],
    ['--ca', 'edge.yaml', 'expected a PEM certificate, found something that is not PEM'],
    ['--ca', 'nothing.pem', 'there is no such file'],
  ])('says what %s %s holds instead', async (option, file, message) => {
    const { exitCode, errors } = await check(folder, 1, option, join(folder, file));
    expect(exitCode).toBe(2);
    expect(errors).toContain(message);
  });

  it('never prints key material', async () => {
    const key = join(folder, 'keys/a.example.key');
    const { output, errors } = await check(folder, port, '--key', key);
    const [, base64 = ''] = readFileSync(key, 'utf8').split('\n');
    expect(base64.length).toBeGreaterThan(40);
    expect(output + errors).not.toContain(base64.slice(0, 20));
  });
});

function check(folder: string, port: number, ...options: string[]) {
  return latchkey(
    'check',
    '--config',
    join(folder, 'edge.yaml'),
    '--server',
    `127.0.0.1:${port}`,
    ...options,
  );
}

/** A folder of `latchkey pki` with the sites a.example, b.example and so on. */
async function makeSetUp(
  keyAlgorithms: readonly KeyAlgorithm[] = ['p-256'],
  whenOver?: WhenOver,
): Promise<string> {
  const folder = temporaryFolder(whenOver);
  const sites = keyAlgorithms.map((keyAlgorithm, index) => ({
    name: `${'abcdefgh'[index]}.example`,
    keyAlgorithm,
  }));
  await writeDevelopmentPki(await createDevelopmentPki({ sites }), folder);
  return folder;
}

/** Writes a certificate and its key and returns the options that give them for the channel. */
function writeIdentity(
  folder: string,
  name: string,
  { certificatePem, keyPem }: IssuedCertificate,
): string[] {
  const [certificate, key] = [join(folder, `${name}.pem`), join(folder, `${name}.key`)];
  writeFileSync(certificate, certificatePem);
  writeFileSync(key, keyPem);
  return ['--certificate', certificate, '--key', key];
}

/** Listens on a free port for as long as the test lasts. */
async function listen(server: Server): Promise<number> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    server.close();
  });
  return (server.address() as AddressInfo).port;
}

async function unusedPort(): Promise<number> {
  const server = createTcpServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}
