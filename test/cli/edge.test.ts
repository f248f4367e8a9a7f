import { X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:tls';
import { join } from 'node:path';
import { subjectKeyIdentifier } from '@latchkey/native';
import { describe, expect, it, onTestFinished } from 'vitest';
import {
  createDevelopmentPki,
  edgeConfigurationText,
  makeAuthority,
  writeDevelopmentPki,
} from 'latchkey/pki';
import { latchkey, RunningCommand, startKeyServer, temporaryFolder } from './support.js';

describe('latchkey edge', () => {
  it('says where it listens and for whom, serves a visitor, and exits with 0 when asked to end', async () => {
    const folder = await makePki();
    const { port: keyServerPort } = await startKeyServer(join(folder, 'server.yaml'));
    const { edge, port } = await startEdge(folder, keyServerPort);
    expect(edge.output).toBe(
      `edge listens on 127.0.0.1:${port} for ecdsa.localhost, rsa.localhost; keys at 127.0.0.1:${keyServerPort}\n`,
    );
    expect(await handshake(folder, port)).toBe('ecdsa.localhost');
    edge.signal('SIGTERM');
    expect(await edge.ended()).toMatchObject({ exitCode: 0 });
  });

  it('asks the key servers of a site of its own, where it has some', async () => {
    const folder = await makePki();
    const { port: keyServerPort } = await startKeyServer(join(folder, 'server.yaml'));
    const { edge, port } = await startEdge(folder, NOTHING_LISTENS, (text) =>
      // Of the first site, which visitors get who name none.
      text.replace('chain.pem\n', `$&    key_servers: [127.0.0.1:${keyServerPort}]\n`),
    );
    expect(edge.output).toContain(`keys at 127.0.0.1:${keyServerPort}, 127.0.0.1:${NOTHING_LISTENS}\n`);
    expect(await handshake(folder, port)).toBe('ecdsa.localhost');
    await expect(handshake(folder, port, 'rsa.localhost')).rejects.toThrow(/alert internal error/);
  });

  it('serves while no key server can be reached, ends the handshake with an alert and says why in its log', async () => {
    const folder = await makePki();
    const { edge, port } = await startEdge(folder, NOTHING_LISTENS);
    await expect(handshake(folder, port)).rejects.toThrow(/alert internal error/);
    edge.signal('SIGTERM');
    expect(await edge.ended()).toMatchObject({ exitCode: 0 });
    expect(edge.errors).toContain('refused the connection');
  });

  describe('ends the handshake with an alert, and says why in its log, when the key server', () => {
    it('does not let the edge in', async () => {
      const folder = await makePki();
      const { port: keyServerPort } = await startKeyServer(join(folder, 'server.yaml'));
      const authority = await makeAuthority('Another CA');
      const stranger = await authority.issue({ commonName: 'stranger', usages: ['client'] });
      writeFileSync(join(folder, 'channel/edge.pem'), stranger.certificatePem);
      writeFileSync(join(folder, 'channel/edge.key'), stranger.keyPem);
      const { edge, port } = await startEdge(folder, keyServerPort);
      await expect(handshake(folder, port)).rejects.toThrow(/alert internal error/);
      expect(await logged(edge)).toContain('client_certificate_refused');
    });

    it('does not have the key', async () => {
      const folder = await makePki();
      rmSync(join(folder, 'keys/ecdsa.localhost.key'));
      const { port: keyServerPort } = await startKeyServer(join(folder, 'server.yaml'));
      const { edge, port } = await startEdge(folder, keyServerPort);
      await expect(handshake(folder, port)).rejects.toThrow(/alert internal error/);
      const log = await logged(edge);
      expect(log).toContain('LATCHKEY_KEY_NOT_FOUND');
      const certificate = new X509Certificate(readFileSync(join(folder, 'sites/ecdsa.localhost/chain.pem')));
      expect(log).toContain(
        `of the key ${Buffer.from(subjectKeyIdentifier(certificate.raw)).toString('hex')}`,
      );
    });

    it('never answers; and serves again when it does', async () => {
      const folder = await makePki();
      const { port: keyServerPort, command: keyServer } = await startKeyServer(join(folder, 'server.yaml'));
      const { edge, port } = await startEdge(folder, keyServerPort);
      onTestFinished(() => keyServer.signal('SIGCONT'));
      keyServer.signal('SIGSTOP');
      await expect(handshake(folder, port)).rejects.toThrow(/alert internal error/);
      keyServer.signal('SIGCONT');
      // The edge leaves a key server that has not answered alone for a while.
      while ((await handshake(folder, port).catch(() => undefined)) !== 'ecdsa.localhost');
      expect(await logged(edge)).toMatch(/"level":40.*(?:key server 127|waiting for the key service)/);
    });
  });

  it('says which address is taken, and exits with 1', async () => {
    const folder = await makePki();
    const { port } = await startEdge(folder, NOTHING_LISTENS);
    const { exitCode, errors } = await latchkey(
      'edge',
      `--config=${join(folder, 'edge.yaml')}`,
      `--listen=127.0.0.1:${port}`,
    );
    expect(exitCode).toBe(1);
    expect(errors).toContain(`cannot listen on 127.0.0.1:${port}: something else listens there already`);
  });

  it.each([
    ['listn: 127.0.0.1:1', '2:1: listn: is not known: did you mean listen?'],
    ['key_servers: nowhere', '2:1: key_servers: must be a list'],
    ['sites: [{certificate: a.pem}]', '2:9: sites.0.server_names: is missing'],
    ['channel_key: nothing.key', '2:1: channel_key: cannot read'],
    ['listen: [', 'wrong.yaml:'],
  ])('names file, line and key of what is wrong in its configuration (%s)', async (line, message) => {
    const folder = await makePki();
    const file = join(folder, 'wrong.yaml');
    const [name] = line.split(':');
    const text = readFileSync(join(folder, 'edge.yaml'), 'utf8').replace(
      new RegExp(`^${name}:.*\\n(?:[ -].*\\n)*`, 'm'),
      '',
    );
    writeFileSync(file, text.replace('\n', `\n${line}\n`));
    const { exitCode, errors } = await latchkey('edge', '--config', file);
    expect(exitCode).toBe(2);
    expect(errors).toContain(message);
  });
});

const SITES = ['ecdsa.localhost', 'rsa.localhost'];
/** A port that only root could listen on, and does not. */
const NOTHING_LISTENS = 1;

async function makePki(): Promise<string> {
  const folder = temporaryFolder();
  await writeDevelopmentPki(await createDevelopmentPki(), folder);
  return folder;
}

async function startEdge(
  folder: string,
  keyServerPort: number,
  change = (text: string): string => text,
): Promise<{ edge: RunningCommand; port: number }> {
  const file = join(folder, 'edge.yaml');
  const origin = `http://127.0.0.1:${NOTHING_LISTENS}`;
  writeFileSync(file, change(edgeConfigurationText(SITES, { keyServerPort, edgePort: 8443, origin })));
  const edge = new RunningCommand(['edge', '--config', file, '--listen', '127.0.0.1:0']);
  const [, port] = await edge.printed(/listens on [^ ]*:(\d+)/);
  return { edge, port: Number(port) };
}

/** Ends the edge and returns its log. */
async function logged(edge: RunningCommand): Promise<string> {
  edge.signal('SIGTERM');
  return (await edge.ended()).errors;
}

/** Completes a handshake, by default without naming a site, and returns the name in the certificate. */
async function handshake(folder: string, port: number, servername?: string): Promise<unknown> {
  const ca = readFileSync(join(folder, 'sites/ca.pem'));
  const socket = connect({ host: '127.0.0.1', port, ca, ...(servername && { servername }) });
  try {
    await once(socket, 'secureConnect');
    return socket.getPeerCertificate().subject.CN;
  } finally {
    socket.destroy();
  }
}
