import { BatchWriter, OperationCode, performBatch, PrivateKey } from '@latchkey/native';
import { type BatchCost, KEY_TYPES, type KeyType, type Lane, type OperationCost } from '@latchkey/plan';
import { storedKey } from '@latchkey/server';
import { makeKeyPair } from '../pki/keys.js';

/**
 * Measures what operations cost in this thread, alone and in batches, and in which lane a key server here would have them.
 * Takes some three seconds.
 */
export async function measureBatches(): Promise<Record<KeyType, OperationCost>> {
  const costs: [KeyType, OperationCost][] = [];
  for (const keyType of KEY_TYPES) costs.push([keyType, await measureKeyType(keyType)]);
  return Object.fromEntries(costs) as Record<KeyType, OperationCost>;
}

/** Up to what a key server does in one go (docs/architecture.md): more is only more of the same. */
const SIZES: Readonly<Record<Lane, readonly number[]>> = {
  inline: [1, 2, 4, 8, 16, 32, 64, 128],
  short: [1, 2, 4, 8, 16, 32],
  long: [1, 2, 4, 8],
};

async function measureKeyType(keyType: KeyType): Promise<OperationCost> {
  const { privateKey: generated } = await makeKeyPair(keyType);
  const key = PrivateKey.parse(generated.export({ format: 'der', type: 'pkcs8' }));
  try {
    const { performer } = storedKey(key, keyType);
    // Only keys of key stores elsewhere have another performer.
    const lane = typeof performer === 'string' ? performer : 'long';
    const batches = SIZES[lane].map((size): BatchCost => ({ size, microseconds: meanCost(key, size) }));
    return { lane, batches };
  } finally {
    key.dispose();
  }
}

/** For how much CPU time a size is measured at least, in microseconds, and how often. */
const LEAST_TIME = 60_000;
const FEWEST_TIMES = 3;

/** The mean, in CPU time: what else the machine does meanwhile does not count. */
function meanCost(key: PrivateKey, size: number): number {
  const writer = new BatchWriter();
  for (let count = 0; count < size; count += 1) writer.add(key.handle, codeFor(key), new Uint8Array(32));
  const requests = writer.finish();
  performBatch(requests);
  const begin = process.cpuUsage();
  for (let times = 1; ; times += 1) {
    performBatch(requests);
    const { user, system } = process.cpuUsage(begin);
    if (times >= FEWEST_TIMES && user + system >= LEAST_TIME) return (user + system) / times;
  }
}

function codeFor({ type }: PrivateKey): OperationCode {
  if (type === 'ed25519') return OperationCode.ed25519;
  return type === 'ecdsa' ? OperationCode.ecdsa_sha256 : OperationCode.rsa_pkcs1_sha256;
}
