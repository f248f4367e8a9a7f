import { type CollectedMetric, histogramSamples } from '@latchkey/admin';
import type { ExchangeRecord } from '@latchkey/edge';
import { DoublingHistogram } from '@latchkey/metrics';

/** Counts what became of requests, by origin. */
export class ExchangeRecorder {
  readonly #origins = new Map<string, OriginSeries>();

  record({ origin, outcome, status, answeredAfter }: ExchangeRecord): void {
    const series = this.#seriesOf(origin);
    const result = `${outcome} ${statusClass(status)}`;
    series.results.set(result, (series.results.get(result) ?? 0) + 1);
    if (answeredAfter !== undefined) series.answers.record(answeredAfter / MILLISECONDS);
  }

  metrics(): CollectedMetric[] {
    const origins = this.#origins;
    return [
      {
        name: 'latchkey_edge_requests_total',
        help: 'Requests that are over, by the origin asked last, what became of them, and the class of their status.',
        type: 'counter',
        collect: function* () {
          for (const [origin, { results }] of origins) {
            for (const [result, value] of results) {
              const [outcome = '', status = ''] = result.split(' ');
              yield { labels: { origin, outcome, status }, value };
            }
          }
        },
      },
      {
        name: 'latchkey_edge_origin_answer_seconds',
        help: 'Time from the header of a request to that of the final answer, by origin.',
        type: 'histogram',
        collect: function* () {
          for (const [origin, { answers }] of origins)
            yield* histogramSamples('latchkey_edge_origin_answer_seconds', answers.snapshot(), { origin });
        },
      },
    ];
  }

  #seriesOf(origin: string): OriginSeries {
    const series = this.#origins.get(origin) ?? {
      results: new Map<string, number>(),
      answers: new DoublingHistogram(ANSWER_BUCKETS),
    };
    this.#origins.set(origin, series);
    return series;
  }
}

interface OriginSeries {
  /** By outcome and class of the status. */
  readonly results: Map<string, number>;
  /** In seconds. */
  readonly answers: DoublingHistogram;
}

const MILLISECONDS = 1000;
/** In seconds: half a millisecond to a minute. */
const ANSWER_BUCKETS = { firstBound: 0.0005, count: 18 };

function statusClass(status: number | undefined): string {
  return status === undefined ? 'none' : `${Math.floor(status / 100)}xx`;
}
