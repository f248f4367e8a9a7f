import { randomBytes } from 'node:crypto';
import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import { ResumptionStoreError } from '../errors.js';
import type { ResumptionStore } from './resumption-store.js';
import { sealResumptionStore } from './sealed-resumption-store.js';

const secret = randomBytes(32);

function bareStore(): ResumptionStore & { readonly values: Map<string, Uint8Array> } {
  const values = new Map<string, Uint8Array>();
  return {
    values,
    get: async (key) => values.get(key),
    set: async (key, value) => void values.set(key, value),
    add: async (key, value) => {
      if (!values.has(key)) values.set(key, value);
      return values.get(key)!;
    },
  };
}

it('gives back what was kept, to whoever has the secret', async () => {
  await fc.assert(
    fc.asyncProperty(fc.string(), fc.uint8Array(), async (key, value) => {
      const bare = bareStore();
      await sealResumptionStore(bare, secret).set(key, value, 1);
      const elsewhere = sealResumptionStore(bare, secret);
      expect(Buffer.from((await elsewhere.get(key))!)).toEqual(Buffer.from(value));
      expect(Buffer.from(await elsewhere.add(key, randomBytes(8), 1))).toEqual(Buffer.from(value));
    }),
  );
});

it('keeps nothing that can be read, and never the same twice', async () => {
  const bare = bareStore();
  const store = sealResumptionStore(bare, secret);
  const value = Buffer.alloc(64, 'secret');
  await store.set('a', value, 1);
  const first = Buffer.from(bare.values.get('a')!);
  await store.set('a', value, 1);
  expect(first.includes('secret')).toBe(false);
  expect(first).not.toEqual(bare.values.get('a'));
});

it.each<[string, (bare: ReturnType<typeof bareStore>) => void]>([
  ['under another secret', () => {}],
  ['that was kept under another key', ({ values }) => values.set('a', values.get('b')!)],
  ['that is damaged', ({ values }) => values.set('a', values.get('a')!.with(40, 1 + values.get('a')![40]!))],
  ['that is cut off', ({ values }) => values.set('a', values.get('a')!.subarray(0, 40))],
  ['that is no value of ours', ({ values }) => values.set('a', randomBytes(100).fill(7, 0, 1))],
])('does not give out a value %s', async (name, change) => {
  const bare = bareStore();
  const store = sealResumptionStore(bare, secret);
  await store.set('a', randomBytes(80), 1);
  await store.set('b', randomBytes(80), 1);
  change(bare);
  const reader = name.includes('secret') ? sealResumptionStore(bare, randomBytes(32)) : store;
  await expect(reader.get('a')).rejects.toThrow(ResumptionStoreError);
  await expect(reader.add('a', randomBytes(80), 1)).rejects.toThrow(ResumptionStoreError);
});

it('wants a secret of 32 bytes', () => {
  expect(() => sealResumptionStore(bareStore(), randomBytes(16))).toThrow(RangeError);
});
