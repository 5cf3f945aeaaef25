import { isDeepStrictEqual } from 'node:util';
import { isKeySafe } from '../../entities/core/keys.ts';
import { isExpired, keyText, type Row, type TableKey } from '../../entities/core/statements.ts';
import type { Table } from '../../entities/core/table.ts';
import type { Clock } from '../../runtime.ts';
import { searches } from '../all.ts';
import type { Document, EntitySearch, SearchIndex } from '../define.ts';
import { problemOf } from './problems.ts';
import { type State, searchStates, stateOf } from './state.ts';

/** An item that the indexes are to follow, whether or not it exists. */
export interface Target {
  readonly key: TableKey;
  readonly search: EntitySearch;
  readonly org: string;
  readonly id: string;
}

/** What the indexes should hold of an item. */
export interface Plan {
  readonly target: Target;
  /** By index; an index that is not among them must hold nothing of the item. */
  readonly documents: ReadonlyMap<SearchIndex, Document>;
  /** Why there are no documents although there is an item. */
  readonly problem: string | undefined;
  /** Equal for plans that come to the same. */
  readonly fingerprint: string;
  /** What it was made of. */
  readonly row: Row | undefined;
}

/** The distinct items of searchable entities among these keys. */
export function identify(keys: readonly TableKey[]): Target[] {
  // Rows will do for keys, but what is read by must be keys and nothing else.
  const distinct = new Map(keys.map(({ pk, sk }) => [keyText({ pk, sk }), { pk, sk }]));
  return [...distinct.values()].flatMap((key) =>
    searches.flatMap((search) => {
      const identity = search.entity.identify(key);
      return identity ? [{ key, search, ...identity }] : [];
    }),
  );
}

/** Items as they were at one moment, and the indexes that they were to go to. */
export interface Reading {
  /** A plan for each target, in the same order. */
  readonly plans: readonly Plan[];
  /** The state of the indexes of each entity among the targets. */
  readonly states: ReadonlyMap<EntitySearch, State>;
}

/**
 * Reads the items and the states of their indexes now, consistently. Missing, expired and unsearchable items have no
 * documents.
 *
 * @param known plans whose rows need not be planned again where they have not changed
 * @param involved entities whose states are wanted, if not only those of the targets
 */
export async function read(
  { table, clock }: { readonly table: Table; readonly clock: Clock },
  targets: readonly Target[],
  {
    known = new Map(),
    involved = [...new Set(targets.map(({ search }) => search))],
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

/** The states of entities' indexes now, read consistently. */
export async function readStates(table: Table, involved: readonly EntitySearch[]): Promise<Reading['states']> {
  const keys = involved.map(({ entity }) => searchStates.key(entity.name));
  const rows = await table.batchGet(keys, { consistent: true });
  return statesOf(involved, new Map(rows.map((row) => [keyText(row), row])));
}

const statesOf = (involved: readonly EntitySearch[], rows: ReadonlyMap<string, Row>): Reading['states'] =>
  new Map(involved.map((search) => [search, stateOf(rows.get(keyText(searchStates.key(search.entity.name))))]));

/**
 * The plan for an item as the table holds it; undefined stands for none.
 *
 * @param before a plan for the same item, which stays good while its row does
 */
export function planFor(target: Target, row: Row | undefined, now: Date, before?: Plan): Plan {
  try {
    if (!row || isExpired(row, now)) return absent(target, row);
    if (before?.row && !isExpired(before.row, now) && isDeepStrictEqual(row, before.row)) return before;
    const documents = documentsOf(target, row);
    if (!documents) return absent(target, row);
    const plan = { target, documents, problem: undefined, fingerprint: JSON.stringify([...documents.values()]), row };
    const problem = problemWith(target, documents);
    return problem ? refuse(plan, problem) : plan;
  } catch (error) {
    // Whatever is wrong with one item must not hold back its neighbours.
    return refuse(absent(target, row), `can't be made a document: ${error instanceof Error ? error.message : error}`);
  }
}

const absent = (target: Target, row: Row | undefined): Plan => ({
  target,
  documents: new Map(),
  problem: undefined,
  fingerprint: '',
  row,
});

/** The same item, which can't be indexed for this reason. */
export const refuse = (plan: Plan, problem: string): Plan => ({
  ...plan,
  documents: new Map(),
  problem,
  fingerprint: `refused: ${problem}`,
});

function documentsOf({ search, org, id }: Target, row: Row): Map<SearchIndex, Document> | undefined {
  const item = search.entity.parse(row);
  if (!item) return undefined;
  const expires = typeof row['expires'] === 'number' ? row['expires'] : undefined;
  return new Map(search.indexes.map((index) => [index, index.document({ org, id }, item, expires)]));
}

function problemWith({ org, id }: Target, documents: ReadonlyMap<SearchIndex, Document>): string | undefined {
  // Readers refuse such ids, so a hit would lead nowhere.
  if (!isKeySafe(org) || !isKeySafe(id)) return 'its organization or id holds more than letters, digits, "-" and "_"';
  for (const [{ settings }, document] of documents) {
    const problem = problemOf(document, (settings.filterableAttributes ?? []) as string[]);
    if (problem) return problem;
  }
  return undefined;
}
