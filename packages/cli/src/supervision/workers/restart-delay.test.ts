import { describe, expect, it } from 'vitest';
import { RestartDelay } from './restart-delay.js';

describe('how long a process that ends is left alone', () => {
  it('doubles while it ends soon, up to half a minute', () => {
    const delay = new RestartDelay();
    const waited = Array.from({ length: 8 }, () => delay.next(0));
    expect(waited).toEqual([0, 1000, 2000, 4000, 8000, 16_000, 30_000, 30_000]);
  });

  it('begins anew once it has lived long', () => {
    const delay = new RestartDelay();
    const waited = [0, 0, 0, 3_600_000, 0].map((age) => delay.next(age));
    expect(waited).toEqual([0, 1000, 2000, 0, 1000]);
  });
});
