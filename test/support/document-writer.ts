import { randomUUID } from 'node:crypto';
import { realClock } from '../../src/runtime.ts';
import type { SearchIndex } from '../../src/search/define.ts';
import type { Document } from '../../src/search/document.ts';
import { createEngine } from '../../src/search/engine/meilisearch.ts';
import { deliver } from '../../src/search/indexer/deliver.ts';
import { identify, planFor } from '../../src/search/indexer/plan.ts';
import { makeIndex } from '../../src/search/indexer/recover.ts';
import { Writer } from '../../src/search/indexer/writers.ts';
import { allIndexes, scanTable } from './index-equality.ts';
import type { TestRoster } from './roster.ts';

/** Where to write, and how patiently. */
export interface DocumentWriterOptions {
  readonly host: string;
  readonly apiKey: string;
  readonly indexPrefix: string;
  /** @defaultValue 30,000 */
  readonly taskTimeoutMs?: number;
}

/** Writes documents as the indexer does, without a table. */
export function documentWriter({ taskTimeoutMs = 30_000, ...options }: DocumentWriterOptions) {
  const engine = createEngine({ ...options, requestTimeoutMs: 30_000 });
  const services = { engine, clock: realClock(), taskTimeoutMs };
  return {
    engine,
    makeIndex: (index: SearchIndex) => makeIndex(services, index, index.name),
    /** @returns the documents that the engine can't index, with its reasons */
    async write(index: SearchIndex, documents: readonly Document[], deletions: readonly string[]) {
      const expiresAt = new Date(Date.now() + 60_000);
      const key = await engine.createWriteKey(randomUUID(), expiresAt);
      const writer = new Writer({ key, expiresOn: expiresAt.toISOString() }, 0);
      try {
        return await deliver(services, writer, { index: index.name, documents, deletions }).guilty;
      } finally {
        await engine.deleteKey(writer.key.uid);
      }
    },
  };
}

/**
 * Makes the indexes follow the table as it is now, in the order of keys or against it, and past the stream: what is
 * written afterwards they do not know. To be used in place of `indexed()`.
 */
export async function indexTable(roster: TestRoster, order: 'forward' | 'backward' = 'forward'): Promise<void> {
  const { services, clock } = roster;
  const { host, apiKey, indexPrefix } = services.config.search;
  const writer = documentWriter({ host, apiKey, indexPrefix });
  const rows = (await scanTable(roster)).toSorted((a, b) => (`${a.pk} ${a.sk}` < `${b.pk} ${b.sk}` ? -1 : 1));
  if (order === 'backward') rows.reverse();
  const plans = rows.flatMap((row) => identify([row]).map((target) => planFor(target, row, clock.now())));
  for (const index of allIndexes) {
    const documents = plans.flatMap(({ documents: planned }) => planned.get(index) ?? []);
    const guilty = await writer.write(index, documents, []);
    if (guilty.size > 0) throw new Error(`can't be indexed: ${JSON.stringify([...guilty])}`);
  }
}
