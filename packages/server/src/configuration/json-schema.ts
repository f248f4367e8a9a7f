import { z } from 'zod';
import { KEY_DESCRIPTIONS } from './descriptions.js';
import { configurationKeys } from './keys.js';
import { ALIASES, configurationSchema, UNUSED_KEYS } from './schema.js';
import { valueKinds } from './values.js';

type JsonObject = Record<string, unknown>;

/** JSON Schema (draft 2020-12) of a configuration file, for editors. */
export function configurationJsonSchema(): JsonObject {
  const { properties, $schema } = z.toJSONSchema(configurationSchema, {
    io: 'input',
    unrepresentable: 'any',
    override: ({ zodSchema, jsonSchema }) =>
      void Object.assign(jsonSchema, valueKinds.get(zodSchema)?.jsonSchema),
  });
  return {
    $schema,
    title: 'Configuration of a Latchkey key server',
    type: 'object',
    additionalProperties: false,
    properties: {
      ...Object.fromEntries(
        configurationKeys().map(({ key, defaultValue }) => [
          key,
          describe(properties?.[key], { description: KEY_DESCRIPTIONS[key], default: defaultValue }),
        ]),
      ),
      ...Object.fromEntries(
        [...ALIASES].map(([alias, key]) => [alias, { $ref: `#/properties/${key}`, deprecated: true }]),
      ),
      ...Object.fromEntries(
        [...UNUSED_KEYS].map((key) => [key, { description: 'not used by this version', deprecated: true }]),
      ),
    },
  };
}

function describe(schema: unknown, facts: JsonObject): JsonObject {
  const { default: _, ...rest } = schema as JsonObject;
  return { ...rest, ...Object.fromEntries(Object.entries(facts).filter(([, value]) => value !== undefined)) };
}
