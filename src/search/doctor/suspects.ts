import { BUCKET, BUCKETS, type Document } from '../define.ts';
import type { Engine } from '../engine/engine.ts';
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
 * Compares an index with the digests of the documents that it should hold, bucket by bucket. What is written meanwhile
 * is among the suspects.
 *
 * @throws EngineRefusal `index_not_found`
 */
export async function suspectsOf(
  engine: Engine,
  index: string,
  expected: ReadonlyMap<string, string>,
): Promise<Suspects> {
  const unseen = new Set(expected.keys());
  const ids: string[] = [];
  let documents = 0;
  let next = 0;
  const readers = Array.from({ length: PARALLEL }, async () => {
    while (next < BUCKETS) {
      const bucket = next++;
      for (const document of await bucketDocuments(engine, index, `${BUCKET} = ${bucket}`)) {
        documents++;
        unseen.delete(document.id);
        if (expected.get(document.id) !== contentHash(document)) ids.push(document.id);
      }
    }
  });
  await Promise.all(readers);
  // Whatever has no bucket was not made by Roster.
  const strays = await bucketDocuments(engine, index, `${BUCKET} NOT EXISTS`);
  return { documents: documents + strays.length, ids: [...ids, ...strays.map(({ id }) => id), ...unseen] };
}

async function bucketDocuments(engine: Engine, index: string, filter: string): Promise<Document[]> {
  const found = new Map<string, Document>();
  for (let offset = 0; ; offset += PAGE) {
    const page = await engine.documents(index, { filter, offset, limit: PAGE });
    for (const document of page) found.set(document.id, document);
    if (page.length < PAGE) return [...found.values()];
  }
}
