import { once } from 'node:events';
import { connect, type TLSSocket } from 'node:tls';
import { encodeRequest } from '@latchkey/codec/kssl1';
import { type Attack, repeatForEver, sayNothing, type Target } from './attack.js';

/** By the names under which they are reported. All but the last have a certificate that the key server lets in. */
export const KEY_SERVER_ATTACKS = {
  'reads never, sends at full speed': neverRead,
  'sends a byte a second': trickle,
  '5,000 idle connections': idle,
  'handshakes at full speed': shakeHands,
  'connections that say nothing': sayNothing,
} as const satisfies Readonly<Record<string, Attack>>;

const ping = encodeRequest(1, { key: {}, operation: { type: 'ping', payload: new Uint8Array(16_000) } });

async function neverRead(target: Target): Promise<void> {
  const sockets = await Promise.all(Array.from({ length: 8 }, () => open(target)));
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

async function trickle(target: Target): Promise<void> {
  const sockets = await openMany(target, 200);
  let sent = 0;
  setInterval(() => {
    for (const socket of sockets) socket.write(ping.subarray(sent, sent + 1));
    sent += 1;
  }, 1000);
}

async function idle(target: Target): Promise<void> {
  await openMany(target, 5000);
}

function shakeHands(target: Target): Promise<void> {
  return repeatForEver(async () => {
    const socket = await open(target).catch(() => undefined);
    socket?.destroy();
  });
}

/** As fast as the key server accepts them by default. */
async function openMany(target: Target, count: number): Promise<TLSSocket[]> {
  const sockets: TLSSocket[] = [];
  while (sockets.length < count) {
    const batch = Array.from({ length: Math.min(20, count - sockets.length) }, () =>
      open(target).catch(() => undefined),
    );
    for (const socket of await Promise.all(batch)) if (socket !== undefined) sockets.push(socket);
  }
  return sockets;
}

async function open(target: Target): Promise<TLSSocket> {
  const socket = connect(target);
  await once(socket, 'secureConnect');
  socket.on('error', () => {});
  return socket;
}
