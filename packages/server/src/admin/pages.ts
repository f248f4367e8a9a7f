import { readFile } from 'node:fs/promises';
import { type AdminPages, type AdminResponse, json, plainText } from '@latchkey/admin';
import type { StoredKey } from '../keys/key-store.js';
import type { MetricSources } from '../metrics/metric-sources.js';
import { ServerMetrics } from '../metrics/server-metrics.js';
import { keyFactsOf } from './key-facts.js';
import type { Readiness } from './readiness.js';
import { serverStatus } from './server-status.js';

/** What the pages of a key server show. */
export interface PageSources extends MetricSources {
  readonly readiness: Readiness;
  readonly keys: () => Iterable<StoredKey>;
}

/** The pages of a key server's admin endpoint. */
export function adminPages(sources: PageSources): AdminPages {
  const metrics = new ServerMetrics(sources);
  const { readiness } = sources;
  return new Map<string, () => AdminResponse | Promise<AdminResponse>>([
    ['/metrics', async () => ({ contentType: metrics.contentType, body: await metrics.write() })],
    ['/healthz', () => plainText(200, 'alive')],
    [
      '/readyz',
      async () => {
        const report = await readiness.report();
        return json(report, report.ready ? 200 : 503);
      },
    ],
    ['/keys', () => json({ keys: Array.from(sources.keys(), keyFactsOf) })],
    ['/status.json', () => json(serverStatus(sources, readiness.current()))],
    ['/', () => asset('index.html', 'text/html; charset=utf-8')],
    ['/style.css', () => asset('style.css', 'text/css; charset=utf-8')],
    ['/script.js', () => asset('script.js', 'text/javascript; charset=utf-8')],
    ['/icon.svg', () => asset('icon.svg', 'image/svg+xml')],
  ]);
}

async function asset(file: string, contentType: string): Promise<AdminResponse> {
  return { contentType, body: await readFile(new URL(file, ASSETS)) };
}

/** The same folder seen from the sources and from what is built of them. */
const ASSETS = new URL('../../assets/status-page/', import.meta.url);
