import { parse } from 'yaml';
import { reasonOf } from '../system-error.js';
import { ConfigurationError } from '../errors.js';
import { kindOf } from './keys.js';
import { canonicalKey, type ConfigurationOverride, isConfigurationKey } from './parse.js';
import { UNUSED_KEYS } from './schema.js';

/** What the environment says about the configuration. */
export interface EnvironmentOverrides {
  readonly overrides: readonly ConfigurationOverride[];
  /** Variables that look as if they were meant for it. */
  readonly warnings: readonly string[];
}

/**
 * Reads the variables `KEYLESS_*`: after the prefix, the name of a key of the configuration in capitals. Lists of paths
 * have commas between them; `KEYLESS_PRIVATE_KEY_STORES` is YAML, e.g. `[{dir: /etc/keyless/keys}]`. An empty variable is
 * as good as none.
 *
 * @throws {ConfigurationError} for a variable that should be YAML and is not
 */
export function environmentOverrides(
  environment: Readonly<Record<string, string | undefined>>,
): EnvironmentOverrides {
  const overrides: ConfigurationOverride[] = [];
  const warnings: string[] = [];
  for (const [variable, text] of Object.entries(environment)) {
    if (!variable.startsWith(PREFIX) || text === undefined || text === '') continue;
    const key = canonicalKey(variable.slice(PREFIX.length));
    if (isConfigurationKey(key)) {
      const value = kindOf(key) === undefined ? parseYaml(text, variable) : text;
      overrides.push({ key, value, source: variable });
    } else {
      const reason = UNUSED_KEYS.has(key)
        ? 'is not used by this version'
        : 'means no key of the configuration';
      warnings.push(`environment variable ${variable} ${reason}`);
    }
  }
  return { overrides, warnings };
}

const PREFIX = 'KEYLESS_';

function parseYaml(text: string, variable: string): unknown {
  try {
    return parse(text);
  } catch (error) {
    throw new ConfigurationError([{ source: variable, message: reasonOf(error) }]);
  }
}
