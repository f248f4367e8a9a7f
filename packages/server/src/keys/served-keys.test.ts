import { generateKeyPairSync } from 'node:crypto';
import { KeyOperationError, OperationCode, PrivateKey } from '@latchkey/native';
import { pino } from 'pino';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { KeyFileError } from '../errors.js';
import { KeyStore, storedKey } from './key-store.js';
import { ServedKeys } from './served-keys.js';

const DER = Array.from({ length: 3 }, () =>
  generateKeyPairSync('ed25519').privateKey.export({ type: 'pkcs8', format: 'der' }),
);
const MESSAGE = Buffer.from('message');

beforeEach(() => {
  vi.useFakeTimers();
});

afterEach(() => {
  vi.useRealTimers();
});

/** What is found when these files hold those keys, by their numbers, and others cannot be used. */
function found(files: Readonly<Record<string, number>>, unusable: readonly string[] = []) {
  const keys = Object.entries(files).map(([file, index]) => storedKey(PrivateKey.parse(DER[index]!), file));
  return {
    keys: new KeyStore(keys),
    problems: unusable.map((file) => new KeyFileError(file, 'this is not a private key')),
  };
}

function serve(files: Readonly<Record<string, number>>): ServedKeys {
  return new ServedKeys(found(files), {
    externalKeys: () => [],
    operationTimeout: 5000,
    logger: pino({ level: 'silent' }),
  });
}

function filesOf(served: ServedKeys): string[] {
  return [...served.current].map(({ file }) => file);
}

describe('ServedKeys', () => {
  it('adds and removes keys, and keeps those that are there again as the same objects', () => {
    const served = serve({ 'a.key': 0, 'b.key': 1 });
    const [kept] = served.current;
    expect(served.replace(found({ 'a.key': 0, 'c.key': 2 }))).toEqual({ added: 1, removed: 1, retained: 0 });
    expect(filesOf(served)).toEqual(['a.key', 'c.key']);
    expect([...served.current][0]).toBe(kept);
    served.dispose();
  });

  it('is the same store when nothing has changed', () => {
    const served = serve({ 'a.key': 0 });
    const before = served.current;
    expect(served.replace(found({ 'a.key': 0 }))).toEqual({ added: 0, removed: 0, retained: 0 });
    expect(served.current).toBe(before);
    served.dispose();
  });

  it('takes another key in the same file for another key', () => {
    const served = serve({ 'a.key': 0 });
    expect(served.replace(found({ 'a.key': 1 }))).toEqual({ added: 1, removed: 1, retained: 0 });
    served.dispose();
  });

  it('keeps the key of a file that cannot be used any more, and those of a folder that cannot be read', () => {
    const served = serve({ 'a.key': 0, '/keys/b.key': 1, '/keys.old/c.key': 2 });
    const changes = served.replace(found({}, ['a.key', '/keys']));
    expect(changes).toEqual({ added: 0, removed: 1, retained: 2 });
    expect(filesOf(served)).toEqual(['a.key', '/keys/b.key']);
    expect(served.problems).toHaveLength(2);
    served.dispose();
  });

  it('forgets a key only when no operation that was begun with it can be under way any more', () => {
    const served = serve({ 'a.key': 0 });
    const [{ privateKey }] = [...served.current] as unknown as [{ privateKey: PrivateKey }];
    served.replace(found({}));
    vi.advanceTimersByTime(5000);
    expect(privateKey.perform(OperationCode.ed25519, MESSAGE)).toHaveLength(64);
    vi.advanceTimersByTime(2000);
    expect(() => privateKey.perform(OperationCode.ed25519, MESSAGE)).toThrow(KeyOperationError);
  });

  it('forgets all keys when it is disposed of, those that are served no more included', () => {
    const served = serve({ 'a.key': 0, 'b.key': 1 });
    const keys = [...served.current].map(({ privateKey }) => privateKey as PrivateKey);
    served.replace(found({ 'a.key': 0 }));
    served.dispose();
    for (const key of keys)
      expect(() => key.perform(OperationCode.ed25519, MESSAGE)).toThrow(KeyOperationError);
  });

  it('serves the key of a second file once the first is gone', () => {
    const served = serve({ 'a.key': 0, 'copy.key': 0 });
    expect(filesOf(served)).toEqual(['a.key']);
    served.replace(found({ 'copy.key': 0 }));
    expect(filesOf(served)).toEqual(['copy.key']);
    const [{ privateKey }] = [...served.current] as unknown as [{ privateKey: PrivateKey }];
    vi.advanceTimersByTime(10_000);
    expect(privateKey.perform(OperationCode.ed25519, MESSAGE)).toHaveLength(64);
    served.dispose();
  });
});
