// Feeds bytes of all kinds to what reads kssl2: `npm run test:fuzz [-- --inputs N] [--seed N]`.
//
// Each input is a frame, request or answer that is right, changed a few times over by a generator with a seed. What is
// looked for: an exception, an input that takes too long, a reading that holds memory, or one that depends on how the
// stream was cut.
import { parseArgs } from 'node:util';
import {
  addResult,
  decodeRequest,
  EdgeField,
  EdgeFrameReader,
  encodeCancel,
  encodeCertificates,
  encodeCertificateSubscription,
  encodeCapabilities,
  encodeError,
  encodeGoingAway,
  encodePing,
  encodeRequest,
  ErrorCode,
  FrameDecoder,
  FrameWriter,
  GoingAwayReason,
  KeyServerField,
  readKeyServerFrame,
} from '../packages/codec/dist/kssl2/index.js';

const { values: options } = parseArgs({
  options: { inputs: { type: 'string', default: '10000000' }, seed: { type: 'string', default: '1' } },
});
const inputs = Number(options.inputs);
const seed = Number(options.seed);

/** In milliseconds of CPU time: thousands of times what the longest input needs. */
const LONGEST = 1000;
/** In bytes, of the heap after garbage collection: what engines may keep for themselves. */
const LARGEST_GROWTH = 16 * 1024 * 1024;
/** Inputs between two looks at the heap. */
const INTERVAL = 250_000;

/** Takes a key server's frame. */
const IGNORING = {
  onAnswer: () => {},
  onCapabilities: () => {},
  onPong: () => {},
  onGoingAway: () => {},
  onCertificates: () => {},
};

const draw = generator(seed);
const corpus = makeCorpus();
const outcomes = new Map();
let heapAtFirst = 0;
let current = corpus[0];

for (let count = 1; count <= inputs; count += 1) {
  current = mutate(corpus[below(corpus.length)]);
  const before = count % 64 === 0 ? process.cpuUsage() : undefined;
  try {
    tally(outcomeOf(current));
  } catch (error) {
    report(count, `threw ${error?.stack ?? error}`);
  }
  if (before !== undefined) {
    const { user, system } = process.cpuUsage(before);
    if ((user + system) / 1000 > LONGEST) report(count, 'took too long');
  }
  if (count % INTERVAL === 0) lookAtHeap(count);
}
console.log(`${inputs} inputs, seed ${seed}: no exception, no hang, no growth`);
for (const [outcome, count] of [...outcomes].sort(([, a], [, b]) => b - a))
  console.log(`${count}\t${outcome}`);

function outcomeOf(bytes) {
  const whole = readStream([bytes]);
  const place = below(bytes.length + 1);
  const cut = readStream([bytes.subarray(0, place), bytes.subarray(place)]);
  if (whole !== cut) throw new Error(`depends on the chunks: ${whole} or ${cut}`);
  const request = decodeRequest(bytes);
  const answers = readKeyServerFrame(bytes, IGNORING);
  return `${request.kind} ${request.kind === 'request' ? '' : request.reason} | answer ${answers ?? 'read'}`;
}

/** What a stream says, and that nothing of it stays but the beginning of one frame. */
function readStream(chunks) {
  const said = [];
  const handler = {
    onRequest: ({ kind, id }) => said.push(kind, id),
    onCancel: (id) => said.push('cancel', id),
    onPing: ({ length }) => said.push('ping', length),
    onCertificateSubscription: ({ id, serverNames }) => said.push('subscription', id, ...serverNames),
  };
  const reader = new EdgeFrameReader(handler, (bytes, start, end) => bytes.slice(start, end));
  const decoder = new FrameDecoder({
    onFrame: (bytes, start, end) => said.push(reader.read(bytes, start, end)),
    onFrameTooLong: () => said.push('too long'),
  });
  let length = 0;
  for (const chunk of chunks) {
    decoder.push(chunk);
    length += chunk.length;
  }
  if (decoder.bufferedLength > length) throw new Error('holds more than came');
  return said.join();
}

