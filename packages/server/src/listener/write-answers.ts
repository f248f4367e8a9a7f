import type { Writable } from 'node:stream';
import type { EdgeProtocol } from './edge-protocol.js';

/** Writes what answers have been gathered, and says when their memory may be used again. */
export function writeAnswers(protocol: EdgeProtocol, socket: Writable): void {
  if (protocol.answersLength === 0) return;
  const answers = protocol.takeAnswers();
  socket.write(answers, (error) => {
    // A socket that broke may still hold on to what it was given.
    if (!(error instanceof Error)) protocol.answersWritten(answers);
  });
}
