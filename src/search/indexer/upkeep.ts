import type { ScannableTable } from '../../entities/core/table.ts';
import type { Measured } from '../../metrics.ts';
import type { ApplyServices } from './apply.ts';
import { type EnsureServices, ensureIndexes } from './ensure.ts';
import { watchServer } from './server-watch.ts';
import { type FailedStep, Steps } from './steps.ts';
import { sweep } from './sweep.ts';

/** The side effects of upkeep. */
export interface UpkeepServices extends ApplyServices, EnsureServices, Measured {
  readonly table: ScannableTable;
}

/** What upkeep found. */
export interface Upkept {
  /** Names of entities whose indexes were built by another declaration than today's: to be rebuilt. Missing when it could not look. */
  readonly outdated?: readonly string[];
  /** What was not done; a later call tries it again. */
  readonly failed: readonly FailedStep[];
}

/** For how long upkeep may keep others waiting, milliseconds. */
export interface UpkeepBudget {
  /** After this time no further step is begun: where the server hangs, each would wait for it. */
  readonly totalMs: number;
  /** For sweeping, which may have very much to do. */
  readonly sweepMs: number;
}

/** Lambda gives a batch 120 seconds, and the batch itself may need half of them. */
const IN_STREAM: UpkeepBudget = { totalMs: 20_000, sweepMs: 5_000 };

const EVERY_MS = 60_000;

/**
 * What the indexer does beside its batches: it notices a server that has gone back in time, makes indexes that are
 * missing, and ends the writers that died. Nothing of it is in a hurry or may fail a batch: what fails is logged, keeps
 * nothing else from being done, and is tried again a minute later.
 *
 * @param budget what is not begun within it is done by a later call
 * @returns a function to call before every batch; it does something once a minute at most, and then tells what it found
 */
export function createUpkeep(
  services: UpkeepServices,
  budget: UpkeepBudget = IN_STREAM,
): () => Promise<Upkept | undefined> {
  const { clock } = services;
  let last: number | undefined;
  return async () => {
    const now = clock.monotonicMs();
    if (last !== undefined && now - last < EVERY_MS) return undefined;
    last = now;
    const steps = new Steps(({ step, error }) =>
      services.log.warn({ err: error }, `${step} failed; it will be tried again`),
    );
    const inTime = <T>(step: string, work: () => Promise<T>): Promise<T | undefined> =>
      steps.take(step, async () => {
        if (clock.monotonicMs() - now >= budget.totalMs) throw new Error('the steps before took all the time there is');
        return work();
      });
    await inTime('watching the search engine', () => watchServer(services));
    const outdated = await inTime('seeing to the search indexes', () => seeToIndexes(services));
    await inTime('sweeping the writers of the search indexes', () => sweepWriters(services, budget));
    return { ...(outdated && { outdated }), failed: steps.failed };
  };
}

/** Names of entities whose indexes are to be rebuilt. */
async function seeToIndexes(services: UpkeepServices): Promise<readonly string[]> {
  const report = await ensureIndexes(services);
  const outdated = report.outdated.map(({ entity }) => entity.name);
  if (outdated.length > 0)
    services.log.warn(
      { entities: outdated },
      'search indexes were built by another declaration than today: run npm run search -- reindex',
    );
  return outdated;
}

async function sweepWriters(services: UpkeepServices, { sweepMs }: UpkeepBudget): Promise<void> {
  const { ended, waiting, suspects } = await sweep(services, sweepMs);
  services.metrics.put({ Suspects: suspects });
  if (ended + suspects > 0) services.log.info({ ended, waiting, suspects }, 'writers of the search indexes were swept');
}
