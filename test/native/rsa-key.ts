import type { JsonWebKey } from 'node:crypto';

/**
 * The RSA key of modulus `n`, public exponent `e` and private exponent `d`, all in hexadecimal: finds the primes, as
 * NIST SP 800-56B, appendix C, has it.
 */
export function rsaKeyFromExponents(fields: Readonly<Record<string, string>>): JsonWebKey {
  const [n, e, d] = [number(fields['n']), number(fields['e']), number(fields['d'])];
  const p = findPrime(n, e * d - 1n);
  const q = n / p;
  const numbers = { n, e, d, p, q, dp: d % (p - 1n), dq: d % (q - 1n), qi: power(q, p - 2n, p) };
  return {
    kty: 'RSA',
    ...Object.fromEntries(Object.entries(numbers).map(([name, value]) => [name, base64url(value)])),
  };
}

function findPrime(n: bigint, multipleOfOrder: bigint): bigint {
  let odd = multipleOfOrder;
  while (odd % 2n === 0n) odd /= 2n;
  for (let base = 2n; ; base += 1n) {
    // A square root of 1 other than 1 and -1 differs from 1 by a multiple of one prime only.
    let root = power(base, odd, n);
    while (root !== 1n && root !== n - 1n) {
      const square = (root * root) % n;
      if (square === 1n) return greatestCommonDivisor(root - 1n, n);
      root = square;
    }
  }
}

function power(base: bigint, exponent: bigint, modulus: bigint): bigint {
  let result = 1n;
  let factor = base % modulus;
  for (let rest = exponent; rest > 0n; rest >>= 1n) {
    if ((rest & 1n) === 1n) result = (result * factor) % modulus;
    factor = (factor * factor) % modulus;
  }
  return result;
}

function greatestCommonDivisor(left: bigint, right: bigint): bigint {
  return right === 0n ? left : greatestCommonDivisor(right, left % right);
}

function number(hexadecimal = ''): bigint {
  return BigInt(`0x${hexadecimal}`);
}

function base64url(value: bigint): string {
  const digits = value.toString(16);
  return Buffer.from(digits.padStart(digits.length + (digits.length % 2), '0'), 'hex').toString('base64url');
}
