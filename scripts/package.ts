import { spawnSync } from 'node:child_process';
import { mkdir, mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { streamFilters } from '../src/search/indexer/event-filter.ts';
import { BUNDLE_DIR, bundle, bundleNaively, loadedWith } from './bundle.ts';
import { timeFirstRequests } from './first-request.ts';

// Bundles the handlers, writes what serverless.yml takes from the code, and lets Serverless package the stack:
// npm run package -- --stage prod; with --no-timing, it does not start the bundle to time it.
const args = process.argv.slice(2);
const ENTRY = `${BUNDLE_DIR}/handler.mjs`;
const FILTERS = 'dist/stream-filters.json';

await rm(BUNDLE_DIR, { recursive: true, force: true });
await mkdir('dist', { recursive: true });
const loaded = loadedWith(await bundle(BUNDLE_DIR));
await writeFile(FILTERS, `${JSON.stringify(streamFilters(), null, 2)}\n`);

const { status } = spawnSync('serverless', ['package', ...args.filter((arg) => arg !== '--no-timing')], {
  stdio: 'inherit',
});
if (status === 0 && !args.includes('--no-timing')) await compare();
process.exitCode = status ?? 1;

/** Prints what the bundle is worth, beside one that nobody took pains over. */
async function compare(): Promise<void> {
  const dir = await mkdtemp(join(tmpdir(), 'roster-bundle-'));
  const naive = join(dir, 'handler.cjs');
  try {
    await bundleNaively(naive);
    const sizes = await Promise.all(loaded.map(async (file) => (await stat(file)).size));
    const size = sizes.reduce((sum, each) => sum + each, 0);
    const { size: naiveSize } = await stat(naive);
    const urls = [ENTRY, naive].map((file) => pathToFileURL(resolve(file)).href);
    const [ms = Number.NaN, naiveMs = Number.NaN] = await timeFirstRequests(urls);
    const line = (what: string, value: number, base: number, unit: string) =>
      process.stdout.write(
        `${what}: ${Math.round(value)} ${unit}, ${(value / base).toFixed(2)} of a naive bundle's ${Math.round(base)} ${unit}\n`,
      );
    line('code loaded by a cold start', size / 1_000, naiveSize / 1_000, 'KB');
    line('load and first request', ms, naiveMs, 'ms');
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
}
