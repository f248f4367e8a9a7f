import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { chromium } from 'playwright-core';
import { expect, it } from 'vitest';
import { temporaryFolder } from '../cli/support.js';
import { describeWith } from '../support/requirements.js';
import { runCommand } from '../support/run-command.js';

const PROFILE = fileURLToPath(new URL('../../bench/dist/profile.js', import.meta.url));
const CHROMIUM = '/usr/bin/chromium';

describeWith('npm run profile', [{ needs: CHROMIUM, debianPackage: 'chromium' }], () => {
  it(
    'shows what every thread of a key server did, on a page that needs nothing else',
    { timeout: 180_000 },
    async () => {
      const html = join(temporaryFolder(), 'profile.html');
      const words = ['server', '--operation', 'rsa-2048', '--seconds', '0.5', '--html', html];
      const { exitCode, output, errors } = await runCommand(process.execPath, [PROFILE, ...words]);
      expect(exitCode, errors).toBe(0);
      expect(output.toString()).toMatch(/^First thread\n/);

      const browser = await chromium.launch({
        executablePath: CHROMIUM,
        args: ['--no-sandbox', '--disable-gpu'],
      });
      const page = await browser.newPage();
      const complaints: string[] = [];
      page.on('pageerror', (error) => complaints.push(error.message));
      await page.goto(pathToFileURL(html).href);
      const headings = await page.locator('h2').allTextContents();
      expect(headings).toEqual(expect.arrayContaining(['The first thread', 'First thread', 'Thread 1']));
      // Where RSA is computed.
      await page
        .locator('td', { hasText: /^performBatch$/ })
        .first()
        .waitFor();
      await page.locator('.flame button').nth(1).click();
      expect(complaints).toEqual([]);
      await browser.close();
    },
  );

  it('says what is wrong with its command line', async () => {
    const { exitCode, errors } = await runCommand(process.execPath, [PROFILE, 'teapot']);
    expect(exitCode).toBe(1);
    expect(errors).toBe('profile: npm run profile -- server, or edge\n');
  });
});
