import { constants, createPrivateKey, createPublicKey, verify } from 'node:crypto';
import type { JsonWebKey } from 'node:crypto';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { OperationCode, PrivateKey, subjectKeyIdentifier } from '@latchkey/native';
import { expect, it } from 'vitest';
import { describeWith } from '../support/requirements.js';
import { rsaKeyFromExponents } from './rsa-key.js';

// NIST's CAVP vectors and others, as Debian packages them for python3-cryptography.
const vectors = '/usr/lib/python3/dist-packages/cryptography_vectors/asymmetric';
const needsVectors = [{ needs: vectors, debianPackage: 'python3-cryptography-vectors' }];
const hashes: Readonly<Record<string, Hash>> = {
  SHA1: 'sha1',
  SHA224: 'sha224',
  SHA256: 'sha256',
  SHA384: 'sha384',
  SHA512: 'sha512',
};
type Hash = 'sha1' | 'sha224' | 'sha256' | 'sha384' | 'sha512';
type Fields = Readonly<Record<string, string>>;

describeWith('CAVP vectors', needsVectors, () => {
  it('FIPS 186-2 SigGen15: RSASSA-PKCS1-v1_5 signatures are those of the vectors', () => {
    let count = 0;
    for (const { key, fields } of rsaVectors(`${vectors}/RSA/FIPS_186-2/SigGen15_186-2.txt`)) {
      const operation = OperationCode[`rsa_pkcs1_${hashOf(fields['SHAAlg'])}`];
      const signature = key.perform(operation, hex(fields['Msg']), { payloadIsMessage: true });
      expect(Buffer.from(signature)).toEqual(hex(fields['S']));
      count += 1;
    }
    expect(count).toBe(250);
  });

  it('FIPS 186-2 SigGenPSS: RSASSA-PSS signatures verify', () => {
    let count = 0;
    for (const { key, fields } of rsaVectors(`${vectors}/RSA/FIPS_186-2/SigGenPSS_186-2.txt`)) {
      const hash = hashOf(fields['SHAAlg']);
      // Keyless SSL v1 has no PSS with the shorter ones; and no PSS with SHA-512 fits into 1024 bits.
      if (hash === 'sha1' || hash === 'sha224' || (hash === 'sha512' && key.bits === 1024)) continue;
      const message = hex(fields['Msg']);
      const signature = key.perform(OperationCode[`rsa_pss_${hash}`], message, { payloadIsMessage: true });
      const publicKey = createPublicKey({
        key: Buffer.from(key.subjectPublicKeyInfo),
        format: 'der',
        type: 'spki',
      });
      const padding = constants.RSA_PKCS1_PSS_PADDING;
      const saltLength = constants.RSA_PSS_SALTLEN_DIGEST;
      expect(verify(hash, message, { key: publicKey, padding, saltLength }, signature)).toBe(true);
      count += 1;
    }
    expect(count).toBe(140);
  });

  it('FIPS 186-3 SigGen: ECDSA signatures with their keys verify', () => {
    let count = 0;
    let section = '';
    for (const [name, value, fields] of lines(`${vectors}/ECDSA/FIPS_186-3/SigGen.txt`)) {
      if (name === 'section') section = value;
      const [, curve, length] = /^(P-256|P-384|P-521),SHA-(\d+)$/.exec(section) ?? [];
      if (curve === undefined || name !== 'S') continue;
      const hash = hashOf(`SHA${length}`);
      const jwk = {
        kty: 'EC',
        crv: curve,
        x: coordinate(fields['Qx'], curve),
        y: coordinate(fields['Qy'], curve),
        d: coordinate(fields['d'], curve),
      };
      const message = hex(fields['Msg']);
      const key = parseJwk(jwk);
      const signature = key.perform(OperationCode[`ecdsa_${hash}`], message, { payloadIsMessage: true });
      const publicKey = createPublicKey({ key: jwk, format: 'jwk' });
      expect(verify(hash, message, publicKey, signature)).toBe(true);
      key.dispose();
      count += 1;
    }
    expect(count).toBe(3 * 5 * 15);
  });

  it('Ed25519: signatures are those of the 1024 vectors', () => {
    const inputs = readFileSync(`${vectors}/Ed25519/sign.input`, 'utf8').trim().split('\n');
    expect(inputs).toHaveLength(1024);
    for (const line of inputs) {
      const [secret = '', , message, signed = ''] = line.split(':');
      const key = PrivateKey.parse(hex(`302e020100300506032b657004220420${secret.slice(0, 64)}`));
      const signature = Buffer.from(key.perform(OperationCode.ed25519, hex(message)));
      expect(signature.toString('hex')).toBe(signed.slice(0, 128));
      key.dispose();
    }
  });
});

