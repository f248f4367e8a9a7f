import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ROOT } from '../docs/documents.js';
import { runCommand } from '../support/run-command.js';

/** What of a package.json says which files it takes to use the package. */
interface Manifest {
  readonly exports?: Readonly<Record<string, Readonly<Record<string, string>>>>;
  readonly bin?: Readonly<Record<string, string>>;
  readonly engines?: { readonly node?: string };
}

/** An entry of what `pnpm pack --json` prints. */
interface PackedPackage {
  readonly name: string;
  readonly files: readonly { readonly path: string }[];
}

describe('the packages as published', async () => {
  const packed = await pack();
  const cases = readdirSync(join(ROOT, 'packages')).map((folder) => {
    const manifest = JSON.parse(
      readFileSync(join(ROOT, 'packages', folder, 'package.json'), 'utf8'),
    ) as Manifest & { readonly name: string };
    const files = packed.find(({ name }) => name === manifest.name)?.files.map(({ path }) => path) ?? [];
    return { name: manifest.name, folder, manifest, files };
  });

  it.each(cases)('$name has every file that it says it exports', ({ manifest, files }) => {
    const promised = [...Object.values(manifest.exports ?? {}), manifest.bin ?? {}]
      .flatMap((targets) => Object.values(targets))
      .map((path) => path.replace('./', ''));
    expect(promised).not.toEqual([]);
    expect(missing(promised, files)).toEqual([]);
  });

  it.each(cases)('$name has every module, and its source for its source map', ({ folder, files }) => {
    const sources = sourcesIn(join(ROOT, 'packages', folder, 'src')).filter((path) => !TEST_FILE.test(path));
    const modules = sources.map((path) => path.replace(/\.ts$/, '.js'));
    const needed = [
      ...sources.map((path) => `src/${path}`),
      ...modules.flatMap((path) => [`dist/${path}`, `dist/${path}.map`]),
    ];
    expect(missing(needed, files)).toEqual([]);
  });

  it.each(cases)('$name has no tests, and nothing that was built for one machine', ({ files }) => {
    expect(files.filter((path) => TEST_FILE.test(path) || /^build|\.node$|tsbuildinfo/.test(path))).toEqual(
      files.includes('build.mjs') ? ['build.mjs'] : [],
    );
  });

  it.each(cases)('$name says which Node it takes', ({ manifest }) => {
    expect(manifest.engines?.node).toBe('>=20.20.0');
  });

  it('@latchkey/native has all that it takes to build the addon', () => {
    const { files } = cases.find(({ name }) => name === '@latchkey/native')!;
    const folder = join(ROOT, 'packages', 'native');
    const scripts = readdirSync(folder).filter((name) => name.endsWith('.mjs'));
    const sources = sourcesIn(join(folder, 'cc')).map((path) => `cc/${path}`);
    expect(missing(['binding.gyp', ...scripts, ...sources], files)).toEqual([]);
  });
});

const TEST_FILE = /\.test\.ts$|\btest-support\//;

function missing(needed: readonly string[], files: readonly string[]): string[] {
  return needed.filter((path) => !files.includes(path));
}

/** Paths from the folder. */
function sourcesIn(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((path) =>
    /\.(?:ts|cc|h|S)$/.test(path),
  );
}

async function pack(): Promise<readonly PackedPackage[]> {
  const { exitCode, output, errors } = await runCommand('npx', [
    '--yes',
    'pnpm@10.34.9',
    `--dir=${ROOT}`,
    '--recursive',
    '--filter=./packages/*',
    'pack',
    '--dry-run',
    '--json',
  ]);
  if (exitCode !== 0) throw new Error(`pnpm pack ended with ${exitCode}: ${output.toString()}${errors}`);
  return JSON.parse(output.toString()) as readonly PackedPackage[];
}
