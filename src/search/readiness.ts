import type { Table } from '../entities/core/table.ts';
import type { SearchBatch } from '../entities/system/search-batch.ts';
import type { Clock, Logger } from '../runtime.ts';
import { searches } from './all.ts';
import type { Search } from './client.ts';
import { batchRecords, LAST_BATCH } from './indexer/batch-report.ts';

/** What telling whether Roster can do its work takes. */
export interface ReadinessServices {
  readonly table: Table;
  readonly search: Pick<Search, 'stats'>;
  readonly clock: Clock;
  readonly log: Logger;
}

/** Whether Roster can do its work: nothing here tells anything of what is in the table or in the indexes. */
export interface Readiness {
  /** The table answers. */
  readonly table: boolean;
  /** The search engine answers and has all live indexes. */
  readonly index: boolean;
  /** The indexes follow the table closely, as far as their last batch tells. */
  readonly lag: boolean;
}

/** Whoever does not answer in this time is taken to be away. */
const TIMEOUT_MS = 3_000;
/** For how long an answer is good: anybody may ask, as often as they like. */
const FRESH_MS = 5_000;
/** How far behind the table the indexes may be. */
const MAX_LAG_SECONDS = 300;

/** Looks whether Roster can do its work, every few seconds at most. */
export function createReadiness(services: ReadinessServices): () => Promise<Readiness> {
  let known: Promise<Readiness> | undefined;
  let lookedAtMs = 0;
  return () => {
    const nowMs = services.clock.monotonicMs();
    if (!known || nowMs - lookedAtMs >= FRESH_MS) {
      known = look(services);
      lookedAtMs = nowMs;
    }
    return known;
  };
}

async function look(services: ReadinessServices): Promise<Readiness> {
  const { table, search } = services;
  const [batch, stats] = await Promise.all([
    inTime(services, 'the table', table.batchGet([batchRecords.key(LAST_BATCH)])),
    inTime(services, 'the search engine', search.stats()),
  ]);
  const indexes = searches.flatMap((own) => own.indexes.map(({ name }) => name));
  return {
    table: batch !== undefined,
    index: stats !== undefined && indexes.every((name) => stats.documents.has(name)),
    lag: batch !== undefined && !isBehind(batchRecords.parse(batch[0]), services.clock.now()),
  };
}

/** Where nothing was written for long, the last batch tells nothing of today. */
function isBehind(last: SearchBatch | undefined, now: Date): boolean {
  if (!last || last.lagSeconds <= MAX_LAG_SECONDS) return false;
  return now.getTime() - Date.parse(last.endedAt) < MAX_LAG_SECONDS * 1_000;
}

/** What is answered in time; undefined, with the reason in the log, for what is not. */
async function inTime<T>({ clock, log }: ReadinessServices, what: string, answer: Promise<T>): Promise<T | undefined> {
  const done = new AbortController();
  const late = clock.sleep(TIMEOUT_MS, done.signal).then(() => {
    throw new Error(`no answer within ${TIMEOUT_MS} ms`);
  });
  try {
    return await Promise.race([answer, late]);
  } catch (error) {
    log.warn({ err: error }, `not ready: ${what} does not answer`);
    return undefined;
  } finally {
    late.catch(() => undefined);
    done.abort();
  }
}
