import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { connect, type TLSSocket } from 'node:tls';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import {
  createDevelopmentPki,
  edgeConfigurationText,
  makeAuthority,
  writeDevelopmentPki,
} from 'latchkey/pki';
import { describe, expect, it, onTestFinished } from 'vitest';
import { RunningCommand, startKeyServer, temporaryFolder } from './support.js';

const SITE = 'ecdsa.localhost';

interface RunningEdge {
  readonly folder: string;
  readonly edge: RunningCommand;
  readonly port: number;
}

async function startEdge(
  keys = 'watch_files: false\n',
  commandLine: readonly string[] = [],
): Promise<RunningEdge> {
  const folder = temporaryFolder();
  await writeDevelopmentPki(
    await createDevelopmentPki({ sites: [{ name: SITE, keyAlgorithm: 'p-256' }] }),
    folder,
  );
  const { port: keyServerPort } = await startKeyServer(join(folder, 'server.yaml'));
  const addresses = { keyServerPort, edgePort: 0, origin: 'http://127.0.0.1:1' };
  writeFileSync(join(folder, 'edge.yaml'), edgeConfigurationText([SITE], addresses) + keys);
  const edge = new RunningCommand(['edge', '--config', join(folder, 'edge.yaml'), ...commandLine]);
  const [, port] = await edge.printed(/listens on [^ ]*:(\d+)/);
  return { folder, edge, port: Number(port) };
}

/** Waits until the log says something. */
async function logged(edge: RunningCommand, pattern: RegExp, times = 1): Promise<void> {
  const all = new RegExp(pattern, 'g');
  while ((edge.errors.match(all) ?? []).length < times)
    await new Promise((resolve) => setTimeout(resolve, 20));
}

async function visit(port: number): Promise<TLSSocket> {
  const socket = connect({ host: '127.0.0.1', port, servername: SITE, rejectUnauthorized: false });
  socket.on('error', () => {});
  await once(socket, 'secureConnect');
  return socket;
}

async function seenCertificate(port: number): Promise<string> {
  const socket = await visit(port);
  const { fingerprint256 } = socket.getPeerCertificate();
  socket.destroy();
  return fingerprint256;
}

/** Puts another certificate for the site's key in place: the chain, renewed by another authority. */
async function renew(folder: string): Promise<void> {
  const authority = await makeAuthority('Another CA');
  const { certificatePem, keyPem } = await authority.issue({ commonName: SITE, names: [SITE] });
  writeFileSync(join(folder, `keys/renewed.key`), keyPem);
  // In one step, as whoever renews certificates should.
  const chain = join(folder, `sites/${SITE}/chain.pem`);
  writeFileSync(`${chain}.new`, certificatePem);
  renameSync(`${chain}.new`, chain);
}

