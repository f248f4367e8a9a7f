import { X509Certificate } from 'node:crypto';
import { pino } from 'pino';
import { beforeEach, describe, expect, it } from 'vitest';
import type { EdgeSite } from '../edge-configuration/edge-configuration.js';
import { type IssuedCertificate, makeAuthority } from '../pki/index.js';
import { ReceivedCertificates } from './received-certificates.js';

const MINUTE = 60_000;
const authority = await makeAuthority();
const first = await issue(60);
const second = await issue(30);
const rsa = await authority.issue({ commonName: 'rsa', names: ['www.example'], keyAlgorithm: 'rsa-2048' });
const other = await authority.issue({ commonName: 'other', names: ['other.example'] });
const expired = await authority.issue({
  commonName: 'expired',
  names: ['www.example'],
  notAfter: new Date(Date.now() - 1000),
});

function issue(minutesAgo: number): Promise<IssuedCertificate> {
  return authority.issue({
    commonName: 'www',
    names: ['www.example'],
    notBefore: new Date(Date.now() - minutesAgo * MINUTE),
  });
}

function siteOf(...serverNames: readonly string[]): EdgeSite {
  return {
    serverNames,
    certificates: [],
    fetchesOcsp: false,
    keyServers: [{ host: 'keys.example' }],
    origin: undefined,
    profile: 'intermediate',
    allowStaticRsa: false,
    delegatedCredentials: false,
  };
}

const SITE = siteOf('WWW.example');
let log: { readonly msg: string }[];
let applied: number;
let refusesNext: boolean;
let isKeyServed: boolean;
let trials: number;
let certificates: ReceivedCertificates;

beforeEach(() => {
  log = [];
  applied = 0;
  refusesNext = false;
  isKeyServed = true;
  trials = 0;
  const logger = pino({}, { write: (line) => void log.push(JSON.parse(line) as { msg: string }) });
  const apply = (): void => {
    applied += 1;
    if (refusesNext) throw new Error('TLS cannot use it');
  };
  certificates = new ReceivedCertificates(
    {
      apply,
      isKeyServed: () => {
        trials += 1;
        return Promise.resolve(isKeyServed);
      },
      logger,
    },
    [SITE],
  );
});

function send(server: string, ...issued: readonly IssuedCertificate[]): Promise<void> {
  return certificates.receive({
    type: 'certificates_received',
    server,
    serverNames: ['www.example'],
    chains: issued.map(({ certificatePem }) => [new X509Certificate(certificatePem).raw]),
  });
}

function shown(): string[] {
  return certificates.chainsOf(SITE).map((pem) => new X509Certificate(pem).serialNumber);
}

function serials(...issued: readonly IssuedCertificate[]): string[] {
  return issued.map(({ certificatePem }) => new X509Certificate(certificatePem).serialNumber);
}

describe('certificates from key servers', () => {
  it('are missing until there is one, and shown from then on', async () => {
    expect(certificates.missing).toEqual(['www.example']);
    await send('a', first, rsa);
    expect(certificates.missing).toEqual([]);
    expect(shown()).toEqual(serials(first, rsa));
    expect(certificates.watchedCertificates).toMatchObject([
      { source: 'key server a' },
      { source: 'key server a' },
    ]);
  });

  it('change once the first of several key servers has the next one, and not back again', async () => {
    await send('a', first);
    await send('b', first);
    await send('a', second);
    expect(shown()).toEqual(serials(second));
    await send('b', first);
    expect(shown()).toEqual(serials(second));
    await send('b', second);
    expect(applied).toBe(2);
  });

  it('go back where all key servers have gone back', async () => {
    await send('a', second);
    await send('b', second);
    await send('a', first);
    await send('b', first);
    expect(shown()).toEqual(serials(first));
  });

  it('stay where key servers have none any more, which the log says', async () => {
    await send('a', first);
    await send('a');
    expect(shown()).toEqual(serials(first));
    expect(log.at(-1)?.msg).toBe('key server a has no certificate for www.example that this edge may show');
  });

  it.each([
    ['it is not for www.example', other],
    ['it expired on', expired],
  ])('are refused where %s', async (reason, issued) => {
    await send('a', first);
    await send('a', issued);
    expect(shown()).toEqual(serials(first));
    expect(log.map(({ msg }) => msg).join('\n')).toContain(
      `a certificate from key server a is refused: ${reason}`,
    );
  });

  it('are refused where no key server has their key, and not asked about again while they are shown', async () => {
    await send('a', first);
    isKeyServed = false;
    await send('a', second);
    expect(shown()).toEqual(serials(first));
    expect(log.at(-2)?.msg).toBe(
      'a certificate from key server a is refused: no key server signs with its key',
    );
    log = [];
    await send('a', first);
    expect(log).toEqual([]);
  });

  it('have their key tried once, however many connections and key servers tell of it', async () => {
    await Promise.all([send('a', first), send('a', first), send('b', first)]);
    await send('b', first);
    expect(trials).toBe(1);
    expect(shown()).toEqual(serials(first));
    await Promise.all([send('a', second), send('a', second)]);
    expect(trials).toBe(2);
    expect(shown()).toEqual(serials(second));
  });

  it('are what the key server has said last, however long it takes to try the keys', async () => {
    const [older, newer] = [send('a', first), send('a', second)];
    await Promise.all([newer, older]);
    expect(shown()).toEqual(serials(second));
    expect(applied).toBe(1);
  });

  it('are shown though the configuration is read again while their keys are tried', async () => {
    const received = send('a', first);
    certificates.adopt([SITE]);
    await received;
    expect(shown()).toEqual(serials(first));
  });

  it('are refused where an authority follows that has not issued them', async () => {
    const stranger = await makeAuthority('Another');
    await certificates.receive({
      type: 'certificates_received',
      server: 'a',
      serverNames: ['www.example'],
      chains: [[first, stranger].map(({ certificatePem }) => new X509Certificate(certificatePem).raw)],
    });
    expect(log.at(-2)?.msg).toContain('its certificate 2 has not issued the one before it');
  });

  it('are refused where they cannot be read', async () => {
    await certificates.receive({
      type: 'certificates_received',
      server: 'a',
      serverNames: ['www.example'],
      chains: [[new Uint8Array(100)]],
    });
    expect(certificates.missing).toEqual(['www.example']);
    expect(log.at(-2)?.msg).toContain('it cannot be read');
  });

  it('stay as they were where TLS cannot use the next one', async () => {
    await send('a', first);
    refusesNext = true;
    await send('a', second);
    expect(shown()).toEqual(serials(first));
    expect(log.at(-1)?.msg).toContain('TLS cannot use it');
  });

  it('stay when the configuration is read again, and those of sites that have gone are forgotten', async () => {
    await send('a', first);
    certificates.adopt([SITE, siteOf('new.example')]);
    expect(shown()).toEqual(serials(first));
    expect(certificates.missing).toEqual(['new.example']);
    certificates.adopt([]);
    expect(shown()).toEqual([]);
    await send('a', first);
    expect(applied).toBe(1);
  });
});
