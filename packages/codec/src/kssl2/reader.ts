import { Reader } from 'protobufjs/minimal.js';

/** A reader that keeps nothing of fields that it does not know; what it reads are views of the bytes. */
export function discardingReader(bytes: Uint8Array): Reader {
  const reader = Reader.create(bytes);
  reader.discardUnknown = true;
  return reader;
}
