import { readFileSync } from 'node:fs';

/** Whether this machine's CPU has AVX512-IFMA. */
export function hasAvx512Ifma(): boolean {
  return /^flags\s*:.*\bavx512ifma\b/m.test(readFileSync('/proc/cpuinfo', 'utf8'));
}
