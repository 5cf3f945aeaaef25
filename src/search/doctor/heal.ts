import type { ScannableTable } from '../../entities/core/table.ts';
import type { Measured } from '../../metrics.ts';
import { searches } from '../all.ts';
import type { EntitySearch } from '../define.ts';
import type { ApplyServices } from '../indexer/apply.ts';
import { declarationOf } from '../indexer/declaration.ts';
import { ensureIndexes } from '../indexer/ensure.ts';
import { makeIndex, recoverIndex } from '../indexer/recover.ts';
import { searchStates } from '../indexer/state.ts';
import { changeState } from '../indexer/transitions.ts';
import { comparisonPut } from './comparisons.ts';
import { type Examined, type ExamineOptions, examine } from './examine.ts';
import { type Repaired, repair } from './repair.ts';

/** The services of a repair. */
export interface HealServices extends ApplyServices, Measured {
  readonly table: ScannableTable;
}

/** What healing came to. */
export interface Healed extends Repaired {
  /** Entities whose indexes were found equal to the table, in every document. */
  readonly healthy: readonly EntitySearch[];
}

const PASSES = 4;

/** The entities whose live indexes are noted as damaged. */
export async function damagedSearches({ table }: HealServices): Promise<EntitySearch[]> {
  const states = await Promise.all(searches.map(({ entity }) => searchStates.get(table, entity.name)));
  return searches.filter((_, i) => states[i]?.damage !== undefined);
}

/**
 * Repairs the indexes of entities until they are found equal to the table, and strikes the note of their damage. Indexes
 * that are gone are made anew; settings that somebody has changed are put right, but not those of indexes that were
 * built by an earlier declaration, which are to be rebuilt.
 *
 * Safe to break off and to run several times at once: all of it goes through `apply`.
 */
export async function heal(
  services: HealServices,
  own: readonly EntitySearch[],
  options: ExamineOptions = {},
): Promise<Healed> {
  await ensureIndexes(services);
  const noted = await damageOf(services, own);
  let done: Repaired = { applied: 0, deleted: 0, failed: 0 };
  let left = own;
  for (let pass = 1; pass <= PASSES && left.length > 0; pass++) {
    const since = services.clock.now();
    const examined = await examine(services, left, options);
    const outdated = await outdatedSearches(services, left);
    const ill = illOf(examined, outdated);
    const doubtful = examined.filter(({ unverified }) => unverified > 0);
    const isLeft = (search: EntitySearch) => [...ill, ...doubtful].some((each) => each.search === search);
    for (const search of left.filter((each) => !isLeft(each)))
      await noteHealthy(services, search, since, noted.get(search));
    left = left.filter(isLeft);
    for (const { search, index, name, isGone, settings } of ill) {
      if (isGone) await recoverIndex(services, search, name);
      else if (settings.length > 0 && !outdated.includes(search)) await makeIndex(services, index, name);
    }
    const { applied, deleted, failed } = await repair(services, ill);
    done = { applied: done.applied + applied, deleted: done.deleted + deleted, failed };
  }
  return { ...done, healthy: own.filter((search) => !left.includes(search)) };
}

/**
 * Notes indexes that were found equal to the table.
 *
 * @param since when looking at them began
 * @param noted the damage that was noted before; what was noted since may not be mended
 */
async function noteHealthy(services: HealServices, search: EntitySearch, since: Date, noted?: string): Promise<void> {
  await services.table.batchWrite([comparisonPut(search, since, 0, services.clock.now())]);
  await changeState(services, search, (current) =>
    current.damage === undefined || current.damage !== noted ? undefined : { ...current, damage: undefined },
  );
}

/** Indexes that are not as the table and the declaration say. Settings of those that are `outdated` are as they must be. */
export const illOf = (examined: readonly Examined[], outdated: readonly EntitySearch[]): Examined[] =>
  examined.filter(
    ({ drift, isGone, settings, search }) =>
      drift.size > 0 || isGone || (settings.length > 0 && !outdated.includes(search)),
  );

/** Those whose live indexes were built by another declaration than today's. */
export async function outdatedSearches(
  { table }: Pick<HealServices, 'table'>,
  own: readonly EntitySearch[],
): Promise<EntitySearch[]> {
  const states = await Promise.all(own.map(({ entity }) => searchStates.get(table, entity.name)));
  return own.filter((search, i) => states[i]?.declaration !== declarationOf(search));
}

/** What is noted of the damage of entities' indexes. */
export const damageOf = async ({ table }: Pick<HealServices, 'table'>, own: readonly EntitySearch[]) =>
  new Map(
    await Promise.all(
      own.map(async (search) => [search, (await searchStates.get(table, search.entity.name))?.damage] as const),
    ),
  );
