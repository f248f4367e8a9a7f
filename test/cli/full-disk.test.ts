import { spawnSync } from 'node:child_process';
import { createHash, createPublicKey, verify } from 'node:crypto';
import { once } from 'node:events';
import { appendFile, mkdir, open, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { connect } from 'node:tls';
import { ErrorCode } from '@latchkey/codec/kssl1';
import { subjectKeyIdentifier } from '@latchkey/native';
import { verifyAuditLog } from '@latchkey/server';
import { createDevelopmentPki, LAYOUT, writeDevelopmentPki } from 'latchkey/pki';
import { expect, it, onTestFinished } from 'vitest';
import { TestEdge } from '../server/support.js';
import { describeWith } from '../support/requirements.js';
import { RunningCommand, temporaryFolder } from './support.js';

const MESSAGE = Buffer.from('message');
/** Whoever is root in a namespace of their own may mount what nobody outside sees. */
const NAMESPACE = ['unshare', '--user', '--map-root-user', '--mount'] as const;

describeWith(
  'a key server whose disk is full',
  [
    {
      needs: mayMount() ? 'unshare' : 'unshare --user --mount, which is forbidden here',
      debianPackage: 'util-linux',
    },
  ],
  () => {
    it('refuses to sign until its audit log can be written again, and then goes on with no line lost', async () => {
      const { sign, fillDisk, emptyDisk, command, verifyLog } = await start('stop_signing');
      expect(await sign()).toBe('signed');
      await fillDisk();
      await until(async () => (await sign()) === ErrorCode.INTERNAL_ERROR);
      await until(() => command.errors.includes('lines cannot be written: ENOSPC'));
      await emptyDisk();
      await until(async () => (await sign()) === 'signed');
      await until(() => command.errors.includes('lines are written again; 0 were lost'));
      expect(await verifyLog()).toMatchObject({ ok: true, dropped: 0, unfinished: false });
    });

    it('goes on signing where it was told to, and writes the lines down once it can', async () => {
      const { sign, fillDisk, emptyDisk, command, verifyLog } = await start('continue');
      await fillDisk();
      await until(async () => {
        expect(await sign()).toBe('signed');
        return command.errors.includes('lines cannot be written: ENOSPC');
      });
      expect(await sign()).toBe('signed');
      await emptyDisk();
      await until(() => command.errors.includes('lines are written again; 0 were lost'));
      expect(await verifyLog()).toMatchObject({ ok: true, dropped: 0, unfinished: false });
    });
  },
);

function mayMount(): boolean {
  return spawnSync(NAMESPACE[0], [...NAMESPACE.slice(1), 'true']).status === 0;
}

/** Starts `latchkey server` with its audit log on a disk of its own that has room for few lines. */
async function start(onFailure: 'stop_signing' | 'continue') {
  const folder = temporaryFolder();
  const pki = await createDevelopmentPki({ sites: [{ name: 'localhost', keyAlgorithm: 'p-256' }] });
  await writeDevelopmentPki(pki, folder);
  const configuration = join(folder, LAYOUT.serverConfiguration);
  const disk = join(folder, 'disk');
  await mkdir(disk);
  const audit = `audit_log: ${join(disk, 'audit.log')}\naudit_log_on_failure: ${onFailure}\n`;
  await appendFile(configuration, `metrics_port: off\n${audit}`);
  const command = new RunningCommand(['server', '--config', configuration, '--port', '0'], onTestFinished, [
    ...NAMESPACE,
    'sh',
    '-c',
    'mount -t tmpfs -o size=128k tmpfs "$0" && exec "$@"',
    disk,
  ]);
  const [, port] = await command.printed(/listens on [^ ]*:(\d+)/);
  // Whoever has it open keeps the disk when the process has ended.
  const openDisk = await open(`/proc/${command.pid}/root${disk}`);
  onTestFinished(() => openDisk.close());
  const diskFromOutside = `/proc/self/fd/${openDisk.fd}`;
  const filler = `${diskFromOutside}/filler`;
  const publicKey = createPublicKey(pki.sites[0]?.keyPem ?? '');
  const ski = subjectKeyIdentifier(publicKey.export({ type: 'spki', format: 'der' }));
  const edge = await connectTo(Number(port), pki.channel);
  return {
    command,
    sign: async () => {
      const digest = createHash('sha256').update(MESSAGE).digest();
      const operation = { type: 'sign_digest', scheme: 'ecdsa_sha256', digest } as const;
      const answer = await edge.ask({ key: { ski }, operation });
      if (answer.kind !== 'answer') return answer.kind === 'error' ? answer.code : answer.kind;
      return verify('sha256', MESSAGE, publicKey, answer.payload) ? 'signed' : 'signed wrongly';
    },
    fillDisk: async () => {
      await expect(writeFile(filler, Buffer.alloc(1024 * 1024))).rejects.toMatchObject({ code: 'ENOSPC' });
    },
    emptyDisk: () => rm(filler),
    /** Ends the key server, so that its log is whole. */
    verifyLog: async () => {
      command.signal('SIGTERM');
      await command.ended();
      return verifyAuditLog([`${diskFromOutside}/audit.log`]);
    },
  };
}

async function connectTo(
  port: number,
  { caPem, edge }: Awaited<ReturnType<typeof createDevelopmentPki>>['channel'],
): Promise<TestEdge> {
  const socket = connect({
    host: '127.0.0.1',
    port,
    ca: caPem,
    cert: edge.certificatePem,
    key: edge.keyPem,
  });
  onTestFinished(() => void socket.destroy());
  await once(socket, 'secureConnect');
  return new TestEdge(socket);
}

async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await condition())) await setTimeout(50);
}
