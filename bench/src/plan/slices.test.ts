import { expect, it } from 'vitest';
import { followingRate } from './slices.js';

it('the rate follows the machine until the key server is as busy as it is to be', () => {
  // The machine becomes slower for good: an operation takes 1.3 ms of its processor, where it took 1.
  let rate = 600;
  for (let slice = 0; slice < 6; slice += 1)
    rate = followingRate(0.6, { asked: { rate }, served: { busy: (rate * 1.3) / 1000 } });
  expect((rate * 1.3) / 1000).toBeCloseTo(0.6, 2);
});

it('one slice in which a machine is slow does not change the rate as much', () => {
  expect(followingRate(0.8, { asked: { rate: 1000 }, served: { busy: 0.9 } })).toBeGreaterThan(
    1000 * (0.8 / 0.9) + 40,
  );
});
