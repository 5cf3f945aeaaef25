import { createRequire } from 'node:module';
import { defineConfig } from 'vitest/config';

export default defineConfig({
  // Node gives everybody the CommonJS build of graphql; Vite would give our own files the other one, and errors of
  // either are strangers to the other.
  resolve: { alias: [{ find: /^graphql$/, replacement: createRequire(import.meta.url).resolve('graphql') }] },
  test: {
    include: ['test/**/*.test.ts'],
    globalSetup: ['test/support/servers.ts'],
    reporters: ['default', './test/support/totals.ts'],
    // Real servers on two shared cores: a limit for what hangs, not a measure of speed.
    testTimeout: 60_000,
    hookTimeout: 120_000,
    // Two processes keep two cores busy.
    maxWorkers: 2,
  },
});
