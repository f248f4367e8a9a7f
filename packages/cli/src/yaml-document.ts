import { ConfigurationError, type ConfigurationProblem, nearest } from '@latchkey/server';
import { isMap, isNode, LineCounter, parseDocument, visit, type Document } from 'yaml';
import { z } from 'zod';
import type { TextFile } from './files.js';

/** Where a value stands among the keys of a document. */
export type KeyPath = readonly (string | number)[];

/** A document as it was written, every value of the right form. */
export interface YamlDocument<Values> {
  readonly values: Values;
  /** Something that is wrong with the value at a path, for whoever looks further into it. */
  readonly problemAt: (path: KeyPath, message: string) => ConfigurationProblem;
}

/**
 * Parses the text of a YAML file.
 *
 * @param schema of strict objects; its messages say what a value must be, and read well after the key's name
 * @throws {ConfigurationError} naming every problem with file, line, column and key
 */
export function parseYamlDocument<Schema extends z.ZodType>(
  { path: source, text }: TextFile,
  schema: Schema,
): YamlDocument<z.output<Schema>> {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  const problemAt = (path: KeyPath, message: string): ConfigurationProblem => {
    const offset = offsetOf(document, path);
    return { source, ...(path.length > 0 && { key: path.join('.') }), ...positionAt(lines, offset), message };
  };
  if (document.errors.length > 0) {
    throw new ConfigurationError(
      document.errors.map(({ pos, message }) => ({ source, ...positionAt(lines, pos[0]), message })),
    );
  }
  const outcome = schema.safeParse(
    valueOf(document, (pos, message) => ({ source, ...positionAt(lines, pos), message })),
  );
  if (outcome.success) return { values: outcome.data, problemAt };
  const problems = outcome.error.issues.flatMap((issue) => {
    const path = issue.path.map((step) => (typeof step === 'symbol' ? String(step) : step));
    if (issue.code !== 'unrecognized_keys')
      return [problemAt(path, isMissing(document, path) ? `is missing: it ${issue.message}` : issue.message)];
    return issue.keys.map((key) => problemAt([...path, key], describeUnknown(key, keysAt(schema, path))));
  });
  throw new ConfigurationError(problems);
}

/** @throws {ConfigurationError} for an alias without its anchor, and for aliases that grow without measure */
function valueOf(
  document: Document,
  problem: (offset: number | undefined, message: string) => ConfigurationProblem,
): unknown {
  const unresolved: ConfigurationProblem[] = [];
  visit(document, {
    Alias: (_, alias) => {
      if (alias.resolve(document) !== undefined) return;
      const message = `nothing is called &${alias.source}; a text that begins with * must be in quotes: '*${alias.source}'`;
      unresolved.push(problem(alias.range?.[0], message));
    },
  });
  if (unresolved.length > 0) throw new ConfigurationError(unresolved);
  try {
    return document.toJS() ?? {};
  } catch (error) {
    if (!(error instanceof ReferenceError)) throw error;
    throw new ConfigurationError([problem(undefined, error.message)]);
  }
}

function positionAt(lines: LineCounter, offset: number | undefined): { line?: number; column?: number } {
  if (offset === undefined) return {};
  const { line, col } = lines.linePos(offset);
  return { line, column: col };
}

/** Where the key at a path starts, or the list item, or what it is missing from; undefined at the top. */
function offsetOf(document: Document, path: KeyPath): number | undefined {
  const parent = document.getIn(path.slice(0, -1), true);
  const pair = isMap(parent)
    ? parent.items.find(({ key }) => isNode(key) && key.toJS(document) === path.at(-1))
    : undefined;
  const node = pair?.key ?? document.getIn(path, true);
  if (isNode(node)) return node.range?.[0];
  return path.length > 1 ? offsetOf(document, path.slice(0, -1)) : undefined;
}

/** Whether nothing stands there, though there is a map for it. */
function isMissing(document: Document, path: KeyPath): boolean {
  const hasMap = path.length === 1 || isMap(document.getIn(path.slice(0, -1), true));
  return path.length > 0 && hasMap && !document.hasIn(path);
}

function describeUnknown(key: string, known: readonly string[]): string {
  const suggestion = nearest(key, known);
  return suggestion === undefined
    ? 'is not a key of the configuration'
    : `is not known: did you mean ${suggestion}?`;
}

/** The keys that an object may have where the path leads to. */
function keysAt(schema: unknown, [step, ...rest]: KeyPath): string[] {
  if (schema instanceof z.ZodOptional || schema instanceof z.ZodDefault || schema instanceof z.ZodPrefault)
    return keysAt(schema.unwrap(), step === undefined ? [] : [step, ...rest]);
  if (step === undefined) return schema instanceof z.ZodObject ? Object.keys(schema.shape) : [];
  if (schema instanceof z.ZodObject) return keysAt(schema.shape[step], rest);
  if (schema instanceof z.ZodArray) return keysAt(schema.element, rest);
  if (schema instanceof z.ZodRecord) return keysAt(schema.valueType, rest);
  return [];
}
