import { mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Metafile } from 'esbuild';
import { beforeAll, expect, it } from 'vitest';
import { bundle, bundleNaively, loadedWith, sourcesOf } from '../scripts/bundle.ts';

let dir: string;
let metafile: Metafile;

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'roster-bundle-'));
  metafile = await bundle(dir);
  return () => rm(dir, { recursive: true, force: true });
});

/** The folders of the packages that sources are from, such as `node_modules/graphql`. */
const packagesOf = (sources: readonly string[]): string[] =>
  [...new Set(sources.flatMap((path) => /^.*node_modules\/(?:@[^/]+\/)?[^/]+/.exec(path)?.[0] ?? []))].toSorted();

it('holds these libraries, each once, and nothing else is loaded by a cold start', () => {
  const loaded = packagesOf(sourcesOf(metafile, loadedWith(metafile)));
  const later = packagesOf(sourcesOf(metafile)).filter((each) => !loaded.includes(each));
  const names = (folders: readonly string[]) => folders.map((folder) => folder.replace(/^node_modules\//, ''));
  // A second copy would be a folder within a folder.
  expect(names(loaded)).toMatchInlineSnapshot(`
    [
      "@aws-lambda-powertools/commons",
      "@aws-lambda-powertools/logger",
      "@aws-sdk/client-dynamodb",
      "@aws-sdk/core",
      "@aws-sdk/credential-provider-env",
      "@aws-sdk/credential-provider-node",
      "@aws-sdk/dynamodb-codec",
      "@aws-sdk/endpoint-cache",
      "@aws-sdk/lib-dynamodb",
      "@aws-sdk/middleware-endpoint-discovery",
      "@aws-sdk/util-dynamodb",
      "@aws-sdk/xml-builder",
      "@aws/lambda-invoke-store",
      "@envelop/core",
      "@envelop/instrumentation",
      "@graphql-tools/executor",
      "@graphql-tools/utils",
      "@graphql-yoga/logger",
      "@graphql-yoga/plugin-persisted-operations",
      "@pothos/core",
      "@pothos/plugin-errors",
      "@pothos/plugin-relay",
      "@pothos/plugin-scope-auth",
      "@smithy/core",
      "@smithy/node-http-handler",
      "@smithy/signature-v4",
      "@smithy/types",
      "@whatwg-node/disposablestack",
      "@whatwg-node/fetch",
      "@whatwg-node/promise-helpers",
      "@whatwg-node/server",
      "cockatiel",
      "cross-inspect",
      "dataloader",
      "electrodb",
      "graphql",
      "graphql-yoga",
      "jose",
      "lru-cache",
      "meilisearch",
      "mnemonist",
      "obliterator",
      "ulid",
      "zod",
    ]
  `);
  // Credentials that Lambda does not put into the environment, and the client by which functions call each other.
  expect(names(later)).toMatchInlineSnapshot(`
    [
      "@aws-sdk/client-lambda",
      "@aws-sdk/credential-provider-http",
      "@aws-sdk/credential-provider-ini",
      "@aws-sdk/credential-provider-login",
      "@aws-sdk/credential-provider-process",
      "@aws-sdk/credential-provider-sso",
      "@aws-sdk/credential-provider-web-identity",
      "@aws-sdk/nested-clients",
      "@aws-sdk/signature-v4-multi-region",
      "@aws-sdk/token-providers",
      "@smithy/credential-provider-imds",
      "bowser",
    ]
  `);
});

it('holds nothing that only developers install', async () => {
  const { packages } = JSON.parse(await readFile('package-lock.json', 'utf8'));
  const folders = packagesOf(sourcesOf(metafile));
  expect(folders.filter((folder) => packages[folder] === undefined || packages[folder].dev)).toEqual([]);
});

it('holds the code of the functions, and none of the local stack, the tests or the scripts', () => {
  const own = sourcesOf(metafile).filter((path) => !path.includes('node_modules/'));
  expect(own.filter((path) => !/^(handler\.ts|src\/.*|scripts\/bundled\/[^/]+)$/.test(path))).toEqual([]);
  expect(own).toContain('src/schema/index.ts');
});

it('imports what rebuilds, repairs and compares indexes on first use', () => {
  const loaded = sourcesOf(metafile, loadedWith(metafile));
  const isRare = (path: string) => /^src\/search\/(maintenance|doctor|rebuild)\//.test(path);
  expect(loaded.filter(isRare)).toMatchInlineSnapshot(`
    [
      "src/search/maintenance/invoker.ts",
      "src/search/rebuild/run-record.ts",
      "src/search/doctor/comparisons.ts",
    ]
  `);
  expect(sourcesOf(metafile).filter(isRare).length).toBeGreaterThan(10);
});

it('is a third smaller, as far as a cold start loads it, than one that nobody took pains over', async () => {
  const naive = join(dir, 'naive.cjs');
  await bundleNaively(naive);
  const sizes = loadedWith(metafile).map((file) => metafile.outputs[file]?.bytes ?? Number.NaN);
  expect(sizes.reduce((sum, each) => sum + each, 0) / (await stat(naive)).size).toBeLessThan(0.67);
});

it('keeps its source maps beside the code, which does not mention them', async () => {
  const files = await readdir(dir);
  const code = files.filter((file) => file.endsWith('.mjs'));
  expect(files).toEqual(expect.arrayContaining(code.map((file) => `${file}.map`)));
  for (const file of code) expect(await readFile(join(dir, file), 'utf8')).not.toContain('sourceMappingURL');
});
