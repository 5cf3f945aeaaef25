import { spawnSync } from 'node:child_process';
import { copyFile, mkdir, mkdtemp, realpath, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { beforeAll, expect, it } from 'vitest';

const biome = createRequire(import.meta.url).resolve('@biomejs/biome/bin/biome');

/** A file, and what it imports. */
type Import = readonly [file: string, imported: string];

const REFUSED: readonly Import[] = [
  ['src/entities/x.ts', '../search/index.ts'],
  ['src/entities/x.ts', '../services.ts'],
  ['src/entities/core/steps.ts', '../index.ts'],
  ['src/entities/core/write.ts', '../office.ts'],
  ['src/entities/core/define.ts', '../money.ts'],
  ['src/entities/core/model.ts', '../../search/index.ts'],
  ['src/search/x.ts', '../schema/builder.ts'],
  ['src/search/x.ts', '../auth/policy.ts'],
  ['src/auth/x.ts', '../schema/builder.ts'],
  ['src/schema/x.ts', '../server.ts'],
  ['src/schema/electrodb/x.ts', '../office.ts'],
  ['src/schema/electrodb/x.ts', '../../entities/office.ts'],
  ['src/schema/electrodb/x.ts', '../../entities/index.ts'],
  ['src/server.ts', '../handler.ts'],
  ['src/config.ts', './schema/builder.ts'],
  ['src/runtime.ts', './entities/index.ts'],
  ['handler.ts', './dev/run.ts'],
  ['handler.ts', './src/schema/index.ts'],
  ['handler.ts', './test/support/roster.ts'],
  ['src/services.ts', '../dev/run.ts'],
  ['dev/x.ts', '../test/support/roster.ts'],
];

const ALLOWED: readonly Import[] = [
  ['src/entities/index.ts', './office.ts'],
  ['src/entities/office.ts', './geo-point.ts'],
  ['src/entities/core/write.ts', './steps.ts'],
  ['src/entities/core/write.ts', '../../errors.ts'],
  ['src/search/x.ts', '../entities/index.ts'],
  ['src/schema/x.ts', '../search/index.ts'],
  ['src/schema/x.ts', '../services.ts'],
  ['src/schema/electrodb/x.ts', '../../entities/core/model.ts'],
  ['src/schema/electrodb/x.ts', '../../entities/core/names.ts'],
  ['src/server.ts', './schema/index.ts'],
  ['handler.ts', './src/server.ts'],
  ['dev/x.ts', '../src/server.ts'],
];

/** What the import-direction rule refuses, each as the file and its line, such as `src/server.ts:1`. */
let refused: ReadonlySet<string>;
const lines = new Map<string, string[]>();

const placeOf = ([file, imported]: Import) => `${file}:${(lines.get(file)?.indexOf(imported) ?? -1) + 1}`;

// One run of the linter with the project's own configuration, since each takes half a second.
beforeAll(async () => {
  for (const [file, imported] of [...REFUSED, ...ALLOWED]) lines.set(file, [...(lines.get(file) ?? []), imported]);
  // Without symbolic links, as the linter names files.
  const dir = await realpath(await mkdtemp(join(tmpdir(), 'roster-layers-')));
  await copyFile('biome.json', join(dir, 'biome.json'));
  for (const [file, imports] of lines) {
    await mkdir(dirname(join(dir, file)), { recursive: true });
    await writeFile(join(dir, file), imports.map((each) => `export * from '${each}';\n`).join(''));
  }
  const options = ['--vcs-enabled=false', '--only=style/noRestrictedImports', '--max-diagnostics=none'];
  const args = [biome, 'lint', ...options, '--reporter=github', '.'];
  const { status, stdout } = spawnSync(process.execPath, args, { cwd: dir, encoding: 'utf8' });
  await rm(dir, { recursive: true, force: true });
  expect(status).toBe(1);
  const found = stdout.matchAll(/title=lint\/style\/noRestrictedImports,file=([^,]+),line=(\d+),/g);
  refused = new Set([...found].map(([, file = '', line]) => `${relative(dir, file)}:${line}`));
});

it('refuses these and no others', () => {
  expect(refused.size).toBe(REFUSED.length);
});

it.each(REFUSED)('%s may not import %s', (file, imported) => {
  expect(refused).toContain(placeOf([file, imported]));
});

it.each(ALLOWED)('%s may import %s', (file, imported) => {
  expect(refused).not.toContain(placeOf([file, imported]));
});
