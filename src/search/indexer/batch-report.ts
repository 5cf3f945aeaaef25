import { Records } from '../../entities/core/records.ts';
import type { Table } from '../../entities/core/table.ts';
import { SearchBatch } from '../../entities/system/search-batch.ts';
import type { Measured } from '../../metrics.ts';
import type { Clock, Logger } from '../../runtime.ts';
import type { StreamBatch } from './stream.ts';

/** The side effects of reporting. */
export interface ReportServices extends Measured {
  readonly table: Table;
  readonly clock: Clock;
  readonly log: Logger;
}

/** Batches by which they are reported; there is but the last one. */
export const batchRecords = new Records(SearchBatch);

/** The id of the last batch. */
export const LAST_BATCH = 'last';

const EVERY_MS = 60_000;

/**
 * Tells the log and the metrics of every batch, and others of a batch a minute by a record: a function that answers questions is
 * another process.
 *
 * All processes write the same record, without a look at what stands there: about one write unit a minute each. It may
 * be a minute older than the last batch, and says nothing of shards that another process reads; the metrics do.
 *
 * @returns a function to call after every batch; it never throws
 */
export function createBatchReport(services: ReportServices): (batch: StreamBatch) => Promise<void> {
  const { table, clock, log, metrics } = services;
  let last: number | undefined;
  return async ({ oldest, items, ...batch }) => {
    log.info({ items, failed: batch.failed }, 'a batch of the stream was applied to the indexes');
    const now = clock.now();
    const lag = oldest === undefined ? undefined : Math.max(0, now.getTime() / 1_000 - oldest);
    metrics.put({
      Batches: 1,
      Records: batch.records,
      Applied: batch.applied,
      Quarantined: batch.quarantined,
      Retried: batch.failed,
      ...(lag === undefined ? {} : { Lag: lag }),
    });
    const startedMs = clock.monotonicMs();
    if (last !== undefined && startedMs - last < EVERY_MS) return;
    last = startedMs;
    const values = { ...batch, lagSeconds: Math.round(lag ?? 0), endedAt: now.toISOString() };
    try {
      await table.batchWrite([batchRecords.put(LAST_BATCH, values, now)]);
    } catch (error) {
      log.warn({ err: error }, 'a batch was not reported; the next one will be');
    }
  };
}
