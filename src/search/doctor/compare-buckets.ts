import { chunk } from '../../entities/core/sender.ts';
import { keyText } from '../../entities/core/statements.ts';
import type { Table } from '../../entities/core/table.ts';
import { BUCKET, BUCKETS } from '../document.ts';
import type { DocumentQuery, Engine } from '../engine/engine.ts';
import { EngineRefusal } from '../engine/errors.ts';
import type { FirstSight } from './compare-rows.ts';
import { type Compared, targetOf } from './recheck.ts';

/** What comparing buckets takes. */
export interface BucketServices {
  readonly table: Table;
  readonly engine: Engine;
  /** Called after each read of the table: waits for as long as its capacity asks for. */
  readonly pay: () => Promise<void>;
}

/** Some of the buckets of an entity's indexes. */
export interface BucketRun {
  /** The first of them; {@link BUCKETS} stands for documents without one, which were not made by Roster. */
  readonly from: number;
  /** The first that is not among them. */
  readonly to: number;
}

/** Behind the last bucket, and the documents that have none. */
export const ALL_BUCKETS = BUCKETS + 1;

/** Documents of a run, about. */
const RUN = 1_000;

/** The run that begins with this bucket, of an index with so many documents. */
export function bucketRun(from: number, documents: number): BucketRun {
  if (from >= BUCKETS) return { from, to: ALL_BUCKETS };
  const width = Math.max(1, Math.floor((BUCKETS * RUN) / (documents + 1)));
  return { from, to: Math.min(BUCKETS, from + width) };
}

/**
 * Looks for documents whose items are not in the table. It is read by key, not consistently, which costs half: whatever
 * is suspect is read once more.
 *
 * @param live the live indexes of one entity
 * @throws EngineRefusal `index_not_found`
 */
export async function compareBuckets(
  { table, engine, pay }: BucketServices,
  live: readonly Compared[],
  run: BucketRun,
): Promise<FirstSight> {
  const listed = new Map<Compared, readonly string[]>();
  for (const compared of live) listed.set(compared, await idsIn(engine, compared.name, run));
  const distinct = [...new Set([...listed.values()].flat())];
  const known = new Set<string>();
  for (const ids of chunk(distinct, RUN)) {
    const keys = ids.flatMap((id) => (live[0] && targetOf(live[0].search, id)?.key) ?? []);
    for (const row of await table.batchGet(keys)) known.add(keyText(row));
    await pay();
  }
  const isKnown = ({ search }: Compared, id: string): boolean => {
    const key = targetOf(search, id)?.key;
    return key !== undefined && known.has(keyText(key));
  };
  return new Map([...listed].map(([compared, ids]) => [compared, ids.filter((id) => !isKnown(compared, id))] as const));
}

/** Ids that are asked for at a time: a whole bucket, where the index has up to 2.5 million. Paging can miss some. */
const PAGE = 10_000;

async function idsIn(engine: Engine, index: string, { from, to }: BucketRun): Promise<string[]> {
  const filter = from >= BUCKETS ? `${BUCKET} NOT EXISTS` : `${BUCKET} ${from} TO ${to - 1}`;
  try {
    return await allIds(engine, index, { filter });
  } catch (error) {
    if (!(error instanceof EngineRefusal) || error.reason !== 'invalid_document_filter') throw error;
    // Settings of another declaration, or changed by hand: all that there is, once.
    return from === 0 ? allIds(engine, index, {}) : [];
  }
}

async function allIds(engine: Engine, index: string, which: { readonly filter?: string }): Promise<string[]> {
  const ids: string[] = [];
  for (let offset = 0; ; offset += PAGE) {
    const query: DocumentQuery = { ...which, offset, limit: PAGE };
    const page = await engine.documentIds(index, query);
    ids.push(...page);
    if (page.length < PAGE) return ids;
  }
}
