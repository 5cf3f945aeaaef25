import type { Recorded } from '../../entities/core/records.ts';
import { ConditionFailed, type Statement } from '../../entities/core/statements.ts';
import type { Table } from '../../entities/core/table.ts';
import type { SearchState } from '../../entities/system/search-state.ts';
import { UnavailableError } from '../../errors.ts';
import type { Clock } from '../../runtime.ts';
import type { EntitySearch } from '../define.ts';
import { searchStates } from './state.ts';

/** What a state says, without what counts its changes. */
export type StateValues = Pick<SearchState, 'epoch' | 'phase' | 'declaration' | 'run' | 'damage' | 'generation'>;

type Stored = Recorded<typeof SearchState>;

const ATTEMPTS = 10;

/** The state of an entity that nothing is known of. */
export const INITIAL: StateValues = { epoch: 0, phase: 'live' };

/** What a stored state says. */
export const valuesOf = ({ epoch, phase, declaration, run, damage, generation }: Stored): StateValues => ({
  epoch,
  phase,
  declaration,
  run,
  damage,
  generation,
});

/**
 * Changes the state of an entity's indexes; where somebody else changes it at the same time, on top of theirs.
 *
 * @param change tells the next state from the current one, or undefined to leave it as it is
 * @param alongside tells from the next state what is written at the same moment, and only with it
 * @returns the state as it is then
 * @throws UnavailableError when others keep changing it
 */
export async function changeState(
  { table, clock }: { readonly table: Table; readonly clock: Clock },
  search: EntitySearch,
  change: (current: StateValues) => StateValues | undefined,
  alongside: (next: StateValues) => readonly Statement[] = () => [],
): Promise<StateValues> {
  const id = search.entity.name;
  for (let attempt = 1; attempt <= ATTEMPTS; attempt++) {
    const stored = await searchStates.get(table, id);
    const current = stored ? valuesOf(stored) : INITIAL;
    const next = change(current);
    if (!next) return current;
    if (await searchStates.replace(table, id, next, clock.now(), stored, alongside(next))) return next;
    await clock.backOff(attempt);
  }
  throw new UnavailableError(`others keep changing the state of the indexes of ${id}; try again`);
}

/**
 * Changes the states of several entities' indexes at one moment, or none of them.
 *
 * @param change tells the next states from the current ones; those that it leaves out stay
 * @returns all states as they are then
 * @throws UnavailableError when others keep changing them
 */
export async function changeStates(
  { table, clock }: { readonly table: Table; readonly clock: Clock },
  searches: readonly EntitySearch[],
  change: (current: ReadonlyMap<EntitySearch, StateValues>) => ReadonlyMap<EntitySearch, StateValues>,
): Promise<ReadonlyMap<EntitySearch, StateValues>> {
  for (let attempt = 1; attempt <= ATTEMPTS; attempt++) {
    const reads = searches.map(async (search) => [search, await searchStates.get(table, search.entity.name)] as const);
    const stored = new Map(await Promise.all(reads));
    const current = new Map([...stored].map(([search, state]) => [search, state ? valuesOf(state) : INITIAL]));
    const next = change(current);
    const now = clock.now();
    const replacements = [...next].map(([search, values]) =>
      searchStates.replacement(search.entity.name, values, now, stored.get(search)),
    );
    try {
      await table.write(replacements);
      return new Map([...current, ...next]);
    } catch (error) {
      // Where it was this very change, whose answer was lost, the next look finds it done.
      if (!(error instanceof ConditionFailed)) throw error;
    }
    await clock.backOff(attempt);
  }
  throw new UnavailableError('others keep changing the states of these indexes; try again');
}

/** The state of indexes that may not be the same any more that were compared so far. */
export const renewed = (state: StateValues): StateValues => ({ ...state, generation: generationOf(state) + 1 });

/** How often the live indexes may have become others than those that were compared until then. */
export const generationOf = ({ generation = 0 }: Pick<StateValues, 'generation'>): number => generation;

/** The state of indexes that may lack documents or hold wrong ones, until a comparison has mended that. */
export const damaged = (state: StateValues, damage: string, now: Date): StateValues => ({
  ...renewed(state),
  damage: `${damage.slice(0, 360)}, ${now.toISOString()}`,
});

/**
 * Notes that the live indexes may lack documents or hold wrong ones.
 *
 * A comparison that is under way says nothing of them any more: the same thing may have happened again behind its back.
 */
export const markDamaged = (
  services: { readonly table: Table; readonly clock: Clock },
  search: EntitySearch,
  damage: string,
): Promise<StateValues> => changeState(services, search, (current) => damaged(current, damage, services.clock.now()));
