import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Connections } from './connections.js';

const MEMBERS = [{ name: 'a' }, { name: 'b' }, { name: 'c' }];
type Member = (typeof MEMBERS)[number];

function connect(connections: Connections<Member>, members: readonly Member[] = MEMBERS): [Member, number] {
  const member = connections.leastOf(members);
  if (member === undefined) throw new Error('nobody serves');
  return [member, connections.begin(member, () => {})];
}

describe('who serves the next connection', () => {
  it('takes turns while all have as many', () => {
    const connections = new Connections<Member>();
    const names = Array.from({ length: 6 }, () => connect(connections)[0].name);
    expect(names).toEqual(['a', 'b', 'c', 'a', 'b', 'c']);
  });

  it('is never one more than another has, whoever comes, as long as nobody leaves', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 50 }), (count) => {
        const connections = new Connections<Member>();
        for (let index = 0; index < count; index += 1) connect(connections);
        const counts = MEMBERS.map((member) => connections.countOf(member));
        expect(Math.max(...counts) - Math.min(...counts)).toBeLessThanOrEqual(1);
      }),
    );
  });

  it('is whom others have left', () => {
    const connections = new Connections<Member>();
    const served = Array.from({ length: 9 }, () => connect(connections));
    for (const [member, id] of served) if (member.name === 'b') connections.end(member, id);
    const names = Array.from({ length: 3 }, () => connect(connections)[0].name);
    expect(names).toEqual(['b', 'b', 'b']);
  });

  it('is nobody where nobody serves', () => {
    expect(new Connections<Member>().leastOf([])).toBeUndefined();
  });
});

describe('connections of a process that has ended', () => {
  it('are gone, each told once', () => {
    const connections = new Connections<Member>();
    const [member] = MEMBERS as [Member];
    let gone = 0;
    const first = connections.begin(member, () => (gone += 1));
    connections.begin(member, () => (gone += 1));
    connections.end(member, first);
    connections.end(member, first);
    connections.endAll(member);
    expect([gone, connections.countOf(member)]).toEqual([2, 0]);
  });
});

describe('a process that has come anew', () => {
  it('gets its share of what the others have', () => {
    const connections = new Connections<Member>();
    const others = MEMBERS.slice(0, 2);
    for (let index = 0; index < 9; index += 1) connect(connections, others);
    expect(connections.excessOf(MEMBERS).map(([{ name }, count]) => [name, count])).toEqual([
      ['a', 2],
      ['b', 1],
    ]);
  });
});
