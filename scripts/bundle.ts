import { createRequire } from 'node:module';
import { resolve as absolute, dirname, join } from 'node:path';
import { type BuildOptions, build, type Metafile, type Plugin } from 'esbuild';

/** Where the bundle is put; the functions' handlers are the exports of its `handler.mjs`. */
export const BUNDLE_DIR = 'dist/bundle';

const { resolve } = createRequire(import.meta.url);

const COMMON = {
  entryPoints: ['handler.ts'],
  bundle: true,
  minify: true,
  platform: 'node',
  target: 'node24',
  metafile: true,
} satisfies BuildOptions;

const withoutClientsOfElectroDb: Plugin = {
  name: 'without-clients-of-electrodb',
  setup({ onResolve }) {
    onResolve({ filter: /^@aws-sdk\// }, ({ importer }) =>
      importer.includes('node_modules/electrodb/') ? { path: absolute('scripts/bundled/no-aws-client.ts') } : undefined,
    );
  },
};

/** One file, as esbuild makes it when it is asked for nothing but a small one: what the bundle is compared with. */
export async function bundleNaively(outfile: string): Promise<void> {
  await build({ ...COMMON, format: 'cjs', outfile });
}

/**
 * The bundle that is deployed: `handler.mjs` and, beside it, chunks of what is imported on first use, such as credentials
 * other than those that Lambda puts into the environment. Source maps lie beside them and are not deployed.
 *
 * @param different for a bundle that is not deployed
 */
export async function bundle(outdir: string, different: BundleDifferences = {}): Promise<Metafile> {
  const { metafile } = await build({
    ...COMMON,
    // Only ESM can be split.
    format: 'esm',
    splitting: true,
    outdir,
    outExtension: { '.js': '.mjs' },
    chunkNames: 'chunk-[hash]',
    mainFields: ['module', 'main'],
    alias: {
      jsonschema: './scripts/bundled/jsonschema.ts',
      // Node has fetch by itself.
      '@whatwg-node/fetch': join(dirname(resolve('@whatwg-node/fetch/package.json')), 'dist/global-ponyfill.js'),
      // CommonJS packages would bring the other build of it, and errors of either are strangers to the other.
      graphql: join(dirname(resolve('graphql/package.json')), 'index.mjs'),
    },
    // CommonJS packages require Node's own modules.
    banner: { js: "import{createRequire as toRequire}from'node:module';const require=toRequire(import.meta.url);" },
    plugins: [withoutClientsOfElectroDb],
    sourcemap: 'external',
    ...different,
  });
  return metafile;
}

/** What may differ where the bundle is not deployed. */
type BundleDifferences = Pick<BuildOptions, 'minify' | 'sourcemap'>;

/** The files that a cold start loads: the handlers and all that they import other than on first use. */
export function loadedWith({ outputs }: Metafile): string[] {
  const loaded = new Set(Object.keys(outputs).filter((file) => outputs[file]?.entryPoint === 'handler.ts'));
  // A set's iteration goes on to what is added meanwhile.
  for (const file of loaded)
    for (const { path, kind, external } of outputs[file]?.imports ?? [])
      if (kind === 'import-statement' && !external) loaded.add(path);
  return [...loaded];
}

/** The source files of which something is in the bundle's files, all of them or some. */
export function sourcesOf({ outputs }: Metafile, files: readonly string[] = Object.keys(outputs)): string[] {
  const inputs = files.flatMap((file) => Object.entries(outputs[file]?.inputs ?? {}));
  return [...new Set(inputs.filter(([, { bytesInOutput }]) => bytesInOutput > 0).map(([path]) => path))];
}
