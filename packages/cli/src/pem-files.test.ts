import * as fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { FileError } from './files.js';
import { parseCertificateFile, parseKeyFile } from './pem-files.js';
import { createDevelopmentPki, type DevelopmentPki } from './pki/index.js';

let pki: DevelopmentPki;

beforeAll(async () => {
  pki = await createDevelopmentPki({ sites: [{ name: 'a.example' }] });
});

function file(text: string) {
  return { path: 'some.pem', text };
}

describe('parseCertificateFile', () => {
  it('takes the first certificate for the one that counts', () => {
    const { leaf, certificates } = parseCertificateFile(file(pki.sites[0]?.certificateChainPem ?? ''));
    expect(leaf.subject).toBe('CN=a.example');
    expect(certificates).toHaveLength(2);
  });

  it.each([
    ['', 'found nothing'],
    ['hello', 'found something that is not PEM'],
    ['-----BEGIN CERTIFICATE REQUEST-----\n', 'found a certificate request'],
    ['-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n', 'the certificate is damaged'],
  ])('says what is wrong with %j', (text, message) => {
    expect(() => parseCertificateFile(file(text))).toThrow(message);
  });
});

describe('parseKeyFile', () => {
  it.each([
    ['-----BEGIN CERTIFICATE-----\n', 'found a certificate'],
    ['-----BEGIN ENCRYPTED PRIVATE KEY-----\n', 'the private key is encrypted'],
    ['-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n', 'the private key is damaged'],
  ])('says what is wrong with %j', (text, message) => {
    expect(() => parseKeyFile(file(text))).toThrow(message);
  });

  it('says nothing of the key in its errors', () => {
    const damaged = pki.channel.edge.keyPem.replace(/\n-----END/, 'A\n-----END').replace('MIG', 'MIH');
    const [, base64 = ''] = pki.channel.edge.keyPem.split('\n');
    let error: unknown;
    try {
      parseKeyFile(file(damaged));
    } catch (thrown) {
      error = thrown;
    }
    expect(error).toBeInstanceOf(FileError);
    expect(String((error as FileError).stack)).not.toContain(base64.slice(3, 20));
    expect((error as FileError).cause).toBeUndefined();
  });
});

describe('both', () => {
  it('answer any damage with a FileError, if with anything', () => {
    const damage = fc.tuple(fc.nat(), fc.nat(5), fc.string({ maxLength: 5 }));
    fc.assert(
      fc.property(fc.array(damage, { minLength: 1, maxLength: 3 }), fc.boolean(), (damages, isKey) => {
        let text = isKey ? pki.channel.edge.keyPem : pki.channel.edge.certificatePem;
        for (const [position, removed, inserted] of damages) {
          const offset = position % text.length;
          text = text.slice(0, offset) + inserted + text.slice(offset + removed);
        }
        for (const parse of [parseCertificateFile, parseKeyFile]) {
          try {
            parse(file(text));
          } catch (error) {
            if (!(error instanceof FileError)) throw error;
          }
        }
      }),
    );
  });
});
