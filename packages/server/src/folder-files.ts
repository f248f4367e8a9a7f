import { readdir } from 'node:fs/promises';
import { join } from 'node:path';

/**
 * The files in a folder and its subfolders whose names end in one of the endings, in a stable order. Symbolic links to
 * files are followed, links to folders are not. Names that begin with two dots are passed over: Kubernetes keeps the
 * versions of a mounted secret there.
 *
 * @param onProblem told of a folder that cannot be read
 */
export async function* filesBelow(
  folder: string,
  endings: readonly string[],
  onProblem: (folder: string, error: unknown) => void,
): AsyncGenerator<string> {
  let entries;
  try {
    entries = await readdir(folder, { withFileTypes: true });
  } catch (error) {
    onProblem(folder, error);
    return;
  }
  for (const entry of entries.sort((a, b) => (a.name < b.name ? -1 : 1))) {
    const path = join(folder, entry.name);
    if (entry.name.startsWith('..')) continue;
    if (entry.isDirectory()) yield* filesBelow(path, endings, onProblem);
    else if (endings.some((ending) => entry.name.endsWith(ending))) yield path;
  }
}
