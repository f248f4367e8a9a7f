/// <reference lib="dom" />
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { chromium } from 'playwright-core';
import { describeWith } from '../support/requirements.js';
import { latchkey, temporaryFolder } from './support.js';

const COST = (lane: string, microseconds: number) => ({ lane, batches: [{ size: 1, microseconds }] });
const CALIBRATION = {
  latchkeyCalibration: 3,
  date: '2026-11-22T12:00:00.000Z',
  node: 'v20.20.2',
  openssl: '3.0.19',
  processor: 'one that nobody has',
  multiBuffer: 'off',
  times: {
    turn: 40,
    wake: 20,
    request: 3,
    handover: 35,
    floor: 100,
    hop: 80,
    operations: { 'p-256': COST('inline', 20), 'rsa-2048': COST('short', 280) },
    pauses: { perSecond: 1, microseconds: [500, 2000] },
  },
};
const SCENARIO = `
target: { p99_ms: 60 }
sites:
  - { name: bank, handshakes_per_second: 5000, resumption: 0.5, keys: { p-256: 0.7, rsa-2048: 0.3 } }
machines:
  - { name: small, processors: 2 }
edges:
  - { region: europe, edges: 10, share: 1 }
key_servers:
  - region: frankfurt
  - region: virginia
round_trips_ms:
  europe: { frankfurt: 10, virginia: 40 }
`;

function files(scenario = SCENARIO, calibration: unknown = CALIBRATION) {
  const folder = temporaryFolder();
  const paths = {
    scenario: join(folder, 'scenario.yaml'),
    calibration: join(folder, 'machine.json'),
    json: join(folder, 'plan.json'),
  };
  writeFileSync(paths.scenario, scenario);
  writeFileSync(paths.calibration, JSON.stringify(calibration));
  return paths;
}

describe('latchkey plan', () => {
  it('says how many key servers it takes, where, and what is left when a region is lost', async () => {
    const { scenario, calibration, json } = files();
    const { exitCode, output, errors } = await latchkey(
      'plan',
      scenario,
      '--calibration',
      calibration,
      '--json',
      json,
    );
    expect({ exitCode, errors }).toEqual({ exitCode: 0, errors: '' });
    expect(output).toMatch(/^small: \d+ key servers with \d+ processors/m);
    expect(output).toContain('frankfurt is lost');
    expect(output).toMatch(/P-256 certificates in place of RSA +2,500 +\d+/);
    const { plan } = JSON.parse(readFileSync(json, 'utf8')) as { plan: { handshakes: number } };
    expect(plan.handshakes).toBe(5000);
  });

  it('exits with 1 and says why when the target cannot be kept', async () => {
    const { scenario, calibration } = files(SCENARIO.replace('p99_ms: 60', 'p99_ms: 30'));
    const { exitCode, output } = await latchkey('plan', scenario, '--calibration', calibration);
    expect(exitCode).toBe(1);
    expect(output).toContain('without frankfurt, edges in europe use virginia, 40 ms away');
  });

  it.each([
    [
      'a key that is not known',
      SCENARIO.replace('resumption', 'resumtion'),
      /:4:\d+: sites\.0\.resumtion: is not known: did you mean resumption\?/,
    ],
    [
      'a value out of range',
      SCENARIO.replace('resumption: 0.5', 'resumption: 50'),
      /:4:\d+: sites\.0\.resumption: must be a share from 0 to 1/,
    ],
    [
      'no distance',
      SCENARIO.replace(', virginia: 40', ''),
      /round_trips_ms does not say how far it is from europe to virginia/,
    ],
  ])('refuses a scenario with %s and says where', async (_, scenario, message) => {
    const paths = files(scenario);
    const { exitCode, errors } = await latchkey('plan', paths.scenario, '--calibration', paths.calibration);
    expect(exitCode).toBe(2);
    expect(errors).toMatch(message);
  });

  it.each([
    ['something else', { a: 1 }],
    ['one of another version', { ...CALIBRATION, latchkeyCalibration: 2 }],
    ['nothing', ''],
  ])('refuses %s in place of a calibration', async (_, calibration) => {
    const paths = files(SCENARIO, calibration);
    const { exitCode, errors } = await latchkey('plan', paths.scenario, '--calibration', paths.calibration);
    expect(exitCode).toBe(2);
    expect(errors).toContain('make it anew with latchkey plan --calibrate');
  });

  it('needs something to do', async () => {
    const { exitCode, errors } = await latchkey('plan');
    expect(exitCode).toBe(2);
    expect(errors).toContain('name a scenario');
  });

  it('measures this machine, and plans with what it found', { timeout: 180_000 }, async () => {
    const { scenario, json } = files();
    const calibration = join(temporaryFolder(), 'here.json');
    const { exitCode, errors } = await latchkey('plan', '--calibrate', calibration);
    expect({ exitCode, errors }).toEqual({ exitCode: 0, errors: '' });
    const { times } = JSON.parse(readFileSync(calibration, 'utf8')) as typeof CALIBRATION;
    const rsa = times.operations['rsa-2048'].batches[0]!.microseconds;
    expect(rsa).toBeGreaterThan(times.operations['p-256'].batches[0]!.microseconds);
    const planned = await latchkey('plan', scenario, '--calibration', calibration, '--json', json);
    expect(planned.errors).toBe('');
    expect(planned.output).toMatch(/^small: \d+ key servers/m);
  });

  it('plans a thousand edges and a million handshakes a second', async () => {
    const { scenario, calibration } = files(
      SCENARIO.replace('handshakes_per_second: 5000', 'handshakes_per_second: 1000000')
        .replace('edges: 10', 'edges: 1000')
        .replace('processors: 2', 'processors: 16'),
    );
    const { exitCode, output } = await latchkey('plan', scenario, '--calibration', calibration);
    expect(exitCode).toBe(0);
    expect(output).toMatch(/[1-9],\d{3},\d{3} operations were simulated/);
  });
});

const CHROMIUM = '/usr/bin/chromium';

describeWith('the page of a plan in Chromium', [{ needs: CHROMIUM, debianPackage: 'chromium' }], () => {
  it('shows every case, draws its curve, and asks nobody for anything', async () => {
    const { scenario, calibration } = files();
    const html = join(temporaryFolder(), 'plan.html');
    await latchkey('plan', scenario, '--calibration', calibration, '--html', html);
    const browser = await chromium.launch({
      executablePath: CHROMIUM,
      args: ['--no-sandbox', '--disable-gpu'],
    });
    try {
      const page = await browser.newPage();
      const complaints: string[] = [];
      page.on('console', (message) => complaints.push(message.text()));
      page.on('pageerror', (error) => complaints.push(error.message));
      page.on('request', (request) => {
        if (!/^(file|data):/.test(request.url())) complaints.push(request.url());
      });
      await page.goto(`file://${html}`);
      const headings = await page.locator('h2').allTextContents();
      expect(headings).toEqual([
        'Key servers',
        'All regions are there',
        'frankfurt is lost',
        'virginia is lost',
        'One key server',
        'What would save key servers',
      ]);
      const hasInk = await page.evaluate(() => {
        const canvas = document.querySelector('canvas');
        const pixels = canvas?.getContext('2d')?.getImageData(0, 0, canvas.width, canvas.height).data;
        return pixels?.some((value) => value !== 0);
      });
      expect(hasInk).toBe(true);
      expect(complaints).toEqual([]);
    } finally {
      await browser.close();
    }
  });
});
