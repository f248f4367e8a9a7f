import type { Reporter, TestModule } from 'vitest/node';

/** Closes a run with one plain line of counts and, above it, which suites were skipped and how to enable them. */
export default class ClosingReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[]): void {
    const counts = { passed: 0, failed: 0, skipped: 0, pending: 0 };
    const missing = new Set<string>();
    for (const module of modules) {
      for (const test of module.children.allTests()) counts[test.result().state] += 1;
      for (const suite of module.children.allSuites()) {
        const needs = /\[needs .*\]$/.exec(suite.name);
        if (needs !== null) missing.add(`  ${suite.name}`);
      }
    }
    if (missing.size > 0) console.log(`\nSkipped suites:\n${[...missing].join('\n')}`);
    console.log(`\ntests: ${counts.passed} passed, ${counts.failed} failed, ${counts.skipped} skipped`);
  }
}
