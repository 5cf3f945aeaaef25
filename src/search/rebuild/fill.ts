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
import { Backlog, type BacklogLimits, type Batch, type ScannedPage } from './backlog.ts';
import { BatchSize } from './batch-size.ts';
import type { Run } from './run.ts';

/** The services of a rebuild. */
export interface RebuildServices extends ApplyServices, Measured {
  readonly table: ScannableTable;
  readonly ids: Ids;
}

/** How a rebuild reads the table. */
export interface FillOptions {
  readonly budget: CapacityBudget;
  /** Called with the rows that were read since the last call. */
  readonly onRows: (rows: number) => void;
  /** Asked after every page; once true, all that was read is applied, and what is left is for the next call. */
  readonly shouldStop: () => boolean;
  /** @defaultValue {@link LIMITS} */
  readonly limits?: FillLimits | undefined;
}

/** How much a rebuild does at a time. */
export interface FillLimits extends BacklogLimits {
  /** Rows that are read at a time, if they are no more than 1 MB. */
  readonly pageRows: number;
  /** Rows that make a batch at first; later as many as {@link BatchSize} finds, the smallest batch at least. */
  readonly batchRows: number;
}

const LIMITS: FillLimits = { pageRows: 1_000, pages: 40, ageMs: 15_000, batchRows: 3_000, smallestBatchRows: 1_000 };

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

/** How many segments are read at once. */
const READERS = 2;

/** How many batches are sent at once: the engine processes one, and has the next at hand when it is done. */
const SENDERS = 2;

/**
 * Applies the whole table to the indexes of a rebuild, from where it was left. Reading goes on while rows are sent, so that
 * neither the table nor the engine waits for the other.
 *
 * @returns whether all of it is done
 * @throws RunOverError when the rebuild was finished or given up, or another process has taken it over
 */
export async function fill(services: RebuildServices, run: Run, options: FillOptions): Promise<boolean> {
  const { clock, metrics } = services;
  const { onRows, limits = LIMITS } = options;
  const backlog = new Backlog(run.searches, run.values, limits);
  const { batchRows, smallestBatchRows, pageRows, pages } = limits;
  const size = new BatchSize(clock, { first: batchRows, least: smallestBatchRows, most: pageRows * pages });
  const waiting = run.values.segments.flatMap((progress, segment) => (progress === 'done' ? [] : [segment]));
  const readers = Array.from({ length: READERS }, () => pagesOf(services, run, waiting, options));
  const reading = new Set<Promise<void>>();
  const sending = new Set<Promise<void>>();

  const record = async () => {
    await run.change(({ segments }) =>
      segments === backlog.progress.segments ? {} : { ...backlog.progress, attempts: 0 },
    );
    metrics.put({ RebuiltRows: run.values.rows });
  };
  const readBy = async (reader: AsyncGenerator<ScannedPage>) => {
    const { value: page } = await reader.next();
    if (!page) return;
    backlog.add(page, clock.monotonicMs());
    onRows(page.rows.length);
    readers.push(reader);
  };
  const send = async (batch: Batch) => {
    await size.measure(batch.rows.length, () => applyAll(services, run, batch.rows, record));
    backlog.done(batch);
  };
  const begin = () => {
    while (!backlog.isFull(size.rows)) {
      const reader = readers.pop();
      if (!reader) break;
      follow(reading, readBy(reader));
    }
    while (sending.size < SENDERS) {
      const isLast = reading.size + readers.length === 0;
      const occasion = { batchRows: size.rows, nowMs: clock.monotonicMs(), isIdle: sending.size === 0, isLast };
      const batch = backlog.take(occasion);
      if (!batch) break;
      follow(sending, send(batch));
    }
  };

  try {
    for (begin(); reading.size + sending.size > 0; begin()) await Promise.race([...reading, ...sending]);
  } catch (error) {
    await Promise.allSettled([...reading, ...sending]);
    // So that what was done is not done again; why it failed matters more than that this fails too.
    await record().catch(() => undefined);
    throw error;
  }
  await record();
  return run.values.segments.every((progress) => progress === 'done');
}

/** Keeps work among that which is under way until it has ended. */
function follow(underWay: Set<Promise<void>>, work: Promise<void>): void {
  const ended = work.finally(() => underWay.delete(ended));
  underWay.add(ended);
}

/** The pages of segments that nobody has taken yet; ends early when it is to stop. */
async function* pagesOf(
  { table }: RebuildServices,
  run: Run,
  waiting: number[],
  { budget, shouldStop, limits: { pageRows } = LIMITS }: FillOptions,
): AsyncGenerator<ScannedPage> {
  const { segments } = run.values;
  for (let segment = waiting.shift(); segment !== undefined; segment = waiting.shift()) {
    const at = segments[segment];
    if (at === 'done') continue;
    for await (const { rows, next } of segmentPages(
      { table, budget, pageRows },
      segment,
      segments.length,
      at ?? undefined,
    )) {
      yield { segment, rows, next };
      if (shouldStop()) return;
    }
  }
}

const ATTEMPTS = 8;

/**
 * Applies rows, those that failed again a little later.
 *
 * @param verifyLater as of `apply`
 */
async function applyAll(
  services: RebuildServices,
  run: Run,
  rows: readonly Row[],
  verifyLater: () => Promise<void>,
): Promise<void> {
  let { failed } = await apply(services, rows, { run: run.id, seen: seenAs(rows), verifyLater });
  for (let attempt = 1; failed.length > 0; attempt++) {
    if (attempt > ATTEMPTS) throw new SearchWriteError(`${failed.length} items could not be applied ${ATTEMPTS} times`);
    await services.clock.backOff(attempt + 2);
    ({ failed } = await apply(services, failed, { run: run.id }));
  }
}
