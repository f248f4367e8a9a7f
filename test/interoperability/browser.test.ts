/// <reference lib="dom" />
import { createHash, X509Certificate } from 'node:crypto';
import { chromium, type Browser } from 'playwright-core';
import { connect } from 'node:tls';
import { once } from 'node:events';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { deploy, type Deployment } from '../support/deployment.js';
import { describeWith } from '../support/requirements.js';

const CHROMIUM = '/usr/bin/chromium';
const SITES = [
  { name: 'p256.localhost', keyAlgorithm: 'p-256' },
  { name: 'rsa.localhost', keyAlgorithm: 'rsa-2048' },
] as const;

describeWith('Chromium', [{ needs: CHROMIUM, debianPackage: 'chromium' }], () => {
  let deployment: Deployment;
  let browser: Browser;

  beforeAll(async () => {
    deployment = await deploy({ sites: SITES });
    const pins = await Promise.all(SITES.map(({ name }) => publicKeyPin(deployment.edge.port, name)));
    browser = await chromium.launch({
      executablePath: CHROMIUM,
      args: [
        '--no-sandbox',
        '--disable-gpu',
        '--disable-quic',
        '--no-first-run',
        '--disable-sync',
        '--disable-background-networking',
        '--disable-component-update',
        // Trust in exactly these keys, since the demo's authority is not in Chromium's store.
        `--ignore-certificate-errors-spki-list=${pins.join(',')}`,
      ],
    });
  });

  afterAll(async () => {
    await browser.close();
    await deployment.stop();
  });

  for (const { name } of SITES) {
    it(`loads the page of ${name} over h2 and TLS 1.3`, async () => {
      const page = await browser.newPage();
      const response = await page.goto(`https://${name}:${deployment.edge.port}/`);
      expect(await page.textContent('h1')).toBe('Hello from the origin');
      expect(await response?.securityDetails()).toMatchObject({ protocol: 'TLS 1.3', subjectName: name });
      const protocol = await page.evaluate(
        () => performance.getEntriesByType('navigation')[0]?.toJSON().nextHopProtocol,
      );
      expect(protocol).toBe('h2');
      await page.close();
    });
  }

  it('uploads and downloads 20 MB intact', async () => {
    const page = await browser.newPage();
    await page.goto(`https://p256.localhost:${deployment.edge.port}/`);
    const [sent, received] = await page.evaluate(async () => {
      const body = new Uint8Array(20_000_000).map((_, index) => (index * 2_654_435_761) >>> 13);
      const hash = async (bytes: BufferSource) =>
        [...new Uint8Array(await crypto.subtle.digest('SHA-256', bytes))].join();
      const response = await fetch('/', { method: 'POST', body });
      return [await hash(body), await hash(await response.arrayBuffer())];
    });
    expect(received).toBe(sent);
    await page.close();
  });
});

/** SHA-256 of the SubjectPublicKeyInfo of the certificate that a site shows, in base 64, as Chromium wants it. */
async function publicKeyPin(port: number, servername: string): Promise<string> {
  const socket = connect({ port, host: '127.0.0.1', servername, rejectUnauthorized: false });
  await once(socket, 'secureConnect');
  const { publicKey } = new X509Certificate(socket.getPeerCertificate().raw);
  socket.destroy();
  return createHash('sha256')
    .update(publicKey.export({ type: 'spki', format: 'der' }))
    .digest('base64');
}
