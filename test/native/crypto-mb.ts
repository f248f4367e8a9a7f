import { readdirSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'vitest';
import { hasAvx512Ifma } from './avx512-ifma.js';

// That of LATCHKEY_CRYPTO_MB, or what scripts/fetch-crypto-mb.mjs has fetched.
const cryptoMb = named(process.env['LATCHKEY_CRYPTO_MB']) ?? fetched();

/**
 * A suite that needs crypto_mb. Where the CPU cannot run it, or there is none, the suite is skipped and says so; in CI a
 * missing library is a failure.
 */
export function describeWithCryptoMb(name: string, body: (library: string) => void): void {
  const missing = whatIsMissing();
  if (missing === undefined) {
    describe(name, () => body(cryptoMb!));
  } else if (process.env['CI'] !== undefined && hasAvx512Ifma()) {
    it(`${name}: has what it needs in CI`, () => {
      throw new Error(`in CI no suite is skipped: ${missing}`);
    });
  } else {
    describe.skip(`${name} [${missing}]`, () => body(''));
  }
}

function whatIsMissing(): string | undefined {
  if (!hasAvx512Ifma()) return 'needs a CPU with AVX512-IFMA';
  if (cryptoMb === undefined) return 'needs crypto_mb: node scripts/fetch-crypto-mb.mjs';
  return undefined;
}

function named(choice: string | undefined): string | undefined {
  return choice?.startsWith('/') === true ? choice : undefined;
}

function fetched(): string | undefined {
  const cache = process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache');
  const folder = join(cache, 'latchkey', 'crypto-mb', 'usr', 'lib', 'x86_64-linux-gnu');
  try {
    const name = readdirSync(folder).find((entry) => /^libcrypto_mb\.so\.\d+$/.test(entry));
    return name === undefined ? undefined : join(folder, name);
  } catch {
    return undefined;
  }
}
