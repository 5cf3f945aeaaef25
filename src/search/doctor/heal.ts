import type { ScannableTable } from '../../entities/core/table.ts';
import type { Measured } from '../../metrics.ts';
import { searches } from '../all.ts';
import type { EntitySearch } from '../define.ts';
import type { ApplyServices } from '../indexer/apply.ts';
import { declarationOf } from '../indexer/declaration.ts';
import { ensureIndexes } from '../indexer/ensure.ts';
import { makeIndex, recoverIndex } from '../indexer/recover.ts';
import { searchStates } from '../indexer/state.ts';
import { mended, noteComparison, outsetOf } from './comparisons.ts';
import { type Examined, type ExamineOptions, examine, isLive } from './examine.ts';
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
  let done: Repaired = { applied: 0, deleted: 0, failed: 0 };
  let left = own;
  for (let pass = 1; pass <= PASSES && left.length > 0; pass++) {
    const outsets = new Map(
      await Promise.all(left.map(async (each) => [each, await outsetOf(services, each)] as const)),
    );
    const examined = await examine(services, left, options);
    const outdated = await outdatedSearches(services, left);
    const ill = illOf(examined, outdated);
    const doubtful = examined.filter(({ unverified }) => unverified > 0);
    const isLeft = new Set([...ill, ...doubtful].map(({ search }) => search));
    for (const [search, outset] of outsets)
      if (!isLeft.has(search) && !(await noteComparison(services, search, outset, 0, mended))) isLeft.add(search);
    left = left.filter((search) => isLeft.has(search));
    for (const { search, index, name, isGone, settings } of ill) {
      if (isGone) await recoverIndex(services, search, name);
      else if (settings.length > 0 && isLive({ index, name }) && !outdated.includes(search))
        await makeIndex(services, index, name);
    }
    const { applied, deleted, failed } = await repair(services, ill);
    done = { applied: done.applied + applied, deleted: done.deleted + deleted, failed };
  }
  return { ...done, healthy: own.filter((search) => !left.includes(search)) };
}

/**
 * Indexes that are not as the table and the declaration say. Settings of those that are `outdated` are as they must be, and
 * so are those of indexes that a rebuild has taken the place of.
 */
const illOf = (examined: readonly Examined[], outdated: readonly EntitySearch[]): Examined[] =>
  examined.filter(
    ({ drift, isGone, settings, search, ...compared }) =>
      drift.size > 0 || isGone || (settings.length > 0 && isLive(compared) && !outdated.includes(search)),
  );

/** Those whose live indexes were built by another declaration than today's. */
export async function outdatedSearches(
  { table }: Pick<HealServices, 'table'>,
  own: readonly EntitySearch[],
): Promise<EntitySearch[]> {
  const states = await Promise.all(own.map(({ entity }) => searchStates.get(table, entity.name)));
  return own.filter((search, i) => states[i]?.declaration !== declarationOf(search));
}
