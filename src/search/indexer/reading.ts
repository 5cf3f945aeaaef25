import { keyText, type Row } from '../../entities/core/statements.ts';
import type { Table } from '../../entities/core/table.ts';
import type { Clock } from '../../runtime.ts';
import type { EntitySearch } from '../define.ts';
import { type Plan, planFor, type Target } from './plan.ts';
import { type State, searchStates, stateOf } from './state.ts';

/** Items as they were at one moment, and the indexes that they were to go to. */
export interface Reading {
  /** A plan for each target, in the same order. */
  readonly plans: readonly Plan[];
  /** The state of the indexes of each entity among the targets. */
  readonly states: ReadonlyMap<EntitySearch, State>;
}

/** Items as somebody has seen them, by `keyText`; undefined stands for none. */
export type Seen = ReadonlyMap<string, Row | undefined>;

/** Rows as they were read. */
export const seenAs = (rows: readonly Row[]): Seen => new Map(rows.map((row) => [keyText(row), row]));

/** What reading needs. */
export interface ReadServices {
  readonly table: Table;
  readonly clock: Clock;
}

/**
 * Reads the items and the states of their indexes now, consistently. Missing, expired and unsearchable items have no
 * documents.
 *
 * @param known plans whose rows need not be planned again where they have not changed
 * @param involved entities whose states are wanted, if not only those of the targets
 */
export async function read(
  { table, clock }: ReadServices,
  targets: readonly Target[],
  {
    known = new Map(),
    involved = searchesOf(targets),
  }: { readonly known?: ReadonlyMap<string, Plan>; readonly involved?: readonly EntitySearch[] } = {},
): Promise<Reading> {
  const stateKeys = involved.map(({ entity }) => searchStates.key(entity.name));
  const rows = await table.batchGet([...stateKeys, ...targets.map(({ key }) => key)], { consistent: true });
  const byKey = new Map(rows.map((row) => [keyText(row), row]));
  const now = clock.now();
  return {
    plans: targets.map((target) => {
      const key = keyText(target.key);
      return planFor(target, byKey.get(key), now, known.get(key));
    }),
    states: statesOf(involved, byKey),
  };
}

/** Takes the items as they were seen, and reads the others and the states of all their indexes. */
export async function readUnseen(services: ReadServices, targets: readonly Target[], seen: Seen): Promise<Reading> {
  const unseen = targets.filter(({ key }) => !seen.has(keyText(key)));
  const { plans, states } = await read(services, unseen, { involved: searchesOf(targets) });
  const fresh = plansByKey(plans);
  const now = services.clock.now();
  return {
    plans: targets.map((target) => {
      const key = keyText(target.key);
      return fresh.get(key) ?? planFor(target, seen.get(key), now);
    }),
    states,
  };
}

/** The states of entities' indexes now, read consistently. */
export async function readStates(table: Table, involved: readonly EntitySearch[]): Promise<Reading['states']> {
  const keys = involved.map(({ entity }) => searchStates.key(entity.name));
  const rows = await table.batchGet(keys, { consistent: true });
  return statesOf(involved, new Map(rows.map((row) => [keyText(row), row])));
}

const statesOf = (involved: readonly EntitySearch[], rows: ReadonlyMap<string, Row>): Reading['states'] =>
  new Map(involved.map((search) => [search, stateOf(rows.get(keyText(searchStates.key(search.entity.name))))]));

const searchesOf = (targets: readonly Target[]): EntitySearch[] => [...new Set(targets.map(({ search }) => search))];

/** Plans by the `keyText` of their items. */
export const plansByKey = (plans: readonly Plan[]): ReadonlyMap<string, Plan> =>
  new Map(plans.map((plan) => [keyText(plan.target.key), plan]));