function makeCorpus() {
  const parameters = Uint8Array.of(3, 0, 0x1d, 32, ...bytes(32));
  const operations = [
    { type: 'sign_certificate_verify', scheme: 'ecdsa_sha256', transcriptHash: bytes(32) },
    {
      type: 'sign_server_key_exchange',
      scheme: 'rsa_pss_sha256',
      clientRandom: bytes(32),
      serverRandom: bytes(32),
      parameters,
    },
    { type: 'decrypt_premaster', ciphertext: bytes(256), clientVersion: 0x0303 },
    {
      type: 'sign_delegated_credential',
      certificate: bytes(300),
      validTime: 86_400,
      dcCertVerifyAlgorithm: 0x0403,
      subjectPublicKeyInfo: bytes(91),
      algorithm: 0x0403,
    },
    { type: 'seal', blob: bytes(100) },
    { type: 'unseal', blob: bytes(3) },
  ];
  const traceContext = { traceparent: '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01' };
  const key = { ski: bytes(20), serverName: 'www.example', clientIp: bytes(4), serverIp: bytes(16) };
  const requests = operations.map((operation, index) =>
    encodeRequest(index + 1, { key, operation, traceContext }, 1000),
  );
  const error = { kind: 'error', code: ErrorCode.OVERLOADED, retryable: true, retryAfter: 5, reason: 'word' };
  return [
    ...requests,
    ...requests.map((request) => frames([EdgeField.REQUESTS, request])),
    frames(...requests.map((request) => [EdgeField.REQUESTS, request]), [EdgeField.CANCELS, encodeCancel(3)]),
    frames([
      EdgeField.CERTIFICATE_SUBSCRIPTIONS,
      encodeCertificateSubscription({ id: 3, serverNames: ['www.example', '*.www.example'] }),
    ]),
    frames([EdgeField.PING, encodePing(bytes(8))], [EdgeField.CANCELS, encodeCancel(70_000)]),
    results(bytes(72), bytes(71)).subarray(4),
    frames(
      [KeyServerField.CAPABILITIES, encodeCapabilities({ maximumInFlight: 1024 })],
      [KeyServerField.ANSWERS, encodeError(2, error)],
      [KeyServerField.GOING_AWAY, encodeGoingAway(GoingAwayReason.DRAINING)],
    ).subarray(4),
    frames([
      KeyServerField.CERTIFICATES,
      encodeCertificates({ subscription: 3, chains: [[bytes(200), bytes(100)], [bytes(50)]] }),
    ]).subarray(4),
  ];
}

function bytes(length) {
  return Uint8Array.from({ length }, () => below(256));
}

function frames(...messages) {
  const writer = new FrameWriter(1024);
  for (const [field, message] of messages) writer.add(field, message);
  return writer.take();
}

function results(...answers) {
  const writer = new FrameWriter(1024);
  for (const [index, answer] of answers.entries()) addResult(writer, index + 1, answer);
  return writer.take();
}

/** One to six changes: bits, bytes, numbers that are often too long, parts that are gone, doubled, or another's. */
function mutate(original) {
  let changed = Uint8Array.from(original);
  for (let changes = 1 + below(6); changes > 0 && changed.length > 0; changes -= 1) {
    const place = below(changed.length);
    const end = place + below(Math.min(changed.length - place, 40) + 1);
    switch (below(8)) {
      case 0:
        changed[place] ^= 1 << below(8);
        break;
      case 1:
        changed[place] = below(256);
        break;
      case 2:
        changed[place] = [0, 1, 0x7f, 0x80, 0xff][below(5)];
        break;
      case 3:
        changed = concat(
          changed.subarray(0, place),
          Uint8Array.of(0xff, 0xff, 0xff, 0xff, below(256)),
          changed.subarray(place),
        );
        break;
      case 4:
        changed = concat(changed.subarray(0, place), changed.subarray(end));
        break;
      case 5:
        changed = concat(changed.subarray(0, end), changed.subarray(place));
        break;
      case 6:
        changed = changed.subarray(0, place);
        break;
      default: {
        const other = corpus?.[below(corpus.length)] ?? changed;
        changed = concat(changed.subarray(0, place), other.subarray(below(other.length)));
      }
    }
  }
  return changed;
}

function concat(...parts) {
  return Uint8Array.from(Buffer.concat(parts));
}

function tally(outcome) {
  outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);
}

function lookAtHeap(count) {
  globalThis.gc?.();
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  const used = heapUsed + arrayBuffers;
  if (heapAtFirst === 0) heapAtFirst = used;
  else if (used - heapAtFirst > LARGEST_GROWTH)
    report(count, `has made memory grow by ${used - heapAtFirst} bytes`);
}

function report(count, what) {
  console.error(`input ${count} of seed ${seed} ${what}\n${Buffer.from(current).toString('hex')}`);
  process.exit(1);
}

function below(limit) {
  return Math.floor(draw() * limit);
}

/** xorshift32: the same seed gives the same inputs everywhere. */
function generator(start) {
  let state = (start ^ 0x9e3779b9) >>> 0 || 1;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    state >>>= 0;
    return state / 2 ** 32;
  };
}
