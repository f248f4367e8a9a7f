import type { TLSSocket } from 'node:tls';

/**
 * Hands on what a socket receives, as it comes.
 *
 * Node reads into memory of its own for each chunk, which costs more than all else that is done with a small one. Where
 * it lets us, all sockets are read into the same memory instead. It does so for sockets that connect (the option `onread`
 * of `net.connect`); for one that was accepted its inner switches have to be thrown. Where they are not found chunks
 * come as they do for everyone.
 *
 * @param onChunk takes bytes that are there until it returns, no longer. Must not throw
 */
export function readSocket(socket: TLSSocket, onChunk: (chunk: Uint8Array) => void): void {
  const switches = switchesOf(socket);
  if (switches === undefined) {
    socket.on('data', onChunk);
    return;
  }
  // What has been read until now.
  for (let chunk: unknown = socket.read(); chunk instanceof Uint8Array; chunk = socket.read()) onChunk(chunk);
  const { handle, bufferSymbol, callbackSymbol } = switches;
  Object.assign(socket, {
    [bufferSymbol]: memory,
    // Node calls back as soon as it has written there, and writes there again only after that has returned.
    [callbackSymbol]: (length: number) => {
      onChunk(memory.subarray(0, length));
      // Whether to go on is the socket's to say: paused sockets are not read.
      return true;
    },
  });
  handle.useUserBuffer(memory);
}

/** What TLS hands on at once is a record's worth, 16 KiB (RFC 8446, section 5.1). */
const memory = new Uint8Array(16 * 1024);

/** Where Node keeps what `onread` was. */
interface Switches {
  readonly handle: { useUserBuffer(memory: Uint8Array): void };
  readonly bufferSymbol: symbol;
  readonly callbackSymbol: symbol;
}

function switchesOf(socket: TLSSocket & { readonly _handle?: unknown }): Switches | undefined {
  const symbols = Object.getOwnPropertySymbols(socket);
  const bufferSymbol = symbols.find(({ description }) => description === 'kBuffer');
  const callbackSymbol = symbols.find(({ description }) => description === 'kBufferCb');
  const handle = socket._handle;
  if (bufferSymbol === undefined || callbackSymbol === undefined || !takesMemory(handle)) return undefined;
  return { handle, bufferSymbol, callbackSymbol };
}

function takesMemory(handle: unknown): handle is Switches['handle'] {
  return typeof (handle as Partial<Switches['handle']> | undefined)?.useUserBuffer === 'function';
}
