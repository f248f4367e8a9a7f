import { constants, createHash, verify, type KeyObject } from 'node:crypto';
import { createKeyServerClient, type KeyServerClient, type KeyServerClientOptions } from '@latchkey/client';
import { signedContent } from '@latchkey/codec';
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
    const isRsa = publicKey.asymmetricKeyType === 'rsa';
    const operation = {
      type: 'sign_certificate_verify',
      scheme: isRsa ? 'rsa_pss_sha256' : 'ecdsa_sha256',
      transcriptHash: createHash('sha256').update(message).digest(),
    } as const;
    const ski = subjectKeyIdentifier(publicKey.export({ type: 'spki', format: 'der' }));
    const signature = await this.#client.perform(
      { key: { ski }, operation },
      { deadline: performance.now() + 10_000 },
    );
    const padding = isRsa
      ? { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: constants.RSA_PSS_SALTLEN_DIGEST }
      : {};
    if (!verify('sha256', signedContent(operation), { key: publicKey, ...padding }, signature))
      throw new Error('a wrong signature');
  }
}
