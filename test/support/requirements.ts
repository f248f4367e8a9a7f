import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import { describe, it } from 'vitest';

/** Something outside the npm registry that a suite needs. */
export interface Requirement {
  /** A command on PATH, or an absolute path to a file. */
  readonly needs: string;
  /** The Debian package that it comes in. */
  readonly debianPackage: string;
}

/**
 * A suite that needs something from Debian. Where that is missing, the suite is skipped and says how to enable it; in
 * CI it fails instead.
 */
export function describeWith(name: string, requirements: readonly Requirement[], body: () => void): void {
  const missing = requirements.filter(({ needs }) => !isPresent(needs));
  if (missing.length === 0) {
    describe(name, body);
    return;
  }
  const packages = [...new Set(missing.map(({ debianPackage }) => debianPackage))].join(' ');
  const title = `${name} [needs ${missing.map(({ needs }) => needs).join(', ')}: apt-get install ${packages}]`;
  if (process.env['CI'] === undefined) {
    describe.skip(title, body);
  } else {
    describe(title, () => {
      it('has what it needs in CI', () => {
        throw new Error(`in CI no suite is skipped: apt-get install ${packages}`);
      });
    });
  }
}

function isPresent(needs: string): boolean {
  const candidates = needs.startsWith('/')
    ? [needs]
    : (process.env['PATH'] ?? '').split(delimiter).map((directory) => join(directory, needs));
  return candidates.some((candidate) => {
    try {
      accessSync(candidate, constants.R_OK);
      return true;
    } catch {
      return false;
    }
  });
}
