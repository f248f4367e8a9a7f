import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['packages/*/src/**/*.test.ts', 'bench/src/**/*.test.ts', 'test/**/*.test.ts'],
    // The addon and its threads want a process of their own.
    pool: 'forks',
    // No test's key server takes the port that metrics have by default.
    env: { KEYLESS_METRICS_PORT: 'off' },
    testTimeout: 60_000,
    hookTimeout: 60_000,
    reporters: ['default', './test/support/closing-reporter.ts'],
  },
});
