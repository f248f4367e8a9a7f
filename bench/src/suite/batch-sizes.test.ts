import { expect, it } from 'vitest';
import { batchesSince, parseBatchSizes } from './batch-sizes.js';

const METRICS = `# TYPE latchkey_batch_size histogram
latchkey_batch_size_bucket{le="1"} 4
latchkey_batch_size_bucket{le="2"} 4
latchkey_batch_size_bucket{le="4"} 9
latchkey_batch_size_bucket{le="+Inf"} 10
latchkey_batch_size_sum 40
latchkey_batch_size_count 10
`;

it('reads how many batches had which size, and what came between two readings', () => {
  const sizes = parseBatchSizes(METRICS);
  expect(sizes).toEqual([
    { atMost: 1, batches: 4 },
    { atMost: 2, batches: 0 },
    { atMost: 4, batches: 5 },
    { atMost: null, batches: 1 },
  ]);
  const later = sizes.map((size) => ({ ...size, batches: size.batches + 3 }));
  expect(batchesSince(sizes, later).map(({ batches }) => batches)).toEqual([3, 3, 3, 3]);
  expect(batchesSince([], sizes)).toEqual(sizes);
  expect(parseBatchSizes('')).toEqual([]);
});
