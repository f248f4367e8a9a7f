import type { Socket } from 'node:net';

/**
 * Waits for the first byte that a socket receives, and leaves it there to be read.
 *
 * @param onByte called with the bytes in the socket's buffer
 * @param onSilence called instead when the socket has closed before, from either end
 */
export function whenItSpeaks(socket: Socket, onByte: () => void, onSilence: () => void): void {
  // Without a listener an error would end the process; with one it closes the socket.
  socket.on('error', () => {});
  socket.once('close', onSilence);
  socket.once('readable', () => {
    // The end of the stream is readable too.
    if (socket.readableLength === 0) {
      socket.destroy();
      return;
    }
    socket.off('close', onSilence);
    onByte();
  });
}