describe('latchkey edge', () => {
  it('takes a renewed certificate at SIGHUP, and drops no connection', async () => {
    const { folder, edge, port } = await startEdge();
    const before = await seenCertificate(port);
    const visitor = await visit(port);
    await renew(folder);
    edge.signal('SIGHUP');
    await logged(edge, /configuration reloaded/);
    // The key server has to see the new key first.
    let after = before;
    while (after === before) after = await seenCertificate(port).catch(() => before);
    visitor.write(`GET / HTTP/1.1\r\nhost: ${SITE}\r\nconnection: close\r\n\r\n`);
    const [answer] = (await once(visitor, 'data')) as [Buffer];
    expect(answer.toString()).toMatch(/^HTTP\/1\.1 502/);
  });

  it('takes it by itself when it watches its files', async () => {
    const { folder, edge, port } = await startEdge('');
    const before = await seenCertificate(port);
    await renew(folder);
    await logged(edge, /configuration reloaded/);
    let after = before;
    while (after === before) after = await seenCertificate(port).catch(() => before);
  });

  it('does nothing when files beside its own change', async () => {
    const { folder, edge } = await startEdge('');
    writeFileSync(join(folder, 'notes.txt'), 'hello');
    writeFileSync(join(folder, `sites/${SITE}/notes.txt`), 'hello');
    await new Promise((resolve) => setTimeout(resolve, 600));
    edge.signal('SIGHUP');
    await logged(edge, /configuration reloaded/);
    expect(edge.errors.match(/configuration reloaded/g)).toHaveLength(1);
  });

  it.each<[string, (folder: string) => void, RegExp]>([
    [
      'a certificate is damaged',
      (folder) => writeFileSync(join(folder, `sites/${SITE}/chain.pem`), 'nothing'),
      /not reloaded, all stays as it was: .*edge\.yaml:\d+:\d+: sites\.0\.certificate: cannot read/,
    ],
    [
      'the configuration cannot be read',
      (folder) => writeFileSync(join(folder, 'edge.yaml'), 'listen: ['),
      /not reloaded, all stays as it was: .*edge\.yaml/,
    ],
    [
      'TLS cannot use what it says',
      (folder) => {
        const file = join(folder, 'edge.yaml');
        const chain = `certificate: sites/${SITE}/chain.pem`;
        const twice = `certificate: [sites/${SITE}/chain.pem, sites/${SITE}/chain.pem]`;
        writeFileSync(file, readFileSync(file, 'utf8').replace(chain, twice));
      },
      /not reloaded, all stays as it was: .*same kind of key/,
    ],
  ])('goes on as before and says so when %s', async (_, damage, message) => {
    const { folder, edge, port } = await startEdge();
    const before = await seenCertificate(port);
    damage(folder);
    edge.signal('SIGHUP');
    await logged(edge, message);
    expect(await seenCertificate(port)).toBe(before);
  });

  it('says what has to wait for the next start', async () => {
    const { folder, edge } = await startEdge();
    writeFileSync(
      join(folder, 'edge.yaml'),
      `${readFileSync(join(folder, 'edge.yaml'), 'utf8')}handshake_timeout: 5000\n`,
    );
    edge.signal('SIGHUP');
    await logged(edge, /takes effect at the next start: handshakeTimeout/);
  });

  it('serves another host name from the next handshake on', async () => {
    const { folder, edge, port } = await startEdge();
    const file = join(folder, 'edge.yaml');
    const visitNew = async (): Promise<void> => {
      const socket = connect({
        host: '127.0.0.1',
        port,
        servername: 'new.localhost',
        rejectUnauthorized: false,
      });
      await once(socket, 'secureConnect');
      socket.destroy();
    };
    await expect(visitNew()).rejects.toThrow(/unrecognized name/);
    writeFileSync(file, readFileSync(file, 'utf8').replace(`- ${SITE}`, `- ${SITE}\n      - new.localhost`));
    edge.signal('SIGHUP');
    await logged(edge, /configuration reloaded/);
    await visitNew();
  });

  it('sends requests for a host name that is new to its origin', async () => {
    const { folder, edge, port } = await startEdge();
    const file = join(folder, 'edge.yaml');
    const origin = createServer((_request, response) => response.end('new origin')).listen(0, '127.0.0.1');
    onTestFinished(() => void origin.close());
    await once(origin, 'listening');
    const url = `http://127.0.0.1:${(origin.address() as AddressInfo).port}`;
    const configuration = readFileSync(file, 'utf8');
    writeFileSync(
      file,
      configuration
        .replace(`- ${SITE}`, `- ${SITE}\n      - new.localhost`)
        .replace('http://127.0.0.1:1', url),
    );
    edge.signal('SIGHUP');
    await logged(edge, /configuration reloaded/);
    const socket = connect({
      host: '127.0.0.1',
      port,
      servername: 'new.localhost',
      rejectUnauthorized: false,
    });
    await once(socket, 'secureConnect');
    socket.write('GET / HTTP/1.1\r\nhost: new.localhost\r\nconnection: close\r\n\r\n');
    const answer = await text(socket);
    expect(answer).toMatch(/^HTTP\/1\.1 200/);
    expect(answer).toContain('new origin');
  });

  it('does not take what its command line says for a change', async () => {
    const { edge } = await startEdge('watch_files: false\n', ['--listen', 'localhost:0']);
    edge.signal('SIGHUP');
    await logged(edge, /configuration reloaded/);
    expect(edge.errors).not.toContain('takes effect at the next start');
  });
});
