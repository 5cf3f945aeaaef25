import { BUCKET, BUCKETS, type Document } from '../document.ts';
import type { Engine } from '../engine/engine.ts';
import { EngineRefusal } from '../engine/errors.ts';
import { contentHash } from './content.ts';

/** What of an index is not as expected, at first sight. */
export interface Suspects {
  /** Documents in the index. */
  readonly documents: number;
  /** Ids of documents that are missing, other than expected, or not expected at all. */
  readonly ids: readonly string[];
}

const PAGE = 1_000;
const PARALLEL = 4;

/**
 * Compares an index with the digests of the documents that it should hold, a few buckets at a time. What is written
 * meanwhile is among the suspects.
 *
 * @throws EngineRefusal `index_not_found`
 */
export async function suspectsOf(
  engine: Engine,
  index: string,
  expected: ReadonlyMap<string, string>,
): Promise<Suspects> {
  const seen = new Map<string, string>();
  const filters = filtersFor(expected.size);
  const readers = Array.from({ length: PARALLEL }, async () => {
    for (let filter = filters.shift(); filter !== undefined; filter = filters.shift())
      for await (const document of matching(engine, index, filter)) seen.set(document.id, contentHash(document));
  });
  try {
    await Promise.all(readers);
  } catch (error) {
    if (!(error instanceof EngineRefusal) || error.reason !== 'invalid_document_filter') throw error;
    // Settings of another declaration: what paging misses while others write is looked at once more.
    for await (const document of matching(engine, index, undefined)) seen.set(document.id, contentHash(document));
  }
  const wrong = [...seen].filter(([id, hash]) => expected.get(id) !== hash).map(([id]) => id);
  return { documents: seen.size, ids: [...wrong, ...[...expected.keys()].filter((id) => !seen.has(id))] };
}

/** Filters that part an index into runs of about {@link PAGE} documents; what has no bucket was not made by Roster. */
function filtersFor(documents: number): string[] {
  const width = Math.min(BUCKETS, Math.max(1, Math.floor((BUCKETS * PAGE) / (2 * documents + 1))));
  const starts = Array.from({ length: Math.ceil(BUCKETS / width) }, (_, i) => i * width);
  return [...starts.map((from) => `${BUCKET} ${from} TO ${from + width - 1}`), `${BUCKET} NOT EXISTS`];
}

async function* matching(engine: Engine, index: string, filter: string | undefined): AsyncGenerator<Document> {
  for (let offset = 0; ; offset += PAGE) {
    const which = filter === undefined ? {} : { filter };
    const page = await engine.documents(index, { ...which, offset, limit: PAGE });
    yield* page;
    if (page.length < PAGE) return;
  }
}
