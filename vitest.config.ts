import { createRequire } from 'node:module';
import { configDefaults, defineConfig } from 'vitest/config';

/**
 * Tests that have no DynamoDB, start one of their own, or are about Meilisearch and what becomes of its failures, processes
 * or rights: another one is nothing new to them.
 */
const NOT_OF_DYNAMODB = [
  'add-an-entity',
  'bundle',
  'changing-keys',
  'config',
  'cursor',
  'declaration',
  'deploying',
  'deployment-script',
  'dev',
  'electro',
  'end-to-end',
  'engine-*',
  'fuzz-operations',
  'graphql-over-http',
  'hostile-*',
  'indexer-faults',
  'indexer-outage',
  'keys',
  'languages',
  'layers',
  'occasions',
  'operating-search',
  'packaged',
  'parameters',
  'policy-*',
  'range',
  'readme',
  'rights',
  'schema',
  'search-token*',
  'search-{bad-input,command,declaration,docs,documents,facets,facets-isolation,filters,highlights,injection,orders,outage,places,problems,secrets,words}',
  'seed',
  'selection',
  'servers',
  'simulation*',
  'sls-offline',
  'stack',
  'stage-settings',
  'stream-delivery',
  'stream-shards',
  'table',
  'trace',
  'type-errors',
  'validation',
  'workflows',
];
const exclude = process.env['ROSTER_TEST_DYNAMODB'] === 'local' ? NOT_OF_DYNAMODB : [];

export default defineConfig({
  // Node gives everybody the CommonJS build of graphql; Vite would give our own files the other one, and errors of
  // either are strangers to the other.
  resolve: { alias: [{ find: /^graphql$/, replacement: createRequire(import.meta.url).resolve('graphql') }] },
  test: {
    include: ['test/**/*.test.ts'],
    exclude: [...configDefaults.exclude, ...exclude.map((name) => `test/${name}.test.ts`)],
    globalSetup: ['test/support/servers.ts'],
    reporters: ['default', './test/support/totals.ts'],
    // Real servers on two shared cores: a limit for what hangs, not a measure of speed.
    testTimeout: 180_000,
    hookTimeout: 240_000,
    // Two processes keep two cores busy; a third one gained nothing, and made tests wait.
    maxWorkers: 2,
  },
});
