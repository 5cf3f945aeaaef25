import { randomUUID } from 'node:crypto';
import { realClock } from '../../src/runtime.ts';
import type { SearchIndex } from '../../src/search/define.ts';
import type { Document } from '../../src/search/document.ts';
import { createEngine } from '../../src/search/engine/meilisearch.ts';
import { deliver } from '../../src/search/indexer/deliver.ts';
import { makeIndex } from '../../src/search/indexer/recover.ts';
import { Writer } from '../../src/search/indexer/writers.ts';

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
      const writer = new Writer(await engine.createWriteKey(randomUUID(), new Date(Date.now() + 60_000)), 0);
      try {
        return await deliver(services, writer, { index: index.name, documents, deletions }).guilty;
      } finally {
        await engine.deleteKey(writer.key.uid);
      }
    },
  };
}
