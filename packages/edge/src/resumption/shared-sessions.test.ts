import { afterEach, describe, expect, it, vi } from 'vitest';
import type { ClientHello } from '../options.js';
import { createMemoryResumptionStore } from './memory-resumption-store.js';
import { SharedSessions } from './shared-sessions.js';

const id = Uint8Array.of(1, 2, 3);
const content = Uint8Array.of(9, 9);

function helloWith(changes: Partial<ClientHello>): ClientHello {
  return {
    serverName: undefined,
    alpnProtocols: [],
    signatureSchemes: [],
    cipherSuites: [],
    supportedVersions: [0x0303],
    supportedGroups: [],
    sessionId: id,
    sessionTicket: false,
    ...changes,
  };
}

afterEach(() => {
  vi.useRealTimers();
});

describe('a session that is shared', () => {
  it('is found by its id, and what was given to be kept is wiped', async () => {
    const sessions = new SharedSessions(createMemoryResumptionStore(), () => {});
    const given = Uint8Array.from(content);
    sessions.save({ id, content: given }, 10);
    expect(await sessions.find(helloWith({}), true)).toEqual(content);
    expect(given).toEqual(new Uint8Array(2));
  });

  it.each<[string, Partial<ClientHello>]>([
    ['there is no id', { sessionId: new Uint8Array() }],
    ['there is a ticket', { sessionTicket: true }],
    ['it will be TLS 1.3', { supportedVersions: [0x0304, 0x0303] }],
  ])('is not looked for where %s', (_, changes) => {
    const sessions = new SharedSessions(createMemoryResumptionStore(), () => {});
    expect(sessions.find(helloWith(changes), true)).toBeUndefined();
  });

  it('is looked for where TLS 1.3 is offered and not served', async () => {
    const sessions = new SharedSessions(createMemoryResumptionStore(), () => {});
    sessions.save({ id, content: Uint8Array.from(content) }, 10);
    const hello = helloWith({ supportedVersions: [0x0304, 0x0303] });
    expect(await sessions.find(hello, false)).toEqual(content);
  });

  it.each([
    ['fails', () => Promise.reject(new Error('away'))],
    ['never answers', () => new Promise<never>(() => {})],
  ])('is none when the store %s, which is then left alone for a while', async (_, get) => {
    let calls = 0;
    const failures: Error[] = [];
    const store = {
      ...createMemoryResumptionStore(),
      get: () => {
        calls += 1;
        return get();
      },
    };
    const sessions = new SharedSessions(store, (failure) => failures.push(failure));
    expect(await sessions.find(helloWith({}), true)).toBeUndefined();
    expect(sessions.find(helloWith({}), true)).toBeUndefined();
    expect(calls).toBe(1);
    expect(sessions.failures).toEqual({ get: 1, set: 0 });
    expect(failures).toHaveLength(1);
  });

  it('is found in a store that takes no more of them, whose failures are told once in a minute', async () => {
    vi.useFakeTimers();
    const failures: Error[] = [];
    const store = { ...createMemoryResumptionStore(), set: () => Promise.reject(new Error('full')) };
    await store.add(`session:${Buffer.from(id).toString('hex')}`, content, 1000);
    const sessions = new SharedSessions(store, (failure) => failures.push(failure));
    for (let second = 0; second < 90; second += 1) {
      sessions.save({ id, content: Uint8Array.from(content) }, 10);
      await vi.advanceTimersByTimeAsync(1000);
    }
    expect(await sessions.find(helloWith({}), true)).toEqual(content);
    expect(sessions.failures).toEqual({ get: 0, set: 90 });
    expect(failures).toHaveLength(2);
  });

  it('is dropped when too many wait for the store', () => {
    let calls = 0;
    const store = {
      ...createMemoryResumptionStore(),
      set: () => {
        calls += 1;
        return new Promise<never>(() => {});
      },
    };
    const sessions = new SharedSessions(store, () => {});
    for (let round = 0; round < 1000; round++) sessions.save({ id, content: Uint8Array.from(content) }, 10);
    expect(calls).toBe(256);
  });
});
