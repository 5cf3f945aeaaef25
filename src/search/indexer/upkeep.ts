import type { ScannableTable } from '../../entities/core/table.ts';
import type { Measured } from '../../metrics.ts';
import type { ApplyServices } from './apply.ts';
import { type EnsureServices, ensureIndexes } from './ensure.ts';
import { watchServer } from './server-watch.ts';
import { sweep } from './sweep.ts';

/** The side effects of upkeep. */
export interface UpkeepServices extends ApplyServices, EnsureServices, Measured {
  readonly table: ScannableTable;
}

/** What upkeep found. */
export interface Upkept {
  /** Names of entities whose indexes were built by another declaration than today's: to be rebuilt. */
  readonly outdated: readonly string[];
}

const EVERY_MS = 60_000;

/**
 * What the indexer does beside its batches: it makes indexes that are missing, notices a server that has gone back in
 * time, and ends the writers that died. Nothing of it is in a hurry or may fail a batch: what fails is logged, and tried
 * again a minute later.
 *
 * @returns a function to call before every batch; it does something once a minute at most, and tells what it found when it
 * has come to its end
 */
export function createUpkeep(services: UpkeepServices): () => Promise<Upkept | undefined> {
  const { clock, log, metrics } = services;
  let last: number | undefined;
  return async () => {
    const now = clock.monotonicMs();
    if (last !== undefined && now - last < EVERY_MS) return undefined;
    last = now;
    try {
      await watchServer(services);
      const report = await ensureIndexes(services);
      const outdated = report.outdated.map(({ entity }) => entity.name);
      if (outdated.length > 0)
        log.warn(
          { entities: outdated },
          'search indexes were built by another declaration than today: run npm run search -- reindex',
        );
      const { ended, waiting, suspects } = await sweep(services);
      metrics.put({ Suspects: suspects });
      if (ended + suspects > 0) log.info({ ended, waiting, suspects }, 'writers of the search indexes were swept');
      return { outdated };
    } catch (error) {
      log.warn({ err: error }, 'the upkeep of the search indexes failed; it will be tried again');
      return undefined;
    }
  };
}
