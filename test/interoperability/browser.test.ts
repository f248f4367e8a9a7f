/// <reference lib="dom" />
import { createHash, X509Certificate } from 'node:crypto';
import { chromium, type Browser, type Page } from 'playwright-core';
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
  let pins: readonly string[];

  beforeAll(async () => {
    deployment = await deploy({ sites: SITES });
    pins = await Promise.all(SITES.map(({ name }) => publicKeyPin(deployment.edge.port, name)));
    browser = await launch();
  });

  afterAll(async () => {
    await browser.close();
    await deployment.stop();
  });

  /** A browser that trusts in exactly the sites' keys, since their authority is not in its store. */
  function launch(...moreArguments: readonly string[]): Promise<Browser> {
    return chromium.launch({
      executablePath: CHROMIUM,
      args: [
        '--no-sandbox',
        '--disable-gpu',
        '--disable-quic',
        '--no-first-run',
        '--disable-sync',
        '--disable-background-networking',
        '--disable-component-update',
        `--ignore-certificate-errors-spki-list=${pins.join(',')}`,
        ...moreArguments,
      ],
    });
  }

  it('loads a page over http/1.1 where it does without h2', async () => {
    const withoutHttp2 = await launch('--disable-http2');
    const page = await withoutHttp2.newPage();
    await page.goto(`https://p256.localhost:${deployment.edge.port}/`);
    expect(await page.textContent('h1')).toBe('Hello from the origin');
    expect(await protocolOf(page)).toBe('http/1.1');
    await withoutHttp2.close();
  });

  for (const { name } of SITES) {
    it(`loads the page of ${name} over h2 and TLS 1.3`, async () => {
      const page = await browser.newPage();
      const response = await page.goto(`https://${name}:${deployment.edge.port}/`);
      expect(await page.textContent('h1')).toBe('Hello from the origin');
      expect(await response?.securityDetails()).toMatchObject({ protocol: 'TLS 1.3', subjectName: name });
      expect(await protocolOf(page)).toBe('h2');
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

/** What the page came over, by its name in ALPN. */
function protocolOf(page: Page): Promise<string> {
  return page.evaluate(() => {
    const [navigation] = performance.getEntriesByType('navigation') as PerformanceNavigationTiming[];
    return navigation?.nextHopProtocol ?? '';
  });
}

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
