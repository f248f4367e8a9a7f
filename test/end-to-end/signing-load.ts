import { createHash, verify, type KeyObject } from 'node:crypto';
import { createKeyServerClient, type KeyServerClient, type KeyServerClientOptions } from '@latchkey/client';
import type { SignDigestOperation } from '@latchkey/codec';
import { subjectKeyIdentifier } from '@latchkey/native';

/** An edge that has visitors all the time: as many operations under way as it is told, each answer checked. */
export class SigningLoad {
  readonly failures: unknown[] = [];
  performed = 0;
  readonly #client: KeyServerClient;
  readonly #keys: readonly KeyObject[];
  readonly #loops: Promise<void>[];
  #stopped = false;

  constructor(options: KeyServerClientOptions, keys: readonly KeyObject[], inFlight = 16) {
    this.#client = createKeyServerClient(options);
    this.#keys = keys;
    this.#loops = Array.from({ length: inFlight }, (_, index) => this.#loop(index));
  }

  /** Waits until so many operations more have been performed. */
  async more(count: number): Promise<void> {
    const goal = this.performed + count;
    while (this.performed < goal && this.failures.length === 0) {
      await new Promise((resolve) => setImmediate(resolve));
    }
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    await Promise.all(this.#loops);
    await this.#client.close();
  }

  async #loop(index: number): Promise<void> {
    for (let round = index; !this.#stopped; round++) {
      try {
        await this.#sign(this.#keys[round % this.#keys.length]!, `handshake ${round}`);
        this.performed += 1;
      } catch (error) {
        this.failures.push(error);
        return;
      }
    }
  }

  async #sign(publicKey: KeyObject, message: string): Promise<void> {
    const scheme: SignDigestOperation['scheme'] =
      publicKey.asymmetricKeyType === 'rsa' ? 'rsa_pkcs1_sha256' : 'ecdsa_sha256';
    const digest = createHash('sha256').update(message).digest();
    const ski = subjectKeyIdentifier(publicKey.export({ type: 'spki', format: 'der' }));
    const signature = await this.#client.perform(
      { key: { ski }, operation: { type: 'sign_digest', scheme, digest } },
      { deadline: performance.now() + 10_000 },
    );
    if (!verify('sha256', Buffer.from(message), publicKey, signature)) throw new Error('a wrong signature');
  }
}
