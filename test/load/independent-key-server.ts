import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { DevelopmentPki } from 'latchkey/pki';
import { temporaryFolder } from '../cli/support.js';

const PROGRAM = fileURLToPath(new URL('./independent_key_server.py', import.meta.url));

/** A key server of which no line is Latchkey's: it needs Debian's python3-cryptography. */
export interface IndependentKeyServer {
  readonly port: number;
  stop(): Promise<void>;
}

/** Starts one with the keys of all sites. */
export async function startIndependentKeyServer({
  channel,
  sites,
}: DevelopmentPki): Promise<IndependentKeyServer> {
  const folder = temporaryFolder();
  const file = (name: string, text: string) => {
    const path = join(folder, name);
    writeFileSync(path, text);
    return path;
  };
  const program = spawn(
    '/usr/bin/python3',
    [
      PROGRAM,
      file('ca.pem', channel.caPem),
      file('server.pem', channel.keyServer.certificatePem),
      file('server.key', channel.keyServer.keyPem),
      ...sites.map(({ name, keyPem }) => file(`${name}.key`, keyPem)),
    ],
    { stdio: ['pipe', 'pipe', 'inherit'] },
  );
  const [line] = (await Promise.race([
    once(program.stdout, 'data'),
    once(program, 'exit').then(() => {
      throw new Error('the independent key server did not start');
    }),
  ])) as [Buffer];
  return {
    port: Number(line.toString()),
    stop: async () => {
      program.stdin.end();
      if (program.exitCode === null) await once(program, 'exit');
    },
  };
}
