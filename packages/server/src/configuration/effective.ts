import { resolve } from 'node:path';
import { Document, isScalar, Pair, Scalar } from 'yaml';
import { configurationKeys, kindOf, writeValue } from './keys.js';
import { type ConfigurationOverride, readSettings, type Setting } from './parse.js';
import type { ConfigurationKey } from './schema.js';

/**
 * What a configuration comes to: YAML with every key that has a value, defaults included, and where it comes from. Paths
 * are absolute, and PINs are masked. Parameters are those of `parseConfiguration`.
 *
 * @throws {ConfigurationError} likewise
 */
export function formatEffectiveConfiguration(
  text: string,
  fileName: string,
  overrides?: readonly ConfigurationOverride[],
): string {
  const { values, settings } = readSettings(text, fileName, overrides);
  const document = new Document({});
  for (const { key } of configurationKeys()) {
    const setting = settings.byKey.get(key);
    const value = values[key];
    if (value === undefined || (Array.isArray(value) && value.length === 0)) continue;
    const name = new Scalar(key);
    const node = document.createNode(effectiveValue(key, value, setting, resolve(fileName, '..')), {
      flow: false,
    });
    // Behind what stands on one line, above what does not.
    if (isScalar(node)) node.comment = ` ${sourceOf(setting, fileName)}`;
    else name.commentBefore = ` ${sourceOf(setting, fileName)}`;
    document.add(new Pair(name, node));
  }
  return document.toString({ lineWidth: 0 });
}

function sourceOf(setting: Setting | undefined, fileName: string): string {
  if (setting === undefined) return 'default';
  const { source, line } = setting.entry;
  return source === fileName ? `line ${line}` : source;
}

function effectiveValue(
  key: ConfigurationKey,
  value: unknown,
  setting: Setting | undefined,
  fileFolder: string,
): unknown {
  const folder = setting?.folder ?? fileFolder;
  if (key === 'private_key_stores') return effectiveStores(setting?.entry.value, folder);
  if (kindOf(key)?.isPath !== true) return writeValue(key, value);
  return Array.isArray(value)
    ? value.map((each) => resolve(folder, String(each)))
    : resolve(folder, String(value));
}

/** What has been checked can be taken as it was written, but for what must not be shown. */
function effectiveStores(stores: unknown, folder: string): unknown[] {
  return (stores as Record<string, unknown>[]).map((store) =>
    Object.fromEntries(
      Object.entries(store)
        .filter(([, value]) => typeof value === 'string')
        .map(([field, value]) => [field, effectiveField(field, String(value), folder)]),
    ),
  );
}

function effectiveField(field: string, value: string, folder: string): string {
  if (field === 'uri') return value.replace(/(pin-value=)[^&;?]*/gi, '$1***');
  return field === 'passphrase_env' ? value : resolve(folder, value);
}
