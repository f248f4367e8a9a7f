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
let certificates: ReceivedCertificates;

beforeEach(() => {
  log = [];
  applied = 0;
  refusesNext = false;
  const logger = pino({}, { write: (line) => void log.push(JSON.parse(line) as { msg: string }) });
  const apply = (): void => {
    applied += 1;
    if (refusesNext) throw new Error('TLS cannot use it');
  };
  certificates = new ReceivedCertificates({ apply, logger }, [SITE]);
});

function send(server: string, ...issued: readonly IssuedCertificate[]): void {
  certificates.receive({
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
  it('are missing until there is one, and shown from then on', () => {
    expect(certificates.missing).toEqual(['www.example']);
    send('a', first, rsa);
    expect(certificates.missing).toEqual([]);
    expect(shown()).toEqual(serials(first, rsa));
    expect(certificates.watchedCertificates).toMatchObject([
      { source: 'key server a' },
      { source: 'key server a' },
    ]);
  });

  it('change once the first of several key servers has the next one, and not back again', () => {
    send('a', first);
    send('b', first);
    send('a', second);
    expect(shown()).toEqual(serials(second));
    send('b', first);
    expect(shown()).toEqual(serials(second));
    send('b', second);
    expect(applied).toBe(2);
  });

  it('go back where all key servers have gone back', () => {
    send('a', second);
    send('b', second);
    send('a', first);
    send('b', first);
    expect(shown()).toEqual(serials(first));
  });

  it('stay where key servers have none any more, which the log says', () => {
    send('a', first);
    send('a');
    expect(shown()).toEqual(serials(first));
    expect(log.at(-1)?.msg).toBe('key server a has no certificate for www.example that this edge may show');
  });

  it.each([
    ['it is not for www.example', other],
    ['it expired on', expired],
  ])('are refused where %s', (reason, issued) => {
    send('a', first);
    send('a', issued);
    expect(shown()).toEqual(serials(first));
    expect(log.map(({ msg }) => msg).join('\n')).toContain(
      `a certificate from key server a is refused: ${reason}`,
    );
  });

  it('are refused where they cannot be read', () => {
    certificates.receive({
      type: 'certificates_received',
      server: 'a',
      serverNames: ['www.example'],
      chains: [[new Uint8Array(100)]],
    });
    expect(certificates.missing).toEqual(['www.example']);
    expect(log.at(-2)?.msg).toContain('it cannot be read');
  });

  it('stay as they were where TLS cannot use the next one', () => {
    send('a', first);
    refusesNext = true;
    send('a', second);
    expect(shown()).toEqual(serials(first));
    expect(log.at(-1)?.msg).toContain('TLS cannot use it');
  });

  it('stay when the configuration is read again, and those of sites that have gone are forgotten', () => {
    send('a', first);
    certificates.adopt([SITE, siteOf('new.example')]);
    expect(shown()).toEqual(serials(first));
    expect(certificates.missing).toEqual(['new.example']);
    certificates.adopt([]);
    expect(shown()).toEqual([]);
    send('a', first);
    expect(applied).toBe(1);
  });
});
