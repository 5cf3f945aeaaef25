import { isDeepStrictEqual } from 'node:util';
import { isKeySafe } from '../../entities/core/keys.ts';
import { isExpired, keyText, type Row, type TableKey } from '../../entities/core/statements.ts';
import { searches } from '../all.ts';
import type { EntitySearch, SearchIndex } from '../define.ts';
import type { Document } from '../document.ts';
import { problemOf } from './problems.ts';

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
    const plan = { target, documents, problem: undefined, row };
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
  row,
});

/** The same item, which can't be indexed for this reason. */
export const refuse = (plan: Plan, problem: string): Plan => ({ ...plan, documents: new Map(), problem });

/** Equal for plans that come to the same. */
export const fingerprintOf = ({ documents, problem }: Plan): string =>
  problem === undefined ? JSON.stringify([...documents.values()]) : `refused: ${problem}`;

/** True for plans that come to the same, as one does with itself, which costs nothing to tell. */
export const isSamePlan = (a: Plan, b: Plan | undefined): boolean =>
  a === b || (b !== undefined && fingerprintOf(a) === fingerprintOf(b));

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
