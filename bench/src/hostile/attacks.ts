import { once } from 'node:events';
import { connect as connectTcp } from 'node:net';
import { setTimeout } from 'node:timers/promises';
import { connect, type TLSSocket } from 'node:tls';
import { encodeRequest } from '@latchkey/codec/kssl1';
import type { ChannelOptions } from '@latchkey/load/kssl1';

/** What a client does to harm the others: comes back once it is under way, and goes on until its process ends. */
export type Attack = (channel: ChannelOptions) => Promise<void>;

/** By the names under which they are reported. All but the last two have a certificate that the key server lets in. */
export const ATTACKS = {
  'reads never, sends at full speed': neverRead,
  'sends a byte a second': trickle,
  '5,000 idle connections': idle,
  'handshakes at full speed': handshakes,
  'connections that say nothing': silence,
} as const satisfies Readonly<Record<string, Attack>>;

export type AttackName = keyof typeof ATTACKS;

const ping = encodeRequest(1, { key: {}, operation: { type: 'ping', payload: new Uint8Array(16_000) } });

async function neverRead(channel: ChannelOptions): Promise<void> {
  const sockets = await Promise.all(Array.from({ length: 8 }, () => open(channel)));
  for (const socket of sockets) {
    // Its answers are 16 times as long as they need be, and nobody takes them.
    socket.pause();
    const send = () => {
      while (socket.write(ping));
    };
    socket.on('drain', send);
    send();
  }
}

async function trickle(channel: ChannelOptions): Promise<void> {
  const sockets = await openMany(channel, 200);
  let sent = 0;
  setInterval(() => {
    for (const socket of sockets) socket.write(ping.subarray(sent, sent + 1));
    sent += 1;
  }, 1000);
}

async function idle(channel: ChannelOptions): Promise<void> {
  await openMany(channel, 5000);
}

async function handshakes(channel: ChannelOptions): Promise<void> {
  const knockForEver = async () => {
    for (;;) {
      const socket = await open(channel).catch(() => undefined);
      socket?.destroy();
    }
  };
  for (let at = 0; at < 10; at += 1) void knockForEver();
  await setTimeout(500);
}

async function silence({ host, port }: ChannelOptions): Promise<void> {
  const knockForEver = async () => {
    for (;;) {
      const socket = connectTcp({ host: host ?? '127.0.0.1', port: port ?? 0 });
      await new Promise((resolve) => socket.once('connect', resolve).once('error', resolve));
      // They pile up until the key server's handshake timeout; a thousand a second is more than it accepts.
      await setTimeout(10);
    }
  };
  for (let at = 0; at < 10; at += 1) void knockForEver();
  await setTimeout(500);
}

/** As fast as the key server accepts them by default. */
async function openMany(channel: ChannelOptions, count: number): Promise<TLSSocket[]> {
  const sockets: TLSSocket[] = [];
  while (sockets.length < count) {
    const batch = Array.from({ length: Math.min(20, count - sockets.length) }, () =>
      open(channel).catch(() => undefined),
    );
    for (const socket of await Promise.all(batch)) if (socket !== undefined) sockets.push(socket);
  }
  return sockets;
}

async function open(channel: ChannelOptions): Promise<TLSSocket> {
  const socket = connect(channel);
  await once(socket, 'secureConnect');
  socket.on('error', () => {});
  return socket;
}
