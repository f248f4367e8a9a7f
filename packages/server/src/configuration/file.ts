import { type Document, isMap, isNode, isScalar, LineCounter, type Node, parseDocument } from 'yaml';
import { ConfigurationError } from '../errors.js';
import { reasonOf } from '../system-error.js';
import type { ConfigurationProblem } from './problem.js';

/** Where something stands in a file, from 1. */
export interface Position {
  readonly line: number;
  readonly column: number;
}

/** One key of the configuration as somebody wrote it, in a file or elsewhere. */
export interface Entry {
  readonly name: string;
  readonly value: unknown;
  /** The file, flag or environment variable. */
  readonly source: string;
  /** Position of the key; only in a file. */
  readonly line?: number;
  readonly column?: number;
  /** Where the part of the value at `path` stands; only in a file. */
  positionOf?(path: readonly string[]): Position;
}

/**
 * Takes the YAML of a configuration file apart, without yet understanding it.
 *
 * @throws {ConfigurationError} when it is not YAML, or not a list of keys with their values
 */
export function readConfigurationFile(text: string, fileName: string): Entry[] {
  const lineCounter = new LineCounter();
  const document = parseDocument(text, { lineCounter, prettyErrors: false });
  const toPosition = (offset: number): Position => {
    const { line, col } = lineCounter.linePos(offset);
    return { line, column: col };
  };
  if (document.errors.length > 0) {
    throw new ConfigurationError(
      document.errors.map(({ pos, message }) => ({ source: fileName, ...toPosition(pos[0]), message })),
    );
  }
  const root = document.contents;
  if (root === null || (isScalar(root) && root.value === null)) return [];
  if (!isMap(root)) {
    const message = 'the file must hold keys with their values, e.g. "port: 2407"';
    throw new ConfigurationError([{ source: fileName, ...startOf(root, toPosition), message }]);
  }
  return root.items.map(({ key, value }): Entry => {
    const keyPosition = startOf(key, toPosition);
    const name = String(isScalar(key) ? key.value : key);
    return {
      name,
      value: toValue(value, document, { source: fileName, ...keyPosition, key: name }),
      source: fileName,
      ...keyPosition,
      positionOf: (path) => startOf(nodeAt(value, path), toPosition, keyPosition),
    };
  });
}

/** @param place where to complain about an alias without its anchor, or about aliases that grow without measure */
function toValue(node: unknown, document: Document, place: Omit<ConfigurationProblem, 'message'>): unknown {
  if (!isNode(node)) return node;
  try {
    return node.toJS(document);
  } catch (error) {
    throw new ConfigurationError([{ ...place, message: reasonOf(error) }]);
  }
}

/** The innermost node on the path that is there. */
function nodeAt(root: unknown, path: readonly string[]): unknown {
  let node = root;
  for (const step of path) {
    const child: unknown = hasGet(node) ? node.get(step, true) : undefined;
    if (!isNode(child)) break;
    node = child;
  }
  return node;
}

function hasGet(node: unknown): node is Node & { get(key: unknown, keepScalar: true): unknown } {
  return isNode(node) && 'get' in node;
}

function startOf(
  node: unknown,
  toPosition: (offset: number) => Position,
  otherwise: Position = { line: 1, column: 1 },
): Position {
  return isNode(node) && node.range ? toPosition(node.range[0]) : otherwise;
}
