import { spawn } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { promises as dns } from 'node:dns';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Requirement } from './requirements.js';

export const DNSMASQ: Requirement = { needs: '/usr/sbin/dnsmasq', debianPackage: 'dnsmasq-base' };

/** A DNS server on 127.0.0.1. */
export interface NameServer {
  readonly port: number;
  /** Answers with these records and no others from now on, after a moment without any answer. */
  replace(records: readonly string[]): Promise<void>;
  stop(): Promise<void>;
}

/** @param records options of dnsmasq: `host-record=name,address`, `srv-host=name,target,port,priority,weight` */
export async function startNameServer(records: readonly string[]): Promise<NameServer> {
  let port = 0;
  // Its TCP port must be free too, and somebody may have just taken either.
  let stop = await insist(async () => serve((port = await freeUdpPort()), records));
  return {
    port,
    replace: async (others) => {
      await stop();
      stop = await insist(() => serve(port, others));
    },
    stop: () => stop(),
  };
}

async function insist<Value>(attempt: () => Promise<Value>): Promise<Value> {
  for (let tried = 1; ; tried += 1) {
    try {
      return await attempt();
    } catch (error) {
      if (tried === 20) throw error;
      await sleep(50);
    }
  }
}

async function serve(port: number, records: readonly string[]): Promise<() => Promise<void>> {
  const options = [
    'keep-in-foreground',
    'no-resolv',
    'no-hosts',
    'bind-interfaces',
    'conf-file=/dev/null',
    'pid-file=',
    `port=${port}`,
    'listen-address=127.0.0.1',
    'local=/example/',
    `host-record=${READY},127.0.0.1`,
    ...records,
  ];
  const child = spawn(
    DNSMASQ.needs,
    options.map((option) => `--${option}`),
    { stdio: 'ignore' },
  );
  const ended = once(child, 'exit');
  const resolver = new dns.Resolver({ timeout: 100, tries: 1 });
  resolver.setServers([`127.0.0.1:${port}`]);
  while (!(await resolver.resolve4(READY).catch(() => undefined))) {
    if (child.exitCode !== null) throw new Error(`dnsmasq ended with ${child.exitCode}`);
    await sleep(5);
  }
  return async () => {
    child.kill();
    await ended;
  };
}

const READY = 'ready.example';

async function freeUdpPort(): Promise<number> {
  const socket = createSocket('udp4').bind(0, '127.0.0.1');
  await once(socket, 'listening');
  const { port } = socket.address();
  socket.close();
  return port;
}
