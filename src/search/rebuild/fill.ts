import { isRecordKey } from '../../entities/core/records.ts';
import type { Row } from '../../entities/core/statements.ts';
import type { ScannableTable } from '../../entities/core/table.ts';
import type { Measured } from '../../metrics.ts';
import type { Ids } from '../../runtime.ts';
import { type ApplyServices, apply } from '../indexer/apply.ts';
import { SearchWriteError } from '../indexer/errors.ts';
import { readStates, seenAs } from '../indexer/reading.ts';
import { makeIndex } from '../indexer/recover.ts';
import { besideName } from '../indexer/state.ts';
import { changeState } from '../indexer/transitions.ts';
import { type CapacityBudget, segmentPages } from '../table-scan.ts';
import type { Run } from './run.ts';
import type { SegmentProgress } from './run-record.ts';

/** The services of a rebuild. */
export interface RebuildServices extends ApplyServices, Measured {
  readonly table: ScannableTable;
  readonly ids: Ids;
}

/** How a rebuild reads the table. */
export interface FillOptions {
  readonly budget: CapacityBudget;
  /** Called with the rows that were applied since the last call. */
  readonly onRows: (rows: number) => void;
  /** Asked after every batch; once true, what is left is for the next call. */
  readonly shouldStop: () => boolean;
}

/** Makes the indexes of a rebuild, and has every writer write them from then on. */
export async function prepare(services: RebuildServices, run: Run): Promise<void> {
  const states = await readStates(services.table, run.searches);
  for (const search of run.searches) {
    if (states.get(search)?.phase !== 'preparing') continue;
    for (const index of search.indexes) await makeIndex(services, index, besideName(index, run.id));
    await changeState(services, search, (current) =>
      current.phase === 'preparing' && current.run === run.id
        ? { ...current, phase: 'building', epoch: current.epoch + 2 }
        : undefined,
    );
  }
}

/** Enough for Meilisearch to be fast, and not so many that a live change waits long behind them. */
const BATCH = 3_000;
const READERS = 2;

/**
 * Applies the whole table to the indexes of a rebuild, segment by segment, from where it was left.
 *
 * @returns whether all of it is done
 * @throws RunOverError when the rebuild was finished or given up, or another process has taken it over
 */
export async function fill(services: RebuildServices, run: Run, options: FillOptions): Promise<boolean> {
  const waiting = run.values.segments.flatMap((progress, segment) => (progress === 'done' ? [] : [segment]));
  const readers = Array.from({ length: READERS }, async () => {
    for (let segment = waiting.shift(); segment !== undefined && !options.shouldStop(); segment = waiting.shift())
      await fillSegment(services, run, segment, options);
  });
  const outcomes = await Promise.allSettled(readers);
  const failure = outcomes.find((outcome) => outcome.status === 'rejected');
  if (failure) throw failure.reason;
  return run.values.segments.every((progress) => progress === 'done');
}

async function fillSegment(
  services: RebuildServices,
  run: Run,
  segment: number,
  { budget, onRows, shouldStop }: FillOptions,
): Promise<void> {
  const { segments } = run.values;
  const at = segments[segment];
  if (at === 'done') return;
  let batch: Row[] = [];
  let read = 0;
  const scan = { table: services.table, budget };
  for await (const { rows, next } of segmentPages(scan, segment, segments.length, at ?? undefined)) {
    batch.push(...rows.filter((row) => !isRecordKey(row)));
    read += rows.length;
    if (next && batch.length < BATCH) continue;
    await applyAll(services, run, batch);
    const progress: SegmentProgress = next ?? 'done';
    const more = read;
    await run.change(({ segments: all, rows: done }) => ({
      segments: all.with(segment, progress),
      rows: done + more,
      attempts: 0,
    }));
    services.metrics.put({ RebuiltRows: run.values.rows });
    onRows(more);
    batch = [];
    read = 0;
    if (shouldStop()) return;
  }
}

const ATTEMPTS = 8;

/** Applies rows, those that failed again a little later. */
async function applyAll(services: RebuildServices, run: Run, rows: readonly Row[]): Promise<void> {
  const names = run.searches.map(({ entity }) => entity);
  const own = rows.filter((row) => names.some((entity) => entity.identify(row)));
  const verifyLater = () => run.change({});
  let { failed } = await apply(services, own, { run: run.id, seen: seenAs(own), verifyLater });
  for (let attempt = 1; failed.length > 0; attempt++) {
    if (attempt > ATTEMPTS) throw new SearchWriteError(`${failed.length} items could not be applied ${ATTEMPTS} times`);
    await services.clock.backOff(attempt + 2);
    ({ failed } = await apply(services, failed, { run: run.id }));
  }
}
