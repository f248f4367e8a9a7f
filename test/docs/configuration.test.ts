import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { configurationJsonSchema, type ConfigurationKeyFacts, configurationKeys } from '@latchkey/server';
import { format, resolveConfig } from 'prettier';
import { describe, expect, it } from 'vitest';
import { ROOT } from './documents.js';

// What these files should be follows from the schema of the configuration: `npx vitest run test/docs -u` writes them anew.

describe('the documentation of the configuration', () => {
  it('has a table of all keys', async () => {
    const file = join(ROOT, 'docs/configuration.md');
    const table = [
      '| key | value | default | what it is for |',
      '| --- | --- | --- | --- |',
      ...configurationKeys().map(rowOf),
    ].join('\n');
    const text = readFileSync(file, 'utf8').replace(
      /(<!-- keys: begin -->).*(<!-- keys: end -->)/s,
      `$1\n\n${table.replaceAll('$', '$$$$')}\n\n$2`,
    );
    await expect(await formatted(text, file)).toMatchFileSnapshot(file);
  });

  it('has a JSON Schema', async () => {
    const file = join(ROOT, 'docs/configuration.schema.json');
    const text = JSON.stringify(configurationJsonSchema());
    await expect(await formatted(text, file)).toMatchFileSnapshot(file);
  });
});

function rowOf({ key, defaultValue, placeholder, description }: ConfigurationKeyFacts): string {
  const value = defaultValue === undefined ? '' : `\`${defaultValue}\``;
  const form = placeholder.replaceAll('|', ' or ');
  return `| \`${key}\` | ${form} | ${value} | ${description} |`;
}

async function formatted(text: string, file: string): Promise<string> {
  return format(text, { ...(await resolveConfig(file)), filepath: file });
}
