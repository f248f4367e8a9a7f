import { describe, expect, it } from 'vitest';
import { createMemoryResumptionStore } from './memory-resumption-store.js';
import type { ResumptionStore } from './resumption-store.js';
import { TicketKeyRotation } from './ticket-key-rotation.js';

const INTERVAL = 3_600_000;

/** The rotation of one edge, with a clock that stands still unless it is set. */
class Edge {
  now = 1000 * INTERVAL;
  readonly storeStates: (string | undefined)[] = [];
  announced: readonly Uint8Array[] | undefined;
  readonly rotation: TicketKeyRotation;

  constructor(store?: ResumptionStore) {
    this.rotation = new TicketKeyRotation({
      interval: INTERVAL,
      store,
      onKeys: (keys) => (this.announced = keys),
      onStoreState: (failure) => this.storeStates.push(failure?.message),
      now: () => this.now,
    });
  }

  /** In hexadecimal, the first being the one for new tickets. */
  get keys(): string[] {
    return this.rotation.keys.map((key) => Buffer.from(key).toString('hex'));
  }

  async at(periods: number): Promise<this> {
    this.now = (1000 + periods) * INTERVAL;
    this.rotation.tick();
    await this.rotation.refresh();
    return this;
  }
}

/** A store that can be told to fail or to forget. */
function fragileStore() {
  let store = createMemoryResumptionStore();
  const state = { fails: false };
  const call = <Result>(operation: (store: ResumptionStore) => Promise<Result>): Promise<Result> =>
    state.fails ? Promise.reject(new Error('the store is away')) : operation(store);
  return Object.assign(state, {
    forget: () => (store = createMemoryResumptionStore()),
    get: (key: string) => call((inner) => inner.get(key)),
    set: (key: string, value: Uint8Array, lifetime: number) =>
      call((inner) => inner.set(key, value, lifetime)),
    add: (key: string, value: Uint8Array, lifetime: number) =>
      call((inner) => inner.add(key, value, lifetime)),
  });
}

describe('ticket keys', () => {
  it('are there from the beginning: that of now and the next', () => {
    const { keys } = new Edge();
    expect(keys).toHaveLength(2);
    expect(keys[0]).toHaveLength(160);
    expect(keys[0]).not.toBe(keys[1]);
  });

  it('follow each other, and the previous is still accepted', async () => {
    const edge = new Edge();
    const [first, second] = edge.keys;
    await edge.at(1);
    expect(edge.keys[0]).toBe(second);
    expect(edge.keys[2]).toBe(first);
    expect(edge.announced).toEqual(edge.rotation.keys);
    await edge.at(2);
    expect(edge.keys).toHaveLength(3);
    expect(edge.keys).not.toContain(first);
  });

  it('that are accepted no more are wiped, a leap in time included', async () => {
    const edge = new Edge();
    const held = edge.rotation.keys;
    await edge.at(7);
    for (const key of held) expect(key.every((byte) => byte === 0)).toBe(true);
    await edge.at(0);
    expect(edge.announced).toEqual(edge.rotation.keys);
    for (const key of edge.rotation.keys) expect(key.some((byte) => byte !== 0)).toBe(true);
  });

  it('do not change while nothing is due', async () => {
    const edge = new Edge(createMemoryResumptionStore());
    await edge.rotation.refresh();
    edge.announced = undefined;
    await edge.at(0.5);
    expect(edge.announced).toBeUndefined();
  });
});

describe('ticket keys in a store', () => {
  it('are the same for all edges, at once and later', async () => {
    const store = createMemoryResumptionStore();
    const [a, b] = [new Edge(store), new Edge(store)];
    for (const period of [0, 1, 2, 5]) {
      await a.at(period);
      await b.at(period);
      expect(b.keys[0]).toBe(a.keys[0]);
    }
  });

  it('are accepted by an edge that was there before them under its own too', async () => {
    const store = createMemoryResumptionStore();
    await new Edge(store).rotation.refresh();
    const late = new Edge(store);
    const [own] = late.keys;
    await late.rotation.refresh();
    expect(late.keys[0]).not.toBe(own);
    expect(late.keys).toContain(own);
    expect(late.announced).toEqual(late.rotation.keys);
  });

  it('of the previous period are known to an edge that has just started', async () => {
    const store = createMemoryResumptionStore();
    const veteran = await new Edge(store).at(0);
    const [previous] = veteran.keys;
    const newcomer = new Edge(store);
    newcomer.now = veteran.now + INTERVAL;
    await newcomer.rotation.refresh();
    expect(newcomer.keys).toContain(previous);
  });

  it('are made by each edge for itself while the store is away, and shared when it is back', async () => {
    const store = fragileStore();
    const [a, b] = [await new Edge(store).at(0), await new Edge(store).at(0)];
    store.fails = true;
    await a.at(1);
    await b.at(1);
    expect(b.keys[0]).toBe(a.keys[0]);
    await a.at(2);
    await b.at(2);
    const alone = b.keys[0];
    expect(alone).not.toBe(a.keys[0]);
    store.fails = false;
    await a.at(2.1);
    await b.at(2.1);
    expect(b.keys[0]).toBe(a.keys[0]);
    expect(b.keys).toContain(alone);
    expect(b.storeStates).toEqual(['the store is away', undefined]);
  });

  it('are put back into a store that has forgotten them', async () => {
    const store = fragileStore();
    const a = await new Edge(store).at(0);
    store.forget();
    await a.at(0.1);
    expect((await new Edge(store).at(0.2)).keys[0]).toBe(a.keys[0]);
  });

  it('of another length are not used', async () => {
    const edge = new Edge({ ...fragileStore(), add: async () => new Uint8Array(48) });
    const [own] = edge.keys;
    await edge.rotation.refresh();
    expect(edge.keys[0]).toBe(own);
    expect(edge.storeStates).toEqual(['a ticket key has another length']);
  });

  it('stay few, whatever the store says', async () => {
    const store = fragileStore();
    const edge = await new Edge(store).at(0);
    for (let round = 0; round < 20; round++) {
      store.forget();
      await new Edge(store).rotation.refresh();
      await edge.at(0);
    }
    expect(edge.keys.length).toBeLessThanOrEqual(12);
  });
});
