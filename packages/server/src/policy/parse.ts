import { dirname } from 'node:path';
import { type Entry, readConfigurationFile } from '../configuration/file.js';
import { problemOf } from '../configuration/issue.js';
import type { ConfigurationProblem } from '../configuration/problem.js';
import { nearest } from '../configuration/suggestion.js';
import { ConfigurationError } from '../errors.js';
import { Policy } from './policy.js';
import { policySchema } from './schema.js';

/**
 * Reads a policy file: see docs/guides/policy.md.
 *
 * @param text the file's content, YAML
 * @param fileName the file's name: for messages, and relative paths in it are resolved against its folder
 * @throws {ConfigurationError} that names every problem with its line, column and key
 */
export function parsePolicy(text: string, fileName: string): Policy {
  const schema = policySchema(dirname(fileName));
  const names = Object.keys(schema.shape);
  const entries = new Map<string, Entry>();
  const problems: ConfigurationProblem[] = [];
  for (const entry of readConfigurationFile(text, fileName)) {
    if (names.includes(entry.name)) {
      entries.set(entry.name, entry);
    } else {
      const { source, name, line, column } = entry;
      const place = line === undefined || column === undefined ? {} : { line, column };
      problems.push({ source, ...place, key: name, message: unknownKey(name, names) });
    }
  }
  const outcome = schema.safeParse(
    Object.fromEntries([...entries].map(([name, { value }]) => [name, value])),
  );
  for (const issue of outcome.error?.issues ?? []) {
    problems.push(problemOf(issue, (name) => entries.get(name), fileName));
  }
  if (!outcome.success || problems.length > 0) {
    throw new ConfigurationError(problems.sort((a, b) => (a.line ?? Infinity) - (b.line ?? Infinity)));
  }
  return new Policy(outcome.data.rules, outcome.data.limits);
}

function unknownKey(name: string, names: readonly string[]): string {
  const suggestion = nearest(name, names) ?? names.join(' or ');
  return `is not a part of a policy: did you mean ${suggestion}?`;
}
