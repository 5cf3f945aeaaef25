import { chunk } from '../../entities/core/sender.ts';
import type { Table } from '../../entities/core/table.ts';
import type { EntitySearch } from '../define.ts';
import { BUCKET, BUCKETS, documentId } from '../document.ts';
import type { DocumentQuery, Engine } from '../engine/engine.ts';
import { EngineRefusal } from '../engine/errors.ts';
import { identify } from '../indexer/plan.ts';
import type { FirstSight } from './compare-rows.ts';
import { type Compared, targetOf } from './recheck.ts';

/** What comparing buckets takes. */
export interface BucketServices {
  readonly table: Table;
  readonly engine: Engine;
  /** Called after each read of the table: waits for as long as its capacity asks for. */
  readonly pay: () => Promise<void>;
}

/** How far a comparison of an entity's indexes is. */
export interface BucketPosition {
  /** The first bucket that was not compared as a whole. */
  readonly bucket: number;
  /** The documents of that bucket up to this id were compared; none of them when left out. */
  readonly past?: string | undefined;
}

/** What came of comparing some buckets, or a part of one. */
export interface ComparedBuckets {
  readonly suspects: FirstSight;
  /** Where to go on. */
  readonly next: BucketPosition;
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

/** Which documents to compare. */
export interface BucketAmount {
  /**
   * How many documents the table asks for, about. There may be any number of others: fewer buckets are taken at a time
   * then, and a part of one where it alone has too many.
   */
  readonly expected: number;
  /** Documents to compare. */
  readonly most: number;
  /** The ids of all documents that the table asks for, where they are known: it is not read then. */
  readonly seen?: ReadonlySet<string> | undefined;
}

/**
 * Looks for documents whose items are not in the table, among those that come next. It is read by key, not consistently,
 * which costs half: whatever is suspect is read once more.
 *
 * @param indexes of one entity
 * @throws EngineRefusal `index_not_found`
 */
export async function compareBuckets(
  services: BucketServices,
  indexes: readonly Compared[],
  { bucket, past }: BucketPosition,
  { expected, most, seen }: BucketAmount,
): Promise<ComparedBuckets> {
  const first = past === undefined ? bucketRun(bucket, expected) : { from: bucket, to: bucket + 1 };
  const { run, listed, distinct } = await list(services.engine, indexes, first, most);
  const left = distinct.filter((id) => past === undefined || id > past).sort();
  const part = new Set(left.slice(0, most));
  const known = seen ?? (await knownOf(services, indexes[0]?.search, [...part]));
  const suspects = [...listed].map(
    ([compared, ids]) => [compared, ids.filter((id) => part.has(id) && !known.has(id))] as const,
  );
  const isAll = part.size === left.length;
  const next = isAll ? { bucket: run.to, past: undefined } : { bucket: run.from, past: left[most - 1] };
  return { suspects: new Map(suspects), next };
}

/** The documents among these whose items are in the table. */
async function knownOf(
  { table, pay }: BucketServices,
  search: EntitySearch | undefined,
  ids: readonly string[],
): Promise<ReadonlySet<string>> {
  const known = new Set<string>();
  for (const part of chunk(ids, RUN)) {
    const rows = await table.batchGet(part.flatMap((id) => (search && targetOf(search, id)?.key) ?? []));
    for (const { org, id } of identify(rows)) known.add(documentId(org, id));
    await pay();
  }
  return known;
}

/** Ids of documents, by index, and all of them once. */
interface Listed {
  readonly run: BucketRun;
  readonly listed: ReadonlyMap<Compared, readonly string[]>;
  readonly distinct: readonly string[];
}

/** The ids in a run, or in the first of its buckets that have no more than `most`, or in the very first. */
async function list(engine: Engine, indexes: readonly Compared[], run: BucketRun, most: number): Promise<Listed> {
  const width = run.to - run.from;
  const enough = width === 1 ? Number.POSITIVE_INFINITY : most;
  const listed = new Map<Compared, readonly string[]>();
  for (const compared of indexes) listed.set(compared, await idsIn(engine, compared.name, run, enough));
  const distinct = [...new Set([...listed.values()].flat())];
  if (distinct.length <= enough) return { run, listed, distinct };
  return list(engine, indexes, { from: run.from, to: run.from + Math.floor(width / 2) }, most);
}

/** Ids that are asked for at a time: a whole bucket, where the index has up to 2.5 million. Paging can miss some. */
const PAGE = 10_000;

/** @param enough no more than a page is added where there are more */
async function idsIn(engine: Engine, index: string, { from, to }: BucketRun, enough: number): Promise<string[]> {
  const filter = from >= BUCKETS ? `${BUCKET} NOT EXISTS` : `${BUCKET} ${from} TO ${to - 1}`;
  try {
    return await allIds(engine, index, { filter }, enough);
  } catch (error) {
    if (!(error instanceof EngineRefusal) || error.reason !== 'invalid_document_filter') throw error;
    // Settings of another declaration, or changed by hand: all that there is, once.
    return from === 0 ? allIds(engine, index, {}, enough) : [];
  }
}

async function allIds(
  engine: Engine,
  index: string,
  which: { readonly filter?: string },
  enough: number,
): Promise<string[]> {
  const ids: string[] = [];
  for (let offset = 0; ; offset += PAGE) {
    const query: DocumentQuery = { ...which, offset, limit: PAGE };
    const page = await engine.documentIds(index, query);
    ids.push(...page);
    if (page.length < PAGE || ids.length > enough) return ids;
  }
}
