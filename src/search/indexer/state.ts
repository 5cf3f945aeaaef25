import { Records } from '../../entities/core/records.ts';
import type { Row } from '../../entities/core/statements.ts';
import { SearchState } from '../../entities/system/search-state.ts';
import type { EntitySearch, SearchIndex } from '../define.ts';

/** The states of all entities' indexes, by the name of the entity. */
export const searchStates = new Records(SearchState);

/** An entity's indexes as they were at one moment. */
export type State = Pick<SearchState, 'epoch' | 'phase' | 'run'>;

/** An entity that nothing is known of has its live indexes and no others. */
const UNKNOWN: State = { epoch: 0, phase: 'live' };

/** The state in a row; that of an entity that nothing is known of when there is none. */
export const stateOf = (row: Row | undefined): State => searchStates.parse(row) ?? UNKNOWN;

/** True while indexes are being swapped: what is sent then may end up in either. */
export const isSwapping = ({ epoch }: State): boolean => epoch % 2 === 1;

/** The name of an index that a rebuild makes beside a live one. */
export const besideName = ({ name }: SearchIndex, run: string): string => `${name}-${run}`;

const WRITES_BESIDE: readonly SearchState['phase'][] = ['building', 'swapping', 'soaking', 'restoring'];

/** The rebuild whose indexes get every write beside the live ones; undefined when there is none. */
export const runBeside = ({ phase, run }: State): string | undefined =>
  WRITES_BESIDE.includes(phase) ? run : undefined;

/** An index that gets documents: the declaration that tells them, and the name under which the engine has it. */
export interface IndexTarget {
  readonly index: SearchIndex;
  readonly name: string;
}

/**
 * The indexes that get the documents of an entity.
 *
 * @param run only those of this rebuild
 */
export function indexTargets({ indexes }: EntitySearch, state: State, run?: string): IndexTarget[] {
  const beside = runBeside(state);
  const live = run === undefined ? indexes.map((index) => ({ index, name: index.name })) : [];
  return beside === undefined || (run !== undefined && run !== beside)
    ? live
    : [...live, ...indexes.map((index) => ({ index, name: besideName(index, beside) }))];
}
