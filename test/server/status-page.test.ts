/// <reference lib="dom" />
import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { chromium, type Browser, type BrowserContextOptions, type Page } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { describeWith } from '../support/requirements.js';
import { startKeyServer, type TestKeyServer } from './support.js';

const CHROMIUM = '/usr/bin/chromium';

describeWith('the status page in Chromium', [{ needs: CHROMIUM, debianPackage: 'chromium' }], () => {
  let keyServer: TestKeyServer;
  let browser: Browser;

  beforeAll(async () => {
    const keys = [
      generateKeyPairSync('rsa', { modulusLength: 2048 }),
      generateKeyPairSync('ec', { namedCurve: 'P-256' }),
      generateKeyPairSync('ed25519'),
    ];
    keyServer = await startKeyServer(
      keys.map(({ privateKey }) => privateKey),
      '',
      { admin: 'metrics_port: 0' },
    );
    browser = await chromium.launch({
      executablePath: CHROMIUM,
      args: ['--no-sandbox', '--disable-gpu', '--no-first-run', '--disable-background-networking'],
    });
  });

  afterAll(async () => {
    await browser.close();
    await keyServer.close();
  });

  /** Opens the page; `complaints` are what the browser's console says against it. */
  async function open(options?: BrowserContextOptions): Promise<{ page: Page; complaints: string[] }> {
    const page = await browser.newPage(options);
    const complaints: string[] = [];
    page.on('console', (message) => {
      if (['error', 'warning'].includes(message.type())) complaints.push(message.text());
    });
    page.on('pageerror', (error) => complaints.push(error.message));
    await page.goto(`http://127.0.0.1:${keyServer.server.adminAddress!.port}/`);
    await page.waitForSelector('#state:text("ready")');
    return { page, complaints };
  }

  /** Has the server sign; the last key is the Ed25519 one. */
  async function sign(times: number): Promise<void> {
    const edge = await keyServer.connect();
    const key = [...keyServer.server.keys].at(-1)!;
    for (let time = 0; time < times; time++) {
      const operation = { type: 'sign_message', scheme: 'ed25519', message: randomBytes(32) } as const;
      await edge.ask({ key: { ski: key.ski }, operation });
    }
    edge.socket.destroy();
  }

  it('shows keys, certificates and, as they are performed, operations', async () => {
    const { page, complaints } = await open();
    await page.waitForSelector('#keys code');
    expect(await page.locator('#keys code').allTextContents()).toEqual(
      [...keyServer.server.keys].map(({ ski }) => Buffer.from(ski).toString('hex')),
    );
    expect(await page.locator('#certificates').textContent()).toContain('CN=key server');
    expect(await page.locator('#operations tbody').textContent()).toBe('none yet');
    await sign(7);
    const row = page.locator('#operations tbody tr', { hasText: 'ed25519' });
    await row.waitFor();
    expect(await row.locator('td').nth(2).textContent()).toBe('7');
    await sign(4);
    await row.locator('td:text-is("11")').waitFor();
    expect(await page.locator('[data-figure="p99"]').textContent()).toMatch(/^[\d.]+ (µs|ms|s)$/);
    expect(await page.locator('#problems').isVisible()).toBe(false);
    expect(complaints).toEqual([]);
    await page.close();
  });

  it.each(['light', 'dark'] as const)('fits a narrow screen, in %s colours', async (colorScheme) => {
    const { page, complaints } = await open({ colorScheme, viewport: { width: 320, height: 640 } });
    await page.waitForSelector('#keys code');
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(320);
    const [text, background] = await page.evaluate(() => {
      const { color, backgroundColor } = getComputedStyle(document.body);
      return [color, backgroundColor].map((value) =>
        [...value.matchAll(/\d+/g)].slice(0, 3).reduce((sum, [number]) => sum + Number(number), 0),
      );
    });
    expect(Math.sign(text! - background!)).toBe(colorScheme === 'dark' ? 1 : -1);
    expect(complaints).toEqual([]);
    await page.close();
  });
});
