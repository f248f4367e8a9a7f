import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, Socket } from 'node:net';
import { PassThrough } from 'node:stream';
import { TLSSocket } from 'node:tls';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { descriptorForSending } from './descriptor.js';

let server: Server;
let visitor: Socket;
let raw: Socket;

beforeEach(async () => {
  server = createServer({ allowHalfOpen: true }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  visitor = connect((server.address() as AddressInfo).port, '127.0.0.1').on('error', () => {});
  [raw] = (await once(server, 'connection')) as [Socket];
  raw.on('error', () => {});
});

afterEach(async () => {
  visitor.destroy();
  raw.destroy();
  server.close();
  await once(server, 'close');
});

it('is had of a socket that has nothing to write', () => {
  expect(descriptorForSending(raw)).toBeGreaterThan(2);
});

it('is not had while the socket has something to write, which would be overtaken', async () => {
  while (raw.writableLength === 0) raw.write(Buffer.alloc(1_000_000));
  expect(descriptorForSending(raw)).toBeUndefined();
  visitor.resume();
  while (raw.writableLength > 0) await once(raw, 'drain');
  expect(descriptorForSending(raw)).toBeGreaterThan(2);
});

it('is not had of a socket that has ended or is destroyed', () => {
  raw.end();
  expect(descriptorForSending(raw)).toBeUndefined();
  raw.destroy();
  expect(descriptorForSending(raw)).toBeUndefined();
});

it('is not had of a socket with another TLS in between, which it would lead past', () => {
  const outer = new TLSSocket(raw, { isServer: true });
  outer.on('error', () => {});
  expect(descriptorForSending(outer)).toBeUndefined();
  outer.destroy();
});

it('is not had of what is no socket, or of one that does not send by itself', () => {
  class Counting extends Socket {}
  expect(descriptorForSending(new PassThrough() as unknown as Socket)).toBeUndefined();
  expect(descriptorForSending(new Counting())).toBeUndefined();
  expect(descriptorForSending(new Socket())).toBeUndefined();
});

it('counts as activity, as writing does', () => {
  let refreshed = 0;
  Object.assign(raw, { _unrefTimer: () => (refreshed += 1) });
  descriptorForSending(raw);
  expect(refreshed).toBe(1);
});
