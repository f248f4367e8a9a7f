import { describe, expect, it } from 'vitest';
import type { Channel } from './channel.js';
import { chooseTarget, type Tiers } from './choice.js';
import type { KeyServer } from './key-server.js';

interface State {
  readonly latency?: number;
  readonly inFlight?: number;
  readonly weight?: number;
  readonly silence?: number;
  readonly isResting?: boolean;
  /** Whether it has a connection with room. */
  readonly isReady?: boolean;
}

/** As much of a key server as is looked at to choose one. */
function keyServer(name: string, state: State = {}): KeyServer {
  const { latency, inFlight = 0, weight = 1, silence = 0, isResting = false, isReady = true } = state;
  const channel = { silence: () => silence } as Partial<Channel> as Channel;
  const all = {
    name,
    weight,
    inFlight,
    latency: { at: () => latency },
    health: { isResting },
    channelFor: (longestSilence: number) => (isReady && silence <= longestSilence ? channel : undefined),
  };
  return all as unknown as KeyServer;
}

function choose(groups: readonly Tiers[], { onlyHealthy = true, random = 0 } = {}): string | undefined {
  const options = { onlyHealthy, patience: 20, now: 0, random };
  return chooseTarget(groups, () => true, options)?.keyServer.name;
}

/** How many of a hundred operations go where. */
function shares(tiers: Tiers): Record<string, number> {
  const counts: Record<string, number> = {};
  for (let random = 0.005; random < 1; random += 0.01) {
    const name = choose([tiers], { random }) ?? 'none';
    counts[name] = (counts[name] ?? 0) + 1;
  }
  return counts;
}

describe('chooseTarget', () => {
  it('chooses by what is in flight times the latency', () => {
    const slow = keyServer('slow', { latency: 10, inFlight: 1 });
    expect(choose([[[slow, keyServer('fast', { latency: 2, inFlight: 5 })]]])).toBe('fast');
    expect(choose([[[slow, keyServer('fast', { latency: 2, inFlight: 30 })]]])).toBe('slow');
  });

  it('takes turns by chance where waits are about equal, in proportion to the weights', () => {
    const tier = [
      keyServer('a', { latency: 2, weight: 3 }),
      keyServer('b', { latency: 2.5, weight: 1 }),
      keyServer('c', { latency: 9, weight: 4 }),
    ];
    expect(shares([tier])).toEqual({ a: 75, b: 25 });
  });

  it('keeps what is in flight in proportion to the weights as well', () => {
    const heavy = keyServer('heavy', { weight: 4, inFlight: 20 });
    expect(choose([[[heavy, keyServer('light', { weight: 1, inFlight: 9 })]]])).toBe('heavy');
    expect(choose([[[heavy, keyServer('light', { weight: 1, inFlight: 2 })]]])).toBe('light');
  });

  it('takes one that has not been measured for as good as the best', () => {
    const tier = [keyServer('slow', { latency: 30 }), keyServer('fast', { latency: 3 }), keyServer('new')];
    expect(shares([tier])).toEqual({ fast: 50, new: 50 });
  });

  it('looks at a tier only when none before it has a server to offer', () => {
    const spare = [keyServer('spare', { latency: 1 })];
    expect(choose([[[keyServer('first', { latency: 50, inFlight: 90 })], spare]])).toBe('first');
    expect(choose([[[keyServer('first', { isReady: false })], spare]])).toBe('spare');
    expect(choose([[[keyServer('first', { silence: 50 })], spare]])).toBe('spare');
  });

  it('looks at the tiers of each listing by themselves', () => {
    const one: Tiers = [[keyServer('one', { latency: 9 })], [keyServer('spare', { latency: 1 })]];
    expect(choose([one, [[keyServer('two', { latency: 2 })]]])).toBe('two');
  });

  it('leaves out the silent and the resting, unless it is told to take anyone', () => {
    const groups = [[[keyServer('silent', { silence: 41 }), keyServer('resting', { isResting: true })]]];
    expect(choose(groups)).toBeUndefined();
    expect(choose(groups, { onlyHealthy: false })).toBe('resting');
  });

  it('bears with the silence of one that is far away', () => {
    expect(choose([[[keyServer('far', { latency: 100, silence: 150 })]]])).toBe('far');
  });

  it('expects little of one that is silent for longer than usual', () => {
    const tier = [keyServer('quiet', { latency: 1, silence: 30 }), keyServer('slow', { latency: 15 })];
    expect(choose([[tier]])).toBe('slow');
  });

  it('chooses nobody where nobody is wanted', () => {
    expect(
      chooseTarget([[[keyServer('a')]]], () => false, {
        onlyHealthy: false,
        patience: 20,
        now: 0,
        random: 0,
      }),
    ).toBeUndefined();
  });
});
