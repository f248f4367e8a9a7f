import { describe, expect, it } from 'vitest';
import { OPERATIONS } from './operations.js';
import { parseOptions } from './options.js';

describe('parseOptions', () => {
  it('repeats at least 5 times when it is not told to be quick', () => {
    const options = parseOptions([]);
    expect(options.repeats).toBeGreaterThanOrEqual(5);
    expect(options.operations).toEqual(OPERATIONS);
    expect(parseOptions(['--quick']).repeats).toBeLessThan(options.repeats);
  });

  it('measures what it is told to, in the order of the table', () => {
    const { operations, ...others } = parseOptions(
      '--operations ed25519,ping --repeats 5 --seconds 2.5 --seed 7 --json /tmp/report.json'.split(' '),
    );
    expect(operations.map(({ id }) => id)).toEqual(['ping', 'ed25519']);
    expect(others).toEqual({
      repeats: 5,
      seconds: 2.5,
      opensslSeconds: 3,
      seed: 7,
      jsonFile: '/tmp/report.json',
    });
  });

  it.each([
    ['--quik', '--quik'],
    ['--repeats', '--repeats'],
    ['--repeats=0', 'from 1'],
    ['--repeats=1.5', 'whole'],
    ['--seconds=', 'number'],
    ['--seconds=long', 'number'],
    ['--seed=-1', 'from 0'],
    ['--operations=ping,dsa', 'dsa is not one of ping, rsa-2048'],
    ['surplus', 'surplus'],
  ])('says what is wrong with %s', (argument, reason) => {
    expect(() => parseOptions([argument])).toThrow(
      expect.objectContaining({
        code: 'LATCHKEY_BENCHMARK_FAILED',
        message: expect.stringContaining(reason),
      }),
    );
  });
});
