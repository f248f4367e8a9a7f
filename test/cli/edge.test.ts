import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { connect } from 'node:tls';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { createDevelopmentPki, edgeConfigurationText, writeDevelopmentPki } from 'latchkey/pki';
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

  it('serves while no key server can be reached, ends the handshake with an alert and says why in its log', async () => {
    const folder = await makePki();
    const { edge, port } = await startEdge(folder, NOTHING_LISTENS);
    await expect(handshake(folder, port)).rejects.toThrow(/alert internal error/);
    edge.signal('SIGTERM');
    expect(await edge.ended()).toMatchObject({ exitCode: 0 });
    expect(edge.errors).toContain('refused the connection');
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
    ['sites: [{server_names: [a.example]}]', '2:9: sites.0.certificate: is missing'],
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
): Promise<{ edge: RunningCommand; port: number }> {
  const file = join(folder, 'edge.yaml');
  const origin = `http://127.0.0.1:${NOTHING_LISTENS}`;
  writeFileSync(file, edgeConfigurationText(SITES, { keyServerPort, edgePort: 8443, origin }));
  const edge = new RunningCommand(['edge', '--config', file, '--listen', '127.0.0.1:0']);
  const [, port] = await edge.printed(/listens on [^ ]*:(\d+)/);
  return { edge, port: Number(port) };
}

/** Completes a handshake without naming a site and returns the name in the certificate. */
async function handshake(folder: string, port: number): Promise<unknown> {
  const ca = readFileSync(join(folder, 'sites/ca.pem'));
  const socket = connect({ host: '127.0.0.1', port, ca });
  try {
    await once(socket, 'secureConnect');
    return socket.getPeerCertificate().subject.CN;
  } finally {
    socket.destroy();
  }
}
