import type { ScannableTable } from '../../entities/core/table.ts';
import { searches } from '../all.ts';
import type { EntitySearch } from '../define.ts';
import { BUCKET } from '../document.ts';
import { isTableEmpty } from '../table-scan.ts';
import { declarationOf } from './declaration.ts';
import { type IndexServices, makeIndex, recoverIndex } from './recover.ts';
import { searchStates } from './state.ts';
import { changeState, markDamaged } from './transitions.ts';

/** The side effects of seeing to indexes. */
export interface EnsureServices extends IndexServices {
  readonly table: ScannableTable;
}

/** Entities whose indexes are not as they should be. */
export interface IndexReport {
  /** Built by another declaration than today's: to be rebuilt. */
  readonly outdated: readonly EntitySearch[];
  /** May lack documents or hold wrong ones: to be repaired. */
  readonly damaged: readonly EntitySearch[];
}

/**
 * Creates the indexes that are missing, and tells which ones are not as declared.
 *
 * An index that was missing is empty: unless the table is so too, it counts as damaged until a comparison has mended that.
 *
 * @throws SearchWriteError, EngineRefusal, EngineUnavailable, UnavailableError
 */
export async function ensureIndexes(services: EnsureServices): Promise<IndexReport> {
  const existing = new Set((await services.engine.indexes()).map(({ uid }) => uid));
  const found = await Promise.all(
    searches.map(async (search) => [search, await ensure(services, search, existing)] as const),
  );
  return {
    outdated: found.flatMap(([search, { isOutdated }]) => (isOutdated ? [search] : [])),
    damaged: found.flatMap(([search, { isDamaged }]) => (isDamaged ? [search] : [])),
  };
}

async function ensure(services: EnsureServices, search: EntitySearch, existing: ReadonlySet<string>) {
  const { table } = services;
  const declaration = declarationOf(search);
  const before = await searchStates.get(table, search.entity.name);
  const missing = search.indexes.filter(({ name }) => !existing.has(name));
  if (before?.declaration === undefined) {
    if (!(await isTableEmpty(table)))
      await markDamaged(services, search, 'the indexes are new, and items from before them were not looked for yet');
    await makeAll(services, search);
    // Settings and documents are today's from the beginning.
    await changeState(services, search, (current) => ({ ...current, declaration }));
  } else if (missing.length > 0) for (const { name } of missing) await recoverIndex(services, search, name);
  // Whoever made them anew may have died before they had their settings. The same ones again cost nothing. Those that were
  // built by another declaration, as where a rebuild was rolled back, keep what they have until they are rebuilt.
  else if (before.damage !== undefined)
    for (const index of search.indexes)
      if (before.declaration === declaration || !(await hasSettings(services, index.name)))
        await makeIndex(services, index, index.name);
  const state = await searchStates.get(table, search.entity.name);
  return { isOutdated: state?.declaration !== declaration, isDamaged: state?.damage !== undefined };
}

/** Whether an index was given settings by any declaration: all of them have documents found by their bucket. */
async function hasSettings({ engine }: IndexServices, name: string): Promise<boolean> {
  const { filterableAttributes } = (await engine.settings(name)) ?? {};
  return filterableAttributes?.includes(BUCKET) ?? false;
}

async function makeAll(services: IndexServices, { indexes }: EntitySearch): Promise<void> {
  for (const index of indexes) await makeIndex(services, index, index.name);
}
