import { connect, type Socket } from 'node:net';
import { setTimeout } from 'node:timers/promises';
import type { ConnectionOptions } from 'node:tls';

/** Who is attacked, by what an honest client connects with. */
export type Target = ConnectionOptions;

/** What a client does to harm the others: comes back once it is under way, and goes on until its process ends. */
export type Attack = (target: Target) => Promise<void>;

/** Does something again and again, ten times at once, as fast as it comes to an end. */
export async function repeatForEver(act: () => Promise<void>): Promise<void> {
  const goOn = async () => {
    for (;;) await act();
  };
  for (let at = 0; at < 10; at += 1) void goOn();
  await setTimeout(500);
}

/** A connection without TLS, once it is there or has failed. */
export async function openRaw({ host = '127.0.0.1', port = 0 }: Target): Promise<Socket> {
  const socket = connect({ host, port, noDelay: true });
  socket.on('error', () => {});
  await new Promise((resolve) => socket.once('connect', resolve).once('close', resolve));
  return socket;
}

/** A thousand new ones a second: they pile up until their handshake timeout. */
export function sayNothing(target: Target): Promise<void> {
  return repeatForEver(async () => {
    await openRaw(target);
    await setTimeout(10);
  });
}
