import { spawnSync } from 'node:child_process';
import { statSync, writeFileSync } from 'node:fs';
import { build } from 'esbuild';
import { streamFilters } from '../src/search/indexer/event-filter.ts';

// Bundles the handlers, writes what serverless.yml takes from the code, and lets Serverless package the stack:
// npm run package -- --stage prod
const OUTPUT = 'dist/handler.js';
const FILTERS = 'dist/stream-filters.json';

await build({
  entryPoints: ['handler.ts'],
  outfile: OUTPUT,
  bundle: true,
  minify: true,
  platform: 'node',
  target: 'node24',
  format: 'cjs',
  mainFields: ['module', 'main'],
  sourcemap: 'external',
});
process.stdout.write(`${OUTPUT}: ${Math.round(statSync(OUTPUT).size / 1_000)} KB\n`);
writeFileSync(FILTERS, `${JSON.stringify(streamFilters(), null, 2)}\n`);

const { status } = spawnSync('serverless', ['package', ...process.argv.slice(2)], { stdio: 'inherit' });
process.exitCode = status ?? 1;