describeWith('key files of others', needsVectors, () => {
  it.each([
    ['PEM_Serialization/rsa_private_key.pem', 'rsa', '123456'],
    ['PEM_Serialization/ec_private_key.pem', 'ecdsa', undefined],
    ['PEM_Serialization/ec_private_key_encrypted.pem', 'ecdsa', '123456'],
    ['DER_Serialization/enc-rsa-pkcs8.der', 'rsa', 'foobar'],
    ['DER_Serialization/ec_private_key.der', 'ecdsa', undefined],
    ['DER_Serialization/ec_private_key_encrypted.der', 'ecdsa', '123456'],
    ['PKCS8/unenc-rsa-pkcs8.pem', 'rsa', undefined],
    ['PKCS8/ecc_private_with_rfc5915_ext.pem', 'ecdsa', undefined],
    ['PKCS8/rsa_pss_2048.pem', 'rsa_pss', undefined],
    ['PKCS8/rsa_pss_2048_hash_mask_salt.pem', 'rsa_pss', undefined],
    ['Ed25519/ed25519-pkcs8.pem', 'ed25519', undefined],
    ['Ed25519/ed25519-pkcs8-enc.der', 'ed25519', 'password'],
  ])('%s is a key of type %s', (file, type, passphrase) => {
    const options = passphrase === undefined ? {} : { passphrase: Buffer.from(passphrase) };
    expect(PrivateKey.parse(readFileSync(`${vectors}/${file}`), options).type).toBe(type);
  });

  it.each([
    ['PEM_Serialization/rsa-bad-1025-q-is-2.pem', 'inconsistent'],
    ['PEM_Serialization/rsa_public_key.pem', 'public_key'],
    ['PEM_Serialization/dsa_private_key.pem', 'passphrase_required'],
    ['DER_Serialization/testrsa.der', 'unsupported_size'],
    ['PEM_Serialization/dsaparam.pem', 'not_a_key'],
    ['PKCS8/unenc-dsa-pkcs8.pem', 'unsupported_type'],
    ['PKCS8/bad-oid-dsa-key.pem', 'malformed'],
    ['DER_Serialization/enc-rsa-pkcs8.der', 'passphrase_required'],
  ])('%s is refused: %s', (file, reason) => {
    expect(() => PrivateKey.parse(readFileSync(`${vectors}/${file}`))).toThrow(
      expect.objectContaining({ reason }),
    );
  });
});

describeWith('openssl', [{ needs: 'openssl', debianPackage: 'openssl' }], () => {
  it.each([
    'genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:2048',
    'genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:2048 -pkeyopt rsa_keygen_primes:3',
    'genpkey -algorithm RSA-PSS -pkeyopt rsa_keygen_bits:2048',
    'genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-384',
    'genpkey -algorithm ED25519',
    'ecparam -name prime256v1 -genkey',
    'genrsa -aes256 -passout pass:password 2048',
  ])('agrees on the SKI of the key that `openssl %s` makes', (command) => {
    const directory = mkdtempSync(join(tmpdir(), 'latchkey-ski-'));
    try {
      const [keyFile, configurationFile] = [join(directory, 'key'), join(directory, 'configuration')];
      writeFileSync(keyFile, openssl(command));
      writeFileSync(
        configurationFile,
        '[req]\ndistinguished_name=name\nx509_extensions=all\n[name]\n[all]\nsubjectKeyIdentifier=hash\n',
      );
      const certificate = openssl(
        `req -new -x509 -subj /CN=test -config ${configurationFile} -key ${keyFile} -passin pass:password`,
      );
      const text = String(openssl('x509 -noout -ext subjectKeyIdentifier', certificate));
      const ski = (text.split('\n')[1] ?? '').trim().replaceAll(':', '').toLowerCase();
      const key = PrivateKey.parse(readFileSync(keyFile), { passphrase: Buffer.from('password') });
      expect(Buffer.from(key.ski).toString('hex')).toBe(ski);
      expect(Buffer.from(subjectKeyIdentifier(certificate)).toString('hex')).toBe(ski);
    } finally {
      rmSync(directory, { recursive: true });
    }
  });
});

function openssl(command: string, input?: Uint8Array): Buffer {
  return execFileSync('openssl', command.split(' '), {
    stdio: ['pipe', 'pipe', 'ignore'],
    ...(input !== undefined && { input }),
  });
}

function* rsaVectors(file: string): Generator<{ key: PrivateKey; fields: Fields }> {
  let key: PrivateKey | undefined;
  for (const [name, , fields] of lines(file)) {
    if (name === 'd') key = parseJwk(rsaKeyFromExponents(fields));
    if (name === 'S' && key !== undefined) yield { key, fields };
  }
}

// Each line that assigns a value, with the values assigned last to all names so far.
function* lines(file: string): Generator<[name: string, value: string, fields: Fields]> {
  const fields: Record<string, string> = {};
  for (const line of readFileSync(file, 'utf8').split(/\r?\n/)) {
    const section = /^\[(.*)\]$/.exec(line)?.[1];
    if (section !== undefined) yield ['section', section, fields];
    const [, name, value] = /^(\w+) = (\S*)$/.exec(line.trim()) ?? [];
    if (name === undefined || value === undefined) continue;
    fields[name] = value;
    yield [name, value, fields];
  }
}

function parseJwk(jwk: JsonWebKey): PrivateKey {
  const key = createPrivateKey({ key: jwk, format: 'jwk' });
  return PrivateKey.parse(key.export({ type: 'pkcs8', format: 'der' }));
}

function hashOf(name = ''): Hash {
  const hash = hashes[name];
  if (hash === undefined) throw new Error(`no such hash: ${name}`);
  return hash;
}

function hex(text = ''): Buffer {
  return Buffer.from(text, 'hex');
}

// As long as the field of the curve (RFC 7518, section 6.2.1.2).
function coordinate(text = '', curve: string): string {
  const digits = 2 * Math.ceil(Number(curve.slice(2)) / 8);
  return hex(text.padStart(digits, '0')).toString('base64url');
}
