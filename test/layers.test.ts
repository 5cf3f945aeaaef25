import { spawnSync } from 'node:child_process';
import { copyFile, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { expect, it } from 'vitest';

const biome = createRequire(import.meta.url).resolve('@biomejs/biome/bin/biome');

/** The import-direction rule's verdict on one import, by the linter with the project's own configuration. */
async function isRefused(file: string, imported: string): Promise<boolean> {
  const dir = await mkdtemp(join(tmpdir(), 'roster-layers-'));
  try {
    await copyFile('biome.json', join(dir, 'biome.json'));
    await mkdir(dirname(join(dir, file)), { recursive: true });
    await writeFile(join(dir, file), `export * from '${imported}';\n`);
    const args = [biome, 'lint', '--vcs-enabled=false', '--only=style/noRestrictedImports', '.'];
    const { status, stdout, stderr } = spawnSync(process.execPath, args, { cwd: dir, encoding: 'utf8' });
    const refused = `${stdout}${stderr}`.includes('noRestrictedImports');
    expect(status).toBe(refused ? 1 : 0);
    return refused;
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
}

it.each([
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
])('%s may not import %s', async (file, imported) => {
  expect(await isRefused(file, imported)).toBe(true);
});

it.each([
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
])('%s may import %s', async (file, imported) => {
  expect(await isRefused(file, imported)).toBe(false);
});
