import type { ServerLoad } from '@latchkey/load';

type BatchSizes = NonNullable<ServerLoad['batchSizes']>;

/** How many batches of which size a key server has performed so far, from its metrics. */
export async function readBatchSizes(metricsUrl: string): Promise<BatchSizes> {
  const response = await fetch(metricsUrl);
  return parseBatchSizes(await response.text());
}

/** Reads `latchkey_batch_size` in the text form of Prometheus, whose buckets count all that is not above their bound. */
export function parseBatchSizes(text: string): BatchSizes {
  const buckets = [...text.matchAll(/^latchkey_batch_size_bucket\{.*?le="([^"]+)".*?\} (\d+)$/gm)];
  let counted = 0;
  return buckets.map(([, bound = '', count = '0']) => {
    const batches = Number(count) - counted;
    counted = Number(count);
    return { atMost: bound === '+Inf' ? null : Number(bound), batches };
  });
}

/** What came between two readings. */
export function batchesSince(before: BatchSizes, after: BatchSizes): BatchSizes {
  return after.map(({ atMost, batches }, index) => ({
    atMost,
    batches: batches - (before[index]?.batches ?? 0),
  }));
}
