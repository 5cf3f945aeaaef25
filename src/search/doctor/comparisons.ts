import { Records } from '../../entities/core/records.ts';
import type { Put } from '../../entities/core/statements.ts';
import type { Table } from '../../entities/core/table.ts';
import { SearchComparison } from '../../entities/system/search-comparison.ts';
import type { Clock } from '../../runtime.ts';
import type { EntitySearch } from '../define.ts';
import { isSwapping, searchStates } from '../indexer/state.ts';
import { changeState, generationOf, INITIAL, type StateValues } from '../indexer/transitions.ts';

/** What the last comparison of each entity's live indexes came to, by the name of the entity. */
export const comparisons = new Records(SearchComparison);

/** What noting comparisons takes. */
export interface ComparisonServices {
  readonly table: Table;
  readonly clock: Clock;
}

/** What is known of an entity's live indexes when a comparison of them begins. */
export interface Outset {
  readonly since: Date;
  /** Undefined while others are being put in their place: nobody knows which ones are seen. */
  readonly generation: number | undefined;
  /** What is noted of their damage. */
  readonly damage: string | undefined;
}

/** How long a swap is waited for. */
const SWAPPING_MS = 10_000;
const PAUSE_MS = 500;

/** To be read before the comparison begins. */
export async function outsetOf({ table, clock }: ComparisonServices, search: EntitySearch): Promise<Outset> {
  for (const startMs = clock.monotonicMs(); ; await clock.sleep(PAUSE_MS)) {
    const since = clock.now();
    const state = (await searchStates.get(table, search.entity.name)) ?? INITIAL;
    const { damage } = state;
    if (!isSwapping(state)) return { since, generation: generationOf(state), damage };
    if (clock.monotonicMs() - startMs >= SWAPPING_MS) return { since, generation: undefined, damage };
  }
}

/** Whether a state says the same of the live indexes as when a comparison of them began. */
const isAsAtOutset = (state: StateValues, { generation, damage }: Omit<Outset, 'since'>): boolean =>
  generationOf(state) === generation && state.damage === damage && !isSwapping(state);

/**
 * The record of a comparison that has come to its end.
 *
 * @param comparedAt when it began
 * @param drift documents that differ now, after what was repaired
 */
export const comparisonPut = ({ entity }: EntitySearch, comparedAt: Date, drift: number, now: Date): Put =>
  comparisons.put(entity.name, { comparedAt: comparedAt.toISOString(), drift }, now);

/** The record where none has come to its end of the indexes that are there now. */
export const noComparisonPut = ({ entity }: EntitySearch, now: Date): Put => comparisons.put(entity.name, {}, now);

/**
 * Notes a comparison of the live indexes that has come to its end, unless others may have taken their place meanwhile, or
 * damage was noted, which it may not have seen.
 *
 * @param drift documents that differ now, after what was repaired
 * @param next the state that follows from it
 * @returns whether it was noted
 */
export async function noteComparison(
  services: ComparisonServices,
  search: EntitySearch,
  outset: Outset,
  drift: number,
  next: (current: StateValues) => StateValues,
): Promise<boolean> {
  let isNoted = false;
  // Written with the state, whose generation nobody can change in between.
  const put = comparisonPut(search, outset.since, drift, services.clock.now());
  await changeState(
    services,
    search,
    (current) => {
      isNoted = isAsAtOutset(current, outset);
      return isNoted ? next(current) : undefined;
    },
    () => [put],
  );
  return isNoted;
}

/** The state of indexes whose documents all are as the table says. */
export const mended = (state: StateValues): StateValues => ({ ...state, damage: undefined });
