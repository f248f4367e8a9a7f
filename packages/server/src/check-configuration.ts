import { loadChains } from './certificates/chain-files.js';
import { formatEffectiveConfiguration } from './configuration/effective.js';
import { readConfigurationText } from './configuration/load.js';
import { type ConfigurationOverride, parseConfiguration } from './configuration/parse.js';
import { loadKeys } from './keys/key-files.js';
import { loadChannel } from './listener/channel.js';
import { loadPolicy } from './policy/load.js';
import { loadSealing } from './reload/server-state.js';
import { readSecretFile } from './secret-file.js';
import { reasonOf } from './system-error.js';

/** What has come of checking a configuration. */
export interface ConfigurationCheck {
  /** The configuration with defaults, flags and environment in it, as YAML; PINs are masked. */
  readonly effective: string;
  /** Why a key server would not start, or would start without some of its keys. */
  readonly problems: readonly string[];
  /** What an operator should know although the configuration can be used. */
  readonly warnings: readonly string[];
}

/**
 * Checks a configuration and every file that it names, as the start of a key server would, but opens no port, no token
 * (a wrong PIN counts against its owner) and writes nothing.
 *
 * @param overrides see `parseConfiguration`
 * @throws {ConfigurationError} when the configuration itself cannot be used
 */
export async function checkConfiguration(
  fileName: string,
  overrides: readonly ConfigurationOverride[] = [],
): Promise<ConfigurationCheck> {
  const text = await readConfigurationText(fileName);
  const configuration = parseConfiguration(text, fileName, overrides);
  const { policyFile, auditLog } = configuration;
  const [channel, keys, certificates, ...others] = await Promise.allSettled([
    loadChannel(configuration.channel),
    loadKeys(configuration.keyStores),
    loadChains(configuration.certificateFolders),
    policyFile === undefined ? undefined : loadPolicy(policyFile),
    loadSealing(configuration.sealing).then((sealing) => sealing?.dispose()),
    auditLog?.keyFile === undefined ? undefined : readSecretFile(auditLog.keyFile).then(wipe),
  ]);
  const failures = [channel, keys, certificates, ...others].flatMap((outcome) =>
    outcome.status === 'rejected' ? [reasonOf(outcome.reason)] : [],
  );
  const loaded = keys.status === 'fulfilled' ? keys.value : undefined;
  loaded?.keys.dispose();
  return {
    effective: formatEffectiveConfiguration(text, fileName, overrides),
    problems: [
      ...failures,
      ...(loaded?.problems ?? []).map(({ message }) => message),
      ...(certificates.status === 'fulfilled' ? certificates.value.problems : []).map(
        ({ message }) => message,
      ),
    ],
    warnings: [...configuration.warnings, ...(channel.status === 'fulfilled' ? channel.value.warnings : [])],
  };
}

function wipe(secrets: readonly Uint8Array[]): void {
  for (const secret of secrets) secret.fill(0);
}
