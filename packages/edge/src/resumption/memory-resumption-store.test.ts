import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { createMemoryResumptionStore } from './memory-resumption-store.js';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

it('keeps a value for its lifetime', async () => {
  const store = createMemoryResumptionStore();
  await store.set('a', Uint8Array.of(1), 2);
  vi.advanceTimersByTime(1999);
  expect(await store.get('a')).toEqual(Uint8Array.of(1));
  vi.advanceTimersByTime(1);
  expect(await store.get('a')).toBeUndefined();
});

it('adds only where there is nothing', async () => {
  const store = createMemoryResumptionStore();
  expect(await store.add('a', Uint8Array.of(1), 1)).toEqual(Uint8Array.of(1));
  expect(await store.add('a', Uint8Array.of(2), 1)).toEqual(Uint8Array.of(1));
  vi.advanceTimersByTime(1000);
  expect(await store.add('a', Uint8Array.of(3), 1)).toEqual(Uint8Array.of(3));
});

it('keeps no more than it may: the oldest goes first', async () => {
  const store = createMemoryResumptionStore({ maximumEntries: 2 });
  for (const [index, key] of ['a', 'b', 'a', 'c'].entries()) await store.set(key, Uint8Array.of(index), 1);
  expect(await store.get('a')).toEqual(Uint8Array.of(2));
  expect(await store.get('b')).toBeUndefined();
  expect(await store.get('c')).toEqual(Uint8Array.of(3));
});

it('is not changed by what its users do with their bytes', async () => {
  const store = createMemoryResumptionStore();
  const value = Uint8Array.of(1);
  await store.set('a', value, 1);
  value.fill(0);
  (await store.get('a'))!.fill(9);
  expect(await store.get('a')).toEqual(Uint8Array.of(1));
});
