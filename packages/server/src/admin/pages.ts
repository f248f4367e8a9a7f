import { readFile } from 'node:fs/promises';
import { type AdminPages, type AdminResponse, json, METRICS_CONTENT_TYPE, plainText } from '@latchkey/admin';
import type { KeyServerReports } from './reports.js';

/** The pages of a key server's admin endpoint. */
export function adminPages(reports: KeyServerReports): AdminPages {
  return new Map<string, () => AdminResponse | Promise<AdminResponse>>([
    ['/metrics', async () => ({ contentType: METRICS_CONTENT_TYPE, body: await reports.metrics() })],
    ['/healthz', () => plainText(200, 'alive')],
    [
      '/readyz',
      async () => {
        const report = await reports.readiness();
        return json(report, report.ready ? 200 : 503);
      },
    ],
    ['/keys', async () => json({ keys: await reports.keys() })],
    ['/status.json', async () => json(await reports.status())],
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
