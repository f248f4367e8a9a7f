import { loadChains, type LoadedChains } from '../certificates/chain-files.js';
import type { ServerConfiguration } from '../configuration/configuration.js';
import { type LoadedKeys, loadKeys } from '../keys/key-files.js';
import { type ChannelCredentials, loadChannel } from '../listener/channel.js';
import { loadPolicy } from '../policy/load.js';
import { type Policy, policyWithoutFile } from '../policy/policy.js';
import { SealingKeys } from '../sealing/sealing-keys.js';
import { readSecretFile } from '../secret-file.js';

/** What a key server reads from files at its start and again at each reload. */
export interface ServerState {
  readonly channel: ChannelCredentials;
  readonly policy: Policy;
  /** None where sealing is not configured. */
  readonly sealing: SealingKeys | undefined;
  readonly keys: LoadedKeys;
  /** How long it took to load them, in seconds. */
  readonly keyLoadTime: number;
  readonly certificates: LoadedChains;
}

/**
 * Reads and checks all of it; nothing is left behind when a part cannot be used. Of key and certificate files those that cannot be used
 * are named, and the others are there.
 *
 * @throws {ChannelCertificateError} when the certificate, key or client CA of the channel cannot be used
 * @throws {RevocationListError} when a certificate revocation list cannot be used
 * @throws {ConfigurationError} when the policy file cannot be used
 * @throws {SecretFileError} when the secrets for sealing cannot be used
 */
export async function loadServerState(configuration: ServerConfiguration): Promise<ServerState> {
  const { policyFile } = configuration;
  const channel = await loadChannel(configuration.channel);
  const policy = policyFile === undefined ? policyWithoutFile(configuration) : await loadPolicy(policyFile);
  const sealing = await loadSealing(configuration.sealing);
  const before = performance.now();
  const keys = await loadKeys(configuration.keyStores);
  const keyLoadTime = (performance.now() - before) / 1000;
  const certificates = await loadChains(configuration.certificateFolders);
  return { channel, policy, sealing, keys, keyLoadTime, certificates };
}

/** @throws {SecretFileError} when the secrets cannot be used */
export async function loadSealing(
  configuration: ServerConfiguration['sealing'],
): Promise<SealingKeys | undefined> {
  if (configuration === undefined) return undefined;
  const secrets = await readSecretFile(configuration.secretFile);
  const keys = new SealingKeys(secrets, configuration);
  for (const secret of secrets) secret.fill(0);
  return keys;
}
