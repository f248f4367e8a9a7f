import { z } from 'zod';
import { KEY_DESCRIPTIONS } from './descriptions.js';
import { type ConfigurationKey, configurationSchema } from './schema.js';
import { type ValueKind, valueKinds } from './values.js';

/** A key of the configuration, for those who describe it. */
export interface ConfigurationKeyFacts {
  readonly key: ConfigurationKey;
  readonly description: string;
  /** What stands for its value, e.g. `FILE`. */
  readonly placeholder: string;
  /** As a file may have it; undefined for none or an empty list, and for `workers`, where it depends on the machine. */
  readonly defaultValue: string | number | boolean | undefined;
  /** Whether a single word can say it, as on a command line. Otherwise it is YAML. */
  readonly isWord: boolean;
}

/** All keys of the configuration, in their order. */
export function configurationKeys(): readonly ConfigurationKeyFacts[] {
  return KEYS.map((key) => {
    const kind = kindOf(key);
    return {
      key,
      description: KEY_DESCRIPTIONS[key],
      placeholder: kind?.placeholder ?? 'YAML',
      defaultValue: key === 'workers' ? undefined : wordOf(writeValue(key, defaultOf(key))),
      isWord: kind !== undefined,
    };
  });
}

/** A value as a file may have it, from what parsing it gave. */
export function writeValue(key: ConfigurationKey, value: unknown): unknown {
  const write = kindOf(key)?.write;
  return write === undefined || value === undefined ? value : write(value);
}

/** What kind of value a key has; none for a list of more than paths. */
export function kindOf(key: ConfigurationKey): ValueKind | undefined {
  return valueKinds.get(innermost(configurationSchema.shape[key]));
}

const KEYS = Object.keys(configurationSchema.shape) as ConfigurationKey[];

/** What is left without default and optionality. */
function innermost(schema: z.core.$ZodType): z.core.$ZodType {
  return schema instanceof z.ZodDefault || schema instanceof z.ZodOptional
    ? innermost(schema.def.innerType)
    : schema;
}

function wordOf(value: unknown): string | number | boolean | undefined {
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean'
    ? value
    : undefined;
}

function defaultOf(key: ConfigurationKey): unknown {
  const schema = configurationSchema.shape[key];
  return schema instanceof z.ZodDefault ? schema.def.defaultValue : undefined;
}
