import { readFile } from 'node:fs/promises';
import type { GeneratorResult } from '@latchkey/load';
import type { Call } from './call-tree.js';
import type { ProbeFindings } from './findings.js';

/** What a profile shows. Plain data. */
export interface ProfileData {
  readonly title: string;
  readonly date: string;
  /** What the server did meanwhile. */
  readonly load: Pick<GeneratorResult, 'rate'> & { readonly p50: number; readonly p99: number };
  readonly threads: readonly {
    readonly name: string;
    readonly tree: Call;
    readonly hottest: readonly Pick<Call, 'name' | 'place' | 'self'>[];
  }[];
  readonly probe: ProbeFindings;
}

/** Makes one HTML page of a profile that needs no other file. */
export async function renderProfile(data: ProfileData): Promise<string> {
  const [style, script] = await Promise.all(
    ['style.css', 'script.js'].map((name) => readFile(new URL(name, ASSETS), 'utf8')),
  );
  // So written it ends no script element, whatever is in it.
  const json = JSON.stringify(data).replaceAll('<', String.raw`\u003c`);
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>Latchkey profile</title>
<link rel="icon" href="data:,">
<style>${style}</style>
</head>
<body>
<main id="profile"></main>
<script type="application/json" id="data">${json}</script>
<script>${script}</script>
</body>
</html>
`;
}

/** The same folder seen from the sources and from what is built of them. */
const ASSETS = new URL('../../assets/profile/', import.meta.url);
