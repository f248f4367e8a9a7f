// kms-key-store.ts
import type { SignatureScheme } from '@latchkey/codec';
import {
  KeyStoreCredentialsError,
  type KeyStoreProvider,
  KeyStoreUnavailableError,
  type ProvidedKeyOperation,
  type ProvidedKeys,
} from '@latchkey/server';

/** What the KMS's own library offers, more or less. */
export interface KmsClient {
  listKeys(options: { signal: AbortSignal }): Promise<{ name: string; publicKeyDer: Uint8Array }[]>;
  sign(
    request: { name: string; scheme: SignatureScheme; input: Uint8Array },
    options: { signal?: AbortSignal },
  ): Promise<Uint8Array>;
}

/** The keys of a KMS. */
export class KmsKeyStore implements KeyStoreProvider {
  readonly name = 'kms';
  readonly concurrency = 32;
  readonly #client: KmsClient;

  constructor(client: KmsClient) {
    this.#client = client;
  }

  async load({ signal }: { signal: AbortSignal }): Promise<ProvidedKeys> {
    const keys = await this.#client.listKeys({ signal }).catch(translateError);
    return {
      keys: keys.map(({ name, publicKeyDer }) => ({
        subjectPublicKeyInfo: publicKeyDer,
        label: name,
        perform: async (operation: ProvidedKeyOperation, { signal }) => {
          if (operation.type === 'decrypt_block') throw new Error('the KMS decrypts nothing');
          const { scheme } = operation;
          const input = operation.type === 'sign_digest' ? operation.digest : operation.message;
          return this.#client
            .sign({ name, scheme, input }, { ...(signal && { signal }) })
            .catch(translateError);
        },
      })),
    };
  }

  async close(): Promise<void> {}
}

function translateError(cause: Error & { status?: number }): never {
  if (cause.status === 403) throw new KeyStoreCredentialsError('the KMS refuses our credentials', { cause });
  throw new KeyStoreUnavailableError(`the KMS cannot be reached: ${cause.message}`, { cause });
}
