import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as fc from 'fast-check';
import { makeAuthority } from 'latchkey/pki';
import { describe, expect, it, onTestFinished } from 'vitest';
import { loadChains, parseChain } from './chain-files.js';

const root = await makeAuthority();
const intermediate = await root.issueAuthority('intermediate');
const { certificatePem, keyPem } = await intermediate.issue({ commonName: 'www', names: ['www.example'] });
const CHAIN = certificatePem + intermediate.certificatePem + root.certificatePem;

describe('parseChain', () => {
  it('takes certificates in order, with whatever stands between them', () => {
    const { leaf, certificates, ski, file } = parseChain(`subject=www\n${CHAIN}`, 'www.pem');
    expect(leaf.subject).toBe('CN=www');
    expect(certificates).toHaveLength(3);
    expect(ski).toHaveLength(20);
    expect(file).toBe('www.pem');
  });

  it.each([
    ['nothing', '', 'no PEM certificate'],
    ['a private key', keyPem, 'private key'],
    ['a private key beside it', CHAIN + keyPem, 'private key'],
    ['an authority first', root.certificatePem, 'authority’s'],
    ['a gap', certificatePem + root.certificatePem, 'certificate 2 has not issued'],
    ['another order', certificatePem + root.certificatePem + intermediate.certificatePem, 'certificate 2'],
    ['too many', CHAIN + root.certificatePem.repeat(8), 'more than 10'],
  ])('refuses %s', (_what, text, reason) => {
    expect(() => parseChain(text, 'www.pem')).toThrow(reason);
  });

  it('answers any damage with a chain or an Error that shows nothing of the file', () => {
    const damage = fc.tuple(fc.nat(CHAIN.length), fc.nat(200), fc.string({ maxLength: 20 }));
    fc.assert(
      fc.property(fc.array(damage, { maxLength: 3 }), (damages) => {
        let text = CHAIN;
        for (const [offset, removed, inserted] of damages)
          text = text.slice(0, offset) + inserted + text.slice(offset + removed);
        expect(outcomeOf(text)).not.toMatch(/[A-Za-z0-9+/]{40}/);
      }),
    );
  });
});

/** Why a text is no chain, or that it is one. */
function outcomeOf(text: string): string {
  try {
    return `${parseChain(text, 'www.pem').certificates.length} certificates`;
  } catch (error) {
    return (error as Error).message;
  }
}

describe('loadChains', () => {
  it('finds *.pem and *.crt in subfolders, and names what it cannot use', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'latchkey-chains-'));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    mkdirSync(join(folder, 'a/deeper'), { recursive: true });
    writeFileSync(join(folder, 'a/deeper/www.crt'), CHAIN);
    writeFileSync(join(folder, 'a/www.pem'), certificatePem);
    writeFileSync(join(folder, 'a/www.key'), keyPem);
    writeFileSync(join(folder, 'b.pem'), 'nothing');
    writeFileSync(join(folder, 'c.pem'), CHAIN.repeat(100));
    const { chains, problems } = await loadChains([folder, join(folder, 'nowhere')]);
    expect(chains.map(({ file }) => file)).toEqual([
      join(folder, 'a/deeper/www.crt'),
      join(folder, 'a/www.pem'),
    ]);
    expect(problems.map(({ file, code }) => [file, code])).toEqual(
      ['b.pem', 'c.pem', 'nowhere'].map((name) => [join(folder, name), 'LATCHKEY_CERTIFICATE_FILE_UNUSABLE']),
    );
  });
});
