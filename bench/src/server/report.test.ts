import { describe, expect, it } from 'vitest';
import type { Measurement } from './measurement.js';
import { OPERATIONS } from './operations.js';
import { type Repeat, reportOn } from './report.js';
import { formatReport, formatTable, shortBy } from './table.js';

const p256 = OPERATIONS.find(({ id }) => id === 'p-256')!;
const ping = OPERATIONS.find(({ id }) => id === 'ping')!;

function measured(rate: number, openssl?: number): Repeat {
  const server: Measurement = {
    rate,
    serverCpu: 1e6 / rate,
    clientCpu: 1,
    halfRate: rate / 2,
    p50: 0.5,
    p99: 6,
    verified: 10,
    protocol: 'TLSv1.3',
  };
  return { server, openssl: openssl === undefined ? undefined : { rate: openssl, cpu: 1e6 / openssl } };
}

describe('reportOn', () => {
  it('compares within a repeat, and only then takes the median', () => {
    // In the second repeat the machine was busy with something else.
    const { comparison } = reportOn(p256, [measured(90, 100), measured(9, 10), measured(95, 100)], false);
    expect(comparison?.ratio).toEqual({ median: 0.9, lowest: 0.9, highest: 0.95 });
    expect(comparison?.cpuRatio.median).toBeCloseTo(0.9);
  });

  it('holds it against the bar for crypto_mb where that is in use', () => {
    const bar = (multiBuffer: boolean) => reportOn(p256, [measured(90, 100)], multiBuffer).comparison?.bar;
    expect([bar(false), bar(true)]).toEqual([0.85, 3]);
  });

  it('has nothing to compare a ping with', () => {
    expect(reportOn(ping, [measured(90)], false).comparison).toBeUndefined();
  });
});

describe('reportOn what an operation takes alone', () => {
  it('says how much longer than a ping, in each repeat', () => {
    const repeats = [0.14, 0.17, 0.13].map((operation): Repeat => {
      const { server, openssl } = measured(90, 100);
      return { server: { ...server, alone: { ping: 0.1, operation } }, openssl };
    });
    const { alone } = reportOn(p256, repeats, false);
    expect(alone?.overPing.median).toBeCloseTo(40);
    expect(alone?.overPing.highest).toBeCloseTo(70);
    const line = formatReport([reportOn(p256, repeats, false)])
      .trimEnd()
      .split('\n')
      .at(-1);
    expect(line).toMatch(/^P-256.*<= 50 +met$/);
  });
});

describe('formatReport', () => {
  it('shows for every operation where it stands', () => {
    const text = formatReport([
      reportOn(ping, [measured(90_000)], false),
      reportOn(p256, [measured(68, 100), measured(68, 100)], false),
    ]);
    const lines = text.split('\n').filter((line) => line.startsWith('P-256'));
    expect(lines[0]).toMatch(/68\.0 \(68\.0\.\.68\.0\).*100 %/);
    expect(lines[1]).toMatch(/>= 0\.85 +short by 20 %$/);
    expect(lines[2]).toMatch(/p99 < 5 +not met$/);
    expect(text.split('\n').filter((line) => line.startsWith('ping'))).toHaveLength(2);
  });
});

describe('formatTable', () => {
  it('sets columns below each other', () => {
    expect(
      formatTable(
        ['', 'rate'],
        [
          ['a', '1'],
          ['longer', '22222', ''],
        ],
      ),
    ).toBe('        rate\na       1\nlonger  22222');
  });
});

describe('shortBy', () => {
  it.each([
    [1, 'met'],
    [1.5, 'met'],
    [0.999, 'short by 1 %'],
    [0.5, 'short by 50 %'],
  ])('%d of a bar: %s', (share, standing) => {
    expect(shortBy(share)).toBe(standing);
  });
});
