import { readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

export const ROOT = fileURLToPath(new URL('../../', import.meta.url));

/** A fenced block of code in a document. */
export interface CodeBlock {
  readonly language: string;
  readonly code: string;
}

/** A Markdown document for users. */
export interface Document {
  /** Its path from the root. */
  readonly path: string;
  readonly text: string;
  readonly blocks: readonly CodeBlock[];
}

/** All documents: those at the root and all under docs/. */
export function readDocuments(): Document[] {
  const underDocs = readdirSync(join(ROOT, 'docs'), { recursive: true, encoding: 'utf8' }).map((path) =>
    join(ROOT, 'docs', path),
  );
  const atRoot = readdirSync(ROOT).map((path) => join(ROOT, path));
  return [...atRoot, ...underDocs]
    .filter((path) => path.endsWith('.md'))
    .map((path) => {
      const text = readFileSync(path, 'utf8');
      const blocks = [...text.matchAll(/^```(\w*)\n(.*?)^```$/gms)].map(([, language = '', code = '']) => ({
        language,
        code,
      }));
      return { path: relative(ROOT, path), text, blocks };
    });
}

/** The commands of a shell block, without comments. */
export function commandsOf({ code }: CodeBlock): string[] {
  return code
    .replaceAll(/\\\n\s*/g, ' ')
    .split('\n')
    .map((line) => line.replace(/(^|\s)#.*$/, '').trim())
    .filter((line) => line !== '');
}
