import { stat } from 'node:fs/promises';
import { loadKeys, type KeyStoreLocation, type StoredKey } from '@latchkey/server';
import { defineCommand, ExitCode } from '../command-line/command.js';
import { styleFor } from '../terminal/style.js';
import { table } from '../terminal/table.js';

/** `latchkey keys`: what a key server would serve from a folder. */
export const keysCommand = defineCommand({
  name: 'keys',
  summary: 'list the private keys in a folder: SKI, type, bits and file',
  usage: 'DIR|FILE... [options]',
  description: `
Lists the private keys that a key server would serve from a folder (*.key, with subfolders) or file. Prints public
facts only. A file that cannot be used is named with the reason.
Exit codes: 0 every file can be used, 1 one cannot or there is no key, 2 wrong command line.`,
  options: {
    json: {
      type: 'boolean',
      help: 'print JSON: {keys: [{ski, type, bits, curve?, file}], unusable: [{file, reason}]}',
    },
  },
  positionals: { minimum: 1, maximum: Number.POSITIVE_INFINITY },
  execute: async ({ json }, paths, { output, errors }) => {
    const { keys, problems } = await loadKeys(await Promise.all(paths.map(toLocation)));
    try {
      const found = [...keys, ...keys.duplicates].map(describe).sort(byFile);
      const unusable = problems.map(({ file, reason }) => ({ file, reason }));
      if (json) {
        output.write(`${JSON.stringify({ keys: found, unusable }, undefined, 2)}\n`);
      } else {
        output.write(format(found));
        const style = styleFor(errors);
        for (const { file, reason } of unusable)
          errors.write(`${style.bad('unusable')}  ${file}: ${reason}\n`);
        if (found.length === 0 && unusable.length === 0)
          errors.write(`no *.key file in ${paths.join(', ')}\n`);
      }
      return found.length > 0 && unusable.length === 0 ? ExitCode.OK : ExitCode.FAILURE;
    } finally {
      keys.dispose();
    }
  },
});

interface KeyDescription {
  /** Hexadecimal. */
  readonly ski: string;
  readonly type: string;
  readonly bits: number;
  readonly curve?: string;
  readonly file: string;
}

async function toLocation(path: string): Promise<KeyStoreLocation> {
  const isFile = await stat(path).then(
    (found) => found.isFile(),
    // Loading says what is wrong with it.
    () => false,
  );
  return { type: isFile ? 'file' : 'directory', path };
}

function describe({ privateKey: { ski, type, bits, curve }, file }: StoredKey): KeyDescription {
  return { ski: Buffer.from(ski).toString('hex'), type, bits, ...(curve !== undefined && { curve }), file };
}

function byFile(one: KeyDescription, other: KeyDescription): number {
  return one.file < other.file ? -1 : 1;
}

function format(keys: readonly KeyDescription[]): string {
  if (keys.length === 0) return '';
  const rows = keys.map(({ ski, type, bits, file }) => [ski, type, String(bits), file]);
  const columns = [
    { heading: 'SKI' },
    { heading: 'type' },
    { heading: 'bits', alignment: 'right' },
    { heading: 'file' },
  ] as const;
  return `${table(columns, rows).join('\n')}\n`;
}
