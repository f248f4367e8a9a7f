/// <reference lib="dom" />
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import type { Report } from '@latchkey/load';
import { chromium } from 'playwright-core';
import { expect, it } from 'vitest';
import { temporaryFolder } from '../cli/support.js';
import { describeWith } from '../support/requirements.js';
import { runCommand } from '../support/run-command.js';

const SUITE = fileURLToPath(new URL('../../bench/dist/suite.js', import.meta.url));
const CHROMIUM = '/usr/bin/chromium';

describeWith(
  'npm run bench',
  [
    { needs: CHROMIUM, debianPackage: 'chromium' },
    { needs: 'openssl', debianPackage: 'openssl' },
  ],
  () => {
    it('measures all, and draws it on a page that needs nothing else', { timeout: 180_000 }, async () => {
      const folder = temporaryFolder();
      const [html, json] = [join(folder, 'report.html'), join(folder, 'report.json')];
      const short = ['--repeats', '1', '--seconds', '0.2', '--seed', '9', '--html', html, '--json', json];
      const { exitCode, output, errors } = await runCommand(process.execPath, [SUITE, ...short]);
      expect(exitCode, errors).toBe(0);

      const report = JSON.parse(readFileSync(json, 'utf8')) as Report;
      expect(report).toMatchObject({ format: 'latchkey-bench-1', seed: 9 });
      expect(report.environment.versions).toMatchObject({ node: process.version });
      const ids = report.measurements.map(({ id }) => id);
      expect(ids).toEqual(expect.arrayContaining(EXPECTED));
      for (const { id, title, server, result, refusal } of report.measurements) {
        expect(server?.cpuPerOperation[0], id).toBeGreaterThan(0);
        // On a busy machine the generators may be too slow.
        expect(result?.failed ?? refusal, id).toSatisfy(
          (found) => found === 0 || /generator/.test(String(found)),
        );
        expect(output.toString()).toContain(title);
      }
      const overKssl2 = report.measurements.find(({ id }) => id === 'key server p-256-kssl2');
      expect(overKssl2?.result?.protocol ?? 'no result, kssl2').toMatch(/ kssl2$/);

      const browser = await chromium.launch({
        executablePath: CHROMIUM,
        args: ['--no-sandbox', '--disable-gpu'],
      });
      for (const colorScheme of ['light', 'dark'] as const) {
        const page = await browser.newPage({ colorScheme });
        const complaints: string[] = [];
        const asked: string[] = [];
        page.on('pageerror', (error) => complaints.push(error.message));
        page.on('console', (message) => complaints.push(message.text()));
        page.on('request', (request) => asked.push(request.url()));
        await page.goto(pathToFileURL(html).href);
        await page.waitForSelector('canvas');
        expect(complaints).toEqual([]);
        expect(asked.filter((url) => !url.startsWith('data:'))).toEqual([pathToFileURL(html).href]);
        const headings = await page.locator('h2').allTextContents();
        expect(headings).toEqual(
          expect.arrayContaining(['Latency over load', 'Percentiles', 'Who worked', 'Batch sizes']),
        );
        expect(await page.locator('td', { hasText: /^RSA-4096/ }).count()).toBe(1);
        expect(await page.evaluate(hasInk)).toBe(true);
        await page.close();
      }
      await browser.close();
    });
  },
);

const EXPECTED = [
  ...['ping', 'rsa-2048', 'p-256', 'p-384', 'ed25519'].map((operation) => `key server ${operation}`),
  'edge TLSv1.3 p-256 full',
  'edge TLSv1.2 p-256 resumed',
  'distance 0 full',
  'distance 200 resumed',
];

/** Whether something is drawn on every plot. */
function hasInk(): boolean {
  return [...document.querySelectorAll('canvas')].every((canvas) => {
    const pixels = canvas.getContext('2d')!.getImageData(0, 0, canvas.width, canvas.height).data;
    return pixels.some((value) => value !== 0);
  });
}
