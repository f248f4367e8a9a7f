import { ConfigurationError, type ConfigurationProblem, nearest } from '@latchkey/server';
import { isMap, isNode, LineCounter, parseDocument, type Document } from 'yaml';
import type { z } from 'zod';
import type { TextFile } from '../files.js';
import { edgeConfigurationSchema } from './schema.js';

/** Where a value stands among the keys of a document. */
export type KeyPath = readonly (string | number)[];

/** An edge's configuration as it was written, every value of the right form. */
export interface EdgeDocument {
  readonly values: z.output<typeof edgeConfigurationSchema>;
  /** Something that is wrong with the value at a path, for whoever looks further into it. */
  readonly problemAt: (path: KeyPath, message: string) => ConfigurationProblem;
}

/**
 * Parses the text of an edge's configuration file.
 *
 * @throws {ConfigurationError} naming every problem with file, line, column and key
 */
export function parseEdgeDocument({ path: source, text }: TextFile): EdgeDocument {
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
  const outcome = edgeConfigurationSchema.safeParse(document.toJS() ?? {});
  if (outcome.success) return { values: outcome.data, problemAt };
  const problems = outcome.error.issues.flatMap((issue) => {
    const path = issue.path.map((step) => (typeof step === 'symbol' ? String(step) : step));
    if (issue.code !== 'unrecognized_keys')
      return [problemAt(path, isMissing(document, path) ? `is missing: it ${issue.message}` : issue.message)];
    return issue.keys.map((key) => problemAt([...path, key], describeUnknown(key, path)));
  });
  throw new ConfigurationError(problems);
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

function isMissing(document: Document, path: KeyPath): boolean {
  return path.length > 0 && !document.hasIn(path);
}

function describeUnknown(key: string, path: KeyPath): string {
  const { shape } = edgeConfigurationSchema;
  const known = Object.keys(path.length === 0 ? shape : shape.sites.element.shape);
  const suggestion = nearest(key, known);
  return suggestion === undefined
    ? 'is not a key of the configuration'
    : `is not known: did you mean ${suggestion}?`;
}
