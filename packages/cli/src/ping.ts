import type { KeyService } from '@latchkey/codec';

/**
 * Asks a key service whether it is there.
 *
 * @param timeout in milliseconds
 * @throws {KeyServiceError} saying why not
 */
export async function ping(keyService: KeyService, timeout: number): Promise<void> {
  const operation = { type: 'ping', payload: new Uint8Array(0) } as const;
  await keyService.perform({ key: {}, operation }, { deadline: performance.now() + timeout });
}
