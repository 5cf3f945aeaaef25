import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    globalSetup: ['test/support/servers.ts'],
    // Real servers on two shared cores: a limit for what hangs, not a measure of speed.
    testTimeout: 60_000,
    hookTimeout: 120_000,
    // Two processes keep two cores busy.
    maxWorkers: 2,
  },
});
