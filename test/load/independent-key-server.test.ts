import { createPublicKey } from 'node:crypto';
import { generateLoad, type OperationKind } from '@latchkey/load';
import { createDevelopmentPki } from 'latchkey/pki';
import { expect, it } from 'vitest';
import { describeWith } from '../support/requirements.js';
import { startIndependentKeyServer } from './independent-key-server.js';

const CRYPTOGRAPHY = {
  needs: '/usr/lib/python3/dist-packages/cryptography/__init__.py',
  debianPackage: 'python3-cryptography',
};

const KEYS = ['rsa-2048', 'p-256', 'ed25519'] as const;

describeWith('operations of a key server that is not Latchkey', [CRYPTOGRAPHY], () => {
  it.each([{ type: 'closed_loop' }, { type: 'open_loop', rate: 100, arrivals: 'poisson' }] as const)(
    'are counted by kind and verified: $type',
    async (pace) => {
      const pki = await createDevelopmentPki({
        sites: KEYS.map((keyAlgorithm) => ({ name: `${keyAlgorithm}.localhost`, keyAlgorithm })),
      });
      const server = await startIndependentKeyServer(pki);
      try {
        const publicKeyOf = (algorithm: (typeof KEYS)[number]) => {
          const { keyPem } = pki.sites.find(({ keyAlgorithm }) => keyAlgorithm === algorithm)!;
          return createPublicKey(keyPem).export({ type: 'spki', format: 'pem' }).toString();
        };
        const kinds: OperationKind[] = [
          { label: 'ping', operation: 'ping' },
          { label: 'PKCS #1', operation: 'rsa_pkcs1_sha256', publicKey: publicKeyOf('rsa-2048') },
          { label: 'PSS', operation: 'rsa_pss_sha256', publicKey: publicKeyOf('rsa-2048') },
          { label: 'decryption', operation: 'decrypt_block', publicKey: publicKeyOf('rsa-2048') },
          { label: 'ECDSA', operation: 'ecdsa_sha256', publicKey: publicKeyOf('p-256') },
          { label: 'Ed25519', operation: 'ed25519', publicKey: publicKeyOf('ed25519') },
        ];
        const { caPem: ca, edge } = pki.channel;
        const channel = {
          host: '127.0.0.1',
          port: server.port,
          ca,
          cert: edge.certificatePem,
          key: edge.keyPem,
        };
        const result = await generateLoad(
          {
            work: { type: 'operations', channel, kinds, connections: 2, depth: 16, records: 'shared' },
            pace,
            seconds: 1,
            warmUpSeconds: 0.2,
            seed: 1,
          },
          // On a busy machine the generator may be too slow; what is measured does not matter here.
          { onBottleneck: () => {} },
        );
        expect(result.failures).toEqual({});
        expect(Object.keys(result.kinds).toSorted()).toEqual(kinds.map(({ label }) => label).toSorted());
        expect(result.verified).toBeGreaterThan(0);
        expect(result.protocol).toContain('TLSv1.2');
      } finally {
        await server.stop();
      }
    },
  );
});
