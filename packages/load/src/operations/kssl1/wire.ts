import { decodeAnswer } from '@latchkey/codec/kssl1';
import type { Wire } from '../wire.js';
import { AnswerScanner } from './answer-scanner.js';
import { HEADER_LENGTH, idAt, saysSuccess } from './frame-layout.js';

/** Keyless SSL v1. */
export const KSSL1: Wire = {
  alpnProtocols: [],
  frame: (requests) => requests,
  scanner: (take) => new AnswerScanner((bytes, start, end) => take(idAt(bytes, start), bytes, start, end)),
  saysSuccess,
  decode: (bytes, start, end) => {
    const answer = decodeAnswer(bytes, start + HEADER_LENGTH, end);
    if (answer.kind === 'answer') return answer;
    const failure = answer.kind === 'error' ? `error ${answer.code}` : `an answer that is ${answer.kind}`;
    return { kind: 'failure', failure };
  },
};
