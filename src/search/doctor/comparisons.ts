import { Records } from '../../entities/core/records.ts';
import type { Put } from '../../entities/core/statements.ts';
import type { Table } from '../../entities/core/table.ts';
import { SearchComparison } from '../../entities/system/search-comparison.ts';
import type { Clock } from '../../runtime.ts';
import type { EntitySearch } from '../define.ts';
import { isSwapping, searchStates } from '../indexer/state.ts';
import { changeState, INITIAL, type StateValues } from '../indexer/transitions.ts';

/** What the last comparison of each entity's live indexes came to, by the name of the entity. */
export const comparisons = new Records(SearchComparison);

/** What noting comparisons takes. */
export interface ComparisonServices {
  readonly table: Table;
  readonly clock: Clock;
}

/** How an entity's live indexes were when a comparison of them began. */
export interface Outset {
  readonly since: Date;
  /** Another one, or an odd one, says that a rebuild may have put others in their place, or them back. */
  readonly epoch: number;
  readonly damage: string | undefined;
}

/** To be read before the comparison begins. */
export async function outsetOf({ table, clock }: ComparisonServices, search: EntitySearch): Promise<Outset> {
  const since = clock.now();
  const { epoch, damage } = (await searchStates.get(table, search.entity.name)) ?? INITIAL;
  return { since, epoch, damage };
}

/**
 * Notes a comparison that has come to its end.
 *
 * @param comparedAt when it began
 * @param drift documents that differ now, after what was repaired
 */
export const comparisonPut = ({ entity }: EntitySearch, comparedAt: Date, drift: number, now: Date): Put =>
  comparisons.put(entity.name, { comparedAt: comparedAt.toISOString(), drift }, now);

/**
 * Notes a comparison of the live indexes that has come to its end, unless others may have taken their place meanwhile.
 *
 * @param drift documents that differ now, after what was repaired
 * @returns whether it was noted
 */
export const noteComparison = (
  services: ComparisonServices,
  search: EntitySearch,
  outset: Pick<Outset, 'since' | 'epoch'>,
  drift: number,
): Promise<boolean> => note(services, search, outset, drift, (current) => current);

/**
 * Notes that the live indexes were found equal to the table, and strikes the note of their damage, unless others may have
 * taken their place meanwhile. Damage that was noted since the comparison began stays: it may not be mended.
 *
 * @returns whether it was noted
 */
export const noteHealthy = (services: ComparisonServices, search: EntitySearch, outset: Outset): Promise<boolean> =>
  note(services, search, outset, 0, (current) =>
    current.damage === outset.damage ? { ...current, damage: undefined } : current,
  );

async function note(
  services: ComparisonServices,
  search: EntitySearch,
  { since, epoch }: Pick<Outset, 'since' | 'epoch'>,
  drift: number,
  next: (current: StateValues) => StateValues,
): Promise<boolean> {
  // Written with the state, whose epoch nobody can change in between.
  const put = comparisonPut(search, since, drift, services.clock.now());
  const isTrueOf = (state: StateValues) => state.epoch === epoch && !isSwapping(state);
  return isTrueOf(
    await changeState(services, search, (current) => (isTrueOf(current) ? next(current) : undefined), [put]),
  );
}
