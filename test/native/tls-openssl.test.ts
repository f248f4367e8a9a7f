import { spawn, type ChildProcessWithoutNullStreams } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { TlsFlag, TlsServerConnection, type TlsContext } from '@latchkey/native';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { describeWith } from '../support/requirements.js';
import { makeContext, makeSite, performWith, type Site } from './tls-encounter.js';

describeWith('openssl s_client', [{ needs: 'openssl', debianPackage: 'openssl' }], () => {
  let site: Site;
  let context: TlsContext;
  let server: Server;
  let directory: string;
  beforeAll(async () => {
    site = await makeSite('p-256');
    context = makeContext(site);
    directory = mkdtempSync(join(tmpdir(), 'latchkey-'));
    writeFileSync(join(directory, 'ca.pem'), site.authorityPem);
    server = createServer({ allowHalfOpen: true }).listen(0, '127.0.0.1');
    server.on('connection', (socket) => {
      const connection = new TlsServerConnection({ context });
      const proceed = (flags: number): void => {
        if ((flags & TlsFlag.REQUEST) !== 0) {
          const request = connection.takeRequest()!;
          flags = connection.finish(request.id, performWith(site.key, request));
        }
        if ((flags & TlsFlag.PLAINTEXT) !== 0) flags = connection.write(connection.takePlaintext()!);
        if ((flags & TlsFlag.END) !== 0) flags = connection.end();
        if ((flags & TlsFlag.OUTPUT) !== 0) socket.write(connection.takeOutput()!);
        if ((flags & (TlsFlag.END | TlsFlag.ERROR)) !== 0) socket.end();
      };
      socket.on('data', (bytes) => proceed(connection.receive(bytes)));
      socket.on('end', () => proceed(connection.receiveEnd()));
      socket.on('close', () => connection.abort());
    });
    await once(server, 'listening');
  });
  afterAll(() => {
    server.close();
    rmSync(directory, { recursive: true });
  });

  function connect(...options: string[]): ChildProcessWithoutNullStreams {
    const { port } = server.address() as AddressInfo;
    const target = [
      '-connect',
      `127.0.0.1:${port}`,
      '-servername',
      site.name,
      '-CAfile',
      join(directory, 'ca.pem'),
    ];
    return spawn('openssl', ['s_client', ...target, '-verify_return_error', ...options]);
  }

  /** Reads until all of that has been printed. */
  async function until(output: Readable, text: string): Promise<void> {
    let printed = '';
    while (!printed.includes(text)) {
      const [bytes] = (await once(output, 'data')) as [Buffer];
      printed += bytes.toString();
    }
  }

  it('updates its keys, and has ours updated, in the midst of a TLS 1.3 connection', async () => {
    const visitor = connect('-tls1_3');
    visitor.stdin.write('before\n');
    await until(visitor.stdout, 'before\n');
    visitor.stdin.write('K\n');
    await until(visitor.stderr, 'KEYUPDATE\n');
    visitor.stdin.write('between\n');
    await until(visitor.stdout, 'between\n');
    visitor.stdin.write('Q\n');
    expect(await once(visitor, 'exit')).toEqual([0, null]);
  });
});
