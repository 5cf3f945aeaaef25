import type { Row } from '../../entities/core/statements.ts';
import type { Clock } from '../../runtime.ts';
import type { EntitySearch, SearchIndex } from '../define.ts';
import { documentId } from '../document.ts';
import { identify, planFor } from '../indexer/plan.ts';
import { type ScanServices, segmentPages } from '../table-scan.ts';
import { contentHash } from './content.ts';

/** What the table says that the indexes should hold. */
export interface Expected {
  /** Digests of documents by their id, for every index. */
  readonly documents: ReadonlyMap<SearchIndex, ReadonlyMap<string, string>>;
  /** Rows that were read, of all entities. */
  readonly rows: number;
}

const SEGMENTS = 4;

/**
 * Reads the whole table and tells what the indexes of these entities should hold. Of every document a digest of 16
 * characters is kept: about 200 MB for a million documents.
 */
export async function readExpected(
  services: ScanServices & { readonly clock: Clock },
  searches: readonly EntitySearch[],
  onRows: (rows: number) => void,
): Promise<Expected> {
  const documents = new Map(
    searches.flatMap(({ indexes }) => indexes.map((index) => [index, new Map<string, string>()])),
  );
  let rows = 0;
  const segments = Array.from({ length: SEGMENTS }, async (_, segment) => {
    for await (const page of segmentPages(services, segment, SEGMENTS)) {
      for (const row of page.rows) enter(documents, row, services.clock.now());
      rows += page.rows.length;
      onRows(page.rows.length);
    }
  });
  await Promise.all(segments);
  return { documents, rows };
}

function enter(documents: ReadonlyMap<SearchIndex, Map<string, string>>, row: Row, now: Date): void {
  for (const target of identify([row])) {
    if (!target.search.indexes.some((index) => documents.has(index))) continue;
    for (const [index, document] of planFor(target, row, now).documents)
      documents.get(index)?.set(documentId(target.org, target.id), contentHash(document));
  }
}
