import { describe, expect, it } from 'vitest';
import { callTreeOf, type CpuProfile, hottest } from './call-tree.js';

function frame(functionName: string, url = 'file:///srv/packages/server/dist/listener.js') {
  return { functionName, url, lineNumber: 9 };
}

const profile: CpuProfile = {
  nodes: [
    { id: 1, callFrame: frame('(root)', ''), children: [2, 3, 5] },
    { id: 2, callFrame: frame('(idle)', '') },
    { id: 3, callFrame: frame('read'), children: [4] },
    { id: 4, callFrame: frame('decode') },
    { id: 5, callFrame: frame('decode') },
  ],
  samples: [2, 3, 4, 4, 5],
  timeDeltas: [10_000, 1000, 2000, 2000, 3000],
};

describe('callTreeOf', () => {
  it('gives each call its own time and that of what it called, the longest first', () => {
    expect(callTreeOf(profile)).toMatchObject({
      name: '(root)',
      self: 0,
      total: 18,
      calls: [
        { name: '(idle)', total: 10 },
        { name: 'read', self: 1, total: 5, calls: [{ name: 'decode', self: 4 }] },
        { name: 'decode', self: 3, place: 'packages/server/dist/listener.js:10' },
      ],
    });
  });

  it('leaves out what took next to no time', () => {
    const { calls } = callTreeOf({ ...profile, timeDeltas: [1e7, 1, 1, 1, 1] });
    expect(calls.map(({ name }) => name)).toEqual(['(idle)']);
  });
});

describe('hottest', () => {
  it('counts a function wherever it was called from, and no idle time', () => {
    expect(hottest(profile, 1)).toEqual([
      { name: 'decode', place: 'packages/server/dist/listener.js:10', self: 7 },
    ]);
    expect(hottest(profile, 10).map(({ name }) => name)).toEqual(['decode', 'read']);
  });
});
