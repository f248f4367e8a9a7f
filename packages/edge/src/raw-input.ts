import { Socket } from 'node:net';

/** Takes bytes that are overwritten when it has returned: the first `length` of `bytes`. */
export type Receiver = (bytes: Buffer, length: number) => void;

/**
 * Gives all that comes from now on to this receiver, and to none that was there before. The end still comes as 'end', and
 * `pause` and `resume` are as ever.
 *
 * Node reads a client's socket into memory of the user's where it is asked to (`onread`), and a server's into 64 kB of new
 * memory every time, of which a small request needs next to nothing. What `onread` sets on a socket is set here on one
 * that was accepted. Where this Node does it some other way, or there is no such socket, 'data' serves.
 *
 * Of a visitor who always has more, Node would read 2 MiB at a time: after {@link SHARE_OF_TURN} the others have their turn.
 */
export function receiveFrom(raw: Socket, receiver: Receiver): void {
  if (readsIntoSharedMemory(raw) || readIntoSharedMemory(raw)) {
    setInternal(raw, 'kBufferCb', inTurns(raw, receiver));
    return;
  }
  raw.removeAllListeners('data');
  raw.on('data', (bytes: Buffer) => receiver(bytes, bytes.length));
}

/** Drops all that comes from now on. */
export function discardInput(raw: Socket): void {
  receiveFrom(raw, () => {});
  raw.resume();
}

/**
 * What keeps the thread for no longer in one turn of the event loop, in milliseconds, but for what is read at once. Plain bytes by
 * the megabyte take less; the shorter records are, the longer they take.
 */
const SHARE_OF_TURN = 0.5;

/** @returns what Node calls with what it has read, and what answers whether Node may read on in this turn */
function inTurns(raw: Socket, receiver: Receiver): (length: number, bytes: Buffer) => boolean {
  let begun: number | undefined;
  const readOn = () => {
    if (!raw.isPaused() && !raw.destroyed) raw.resume();
  };
  return (length, bytes) => {
    if (length < bytes.length) {
      // The visitor has sent no more so far: Node turns to the others by itself.
      begun = undefined;
      receiver(bytes, length);
      return true;
    }
    begun ??= performance.now();
    receiver(bytes, length);
    if (performance.now() - begun < SHARE_OF_TURN) return true;
    begun = undefined;
    setImmediate(readOn);
    return false;
  };
}

/** As long as what libuv reads at once by default. The sockets of a thread can share it: nothing is read meanwhile. */
const sharedMemory = Buffer.allocUnsafeSlow(65_536);

const INTERNALS = ['kBuffer', 'kBufferCb', 'kBufferGen'] as const;
type Internal = (typeof INTERNALS)[number];

/** Under which symbols Node keeps them; undefined where it does not have them all. */
const symbols = findSymbols();

function findSymbols(): Readonly<Record<Internal, symbol>> | undefined {
  const all = Object.getOwnPropertySymbols(new Socket());
  const found = INTERNALS.map((name) => [name, all.find(({ description }) => description === name)] as const);
  return found.every(([, symbol]) => symbol !== undefined)
    ? (Object.fromEntries(found) as Record<Internal, symbol>)
    : undefined;
}

type Internals = Record<symbol, unknown> & {
  readonly _handle?: { readonly useUserBuffer?: (memory: Buffer) => void } | null;
};

function internalsOf(raw: Socket): Internals {
  return raw as unknown as Internals;
}

function setInternal(raw: Socket, name: Internal, value: unknown): void {
  if (symbols !== undefined) internalsOf(raw)[symbols[name]] = value;
}

function readsIntoSharedMemory(raw: Socket): boolean {
  return symbols !== undefined && internalsOf(raw)[symbols.kBuffer] === sharedMemory;
}

function readIntoSharedMemory(raw: Socket): boolean {
  const { _handle: handle } = internalsOf(raw);
  // What has been read already comes by 'data' only.
  if (symbols === undefined || raw.readableLength > 0 || raw.listenerCount('data') > 0) return false;
  if (internalsOf(raw)[symbols.kBuffer] !== null || typeof handle?.useUserBuffer !== 'function') return false;
  handle.useUserBuffer(sharedMemory);
  setInternal(raw, 'kBuffer', sharedMemory);
  setInternal(raw, 'kBufferGen', null);
  return true;
}
