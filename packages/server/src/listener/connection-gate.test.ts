import { describe, expect, it } from 'vitest';
import { ConnectionGate } from './connection-gate.js';

const BOUNDS = { maximumInFlight: 1, maximumConnections: 3, maximumNewConnectionsPerSecond: 10 };

describe('ConnectionGate', () => {
  it('lets in as many as there may be, and another one for each that leaves', () => {
    const gate = new ConnectionGate(BOUNDS);
    expect([1, 2, 3, 4].map(() => gate.enter(0))).toEqual([
      undefined,
      undefined,
      undefined,
      'TOO_MANY_CONNECTIONS',
    ]);
    gate.leave();
    expect(gate.enter(0)).toBeUndefined();
    expect(gate.enter(0)).toBe('TOO_MANY_CONNECTIONS');
  });

  it("lets in two seconds' worth at once, and then as many in a second as may come", () => {
    const gate = new ConnectionGate({ ...BOUNDS, maximumConnections: 1000 });
    const enter = (now: number) =>
      Array.from({ length: 50 }, () => gate.enter(now)).filter((why) => why === undefined);
    expect(enter(0)).toHaveLength(20);
    expect(gate.enter(0)).toBe('TOO_MANY_NEW_CONNECTIONS');
    expect(enter(500)).toHaveLength(5);
    expect(enter(10_000)).toHaveLength(20);
  });
});
