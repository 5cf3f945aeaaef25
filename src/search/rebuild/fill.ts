import { chunk } from '../../entities/core/sender.ts';
import type { Row } from '../../entities/core/statements.ts';
import type { ScannableTable, StartKey } from '../../entities/core/table.ts';
import type { Measured } from '../../metrics.ts';
import type { Clock, Ids } from '../../runtime.ts';
import type { EntitySearch } from '../define.ts';
import { type ApplyServices, apply } from '../indexer/apply.ts';
import { SearchWriteError } from '../indexer/errors.ts';
import { readStates, seenAs } from '../indexer/reading.ts';
import { makeIndex } from '../indexer/recover.ts';
import { besideName } from '../indexer/state.ts';
import { changeState } from '../indexer/transitions.ts';
import { type CapacityBudget, segmentPages } from '../table-scan.ts';
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
  /** Asked after every page; once true, what was read is applied, and what is left is for the next call. */
  readonly shouldStop: () => boolean;
  /** @defaultValue {@link LIMITS} */
  readonly limits?: FillLimits | undefined;
}

/** How much a rebuild does at a time. */
export interface FillLimits {
  /** Rows that are read at a time, if they are no more than 1 MB. */
  readonly pageRows: number;
  /**
   * Pages after which all of them are applied and recorded: what a reader holds, what may have to be done twice, and how
   * old a row may be when it is sent, which the comparison later puts right.
   */
  readonly pages: number;
  /** The same as a time, milliseconds. */
  readonly pagesMs: number;
  /** Rows of one entity that make a batch, at first and at least. The most are as many as a reader holds. */
  readonly batchRows: number;
  readonly smallestBatchRows: number;
}

const LIMITS: FillLimits = {
  pageRows: 1_000,
  pages: 20,
  pagesMs: 15_000,
  batchRows: 3_000,
  smallestBatchRows: 1_000,
};

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

/** Rows of one segment, and where to go on behind them. */
interface Page {
  readonly segment: number;
  readonly rows: readonly Row[];
  readonly next: StartKey | undefined;
}

/** One reads while the other one's rows are indexed, so that neither the table nor Meilisearch waits for the other. */
const READERS = 2;

/**
 * Applies the whole table to the indexes of a rebuild, segment by segment, from where it was left.
 *
 * @returns whether all of it is done
 * @throws RunOverError when the rebuild was finished or given up, or another process has taken it over
 */
export async function fill(services: RebuildServices, run: Run, options: FillOptions): Promise<boolean> {
  const waiting = run.values.segments.flatMap((progress, segment) => (progress === 'done' ? [] : [segment]));
  const size = new BatchSize(services.clock, options.limits ?? LIMITS);
  const outcomes = await Promise.allSettled(
    Array.from({ length: READERS }, () => fillFrom(services, run, waiting, size, options)),
  );
  const failure = outcomes.find((outcome) => outcome.status === 'rejected');
  if (failure) throw failure.reason;
  return run.values.segments.every((progress) => progress === 'done');
}

/**
 * Takes segments that nobody has taken yet, until there are none. Rows are gathered by entity: every task has a price of
 * its own, be it for three documents.
 */
async function fillFrom(
  services: RebuildServices,
  run: Run,
  waiting: number[],
  size: BatchSize,
  options: FillOptions,
): Promise<void> {
  const gathered = new Map<EntitySearch, Row[]>(run.searches.map((search) => [search, []]));
  const { clock } = services;
  const { onRows, limits = LIMITS } = options;
  let pages: Page[] = [];
  let sinceMs = clock.monotonicMs();
  for await (const page of pagesOf(services, run, waiting, options)) {
    pages.push(page);
    onRows(page.rows.length);
    for (const [search, rows] of gathered) {
      rows.push(...page.rows.filter((row) => search.entity.identify(row)));
      if (rows.length >= size.rows) await size.measure(rows.length, () => applyAll(services, run, rows.splice(0)));
    }
    if (pages.length < limits.pages && clock.monotonicMs() - sinceMs < limits.pagesMs) continue;
    await record(services, run, pages, gathered, size);
    pages = [];
    sinceMs = clock.monotonicMs();
  }
  if (pages.length > 0) await record(services, run, pages, gathered, size);
}

/** The pages of segments that nobody has taken yet; ends early when it is to stop. */
async function* pagesOf(
  { table }: RebuildServices,
  run: Run,
  waiting: number[],
  { budget, shouldStop, limits: { pageRows } = LIMITS }: FillOptions,
): AsyncGenerator<Page> {
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

/** Applies what is left of pages, and records that all of them are. */
async function record(
  services: RebuildServices,
  run: Run,
  pages: readonly Page[],
  gathered: ReadonlyMap<EntitySearch, Row[]>,
  size: BatchSize,
): Promise<void> {
  const left = [...gathered.values()].flatMap((rows) => rows.splice(0));
  for (const rows of chunk(left, size.rows)) await applyAll(services, run, rows);
  const read = pages.reduce((sum, { rows }) => sum + rows.length, 0);
  await run.change(({ segments, rows }) => ({
    segments: pages.reduce((all, { segment, next }) => all.with(segment, next ?? 'done'), segments),
    rows: rows + read,
    attempts: 0,
  }));
  services.metrics.put({ RebuiltRows: run.values.rows });
}

/** What a batch of the scan should take, its time in the queue included: live changes wait behind those of two readers. */
const BATCH_MS = 800;

/**
 * How many rows make a batch: the more, the less Meilisearch has to do for each of them, and the longer live changes wait
 * behind it. How many those are depends on the server, the documents, and what is in the indexes already.
 */
class BatchSize {
  readonly #clock: Clock;
  readonly #smallest: number;
  readonly #largest: number;
  #rows: number;

  constructor(clock: Clock, { pageRows, pages, batchRows, smallestBatchRows }: FillLimits) {
    this.#clock = clock;
    this.#smallest = smallestBatchRows;
    this.#largest = pageRows * pages;
    this.#rows = batchRows;
  }

  get rows(): number {
    return this.#rows;
  }

  /** Goes by the time that a batch of so many rows takes. */
  async measure(rows: number, work: () => Promise<void>): Promise<void> {
    const start = this.#clock.monotonicMs();
    await work();
    const factor = BATCH_MS / Math.max(1, this.#clock.monotonicMs() - start);
    const wanted = rows * Math.min(2, Math.max(0.5, factor));
    this.#rows = Math.round(Math.min(this.#largest, Math.max(this.#smallest, wanted)));
  }
}

const ATTEMPTS = 8;

/** Applies rows, those that failed again a little later. */
async function applyAll(services: RebuildServices, run: Run, rows: readonly Row[]): Promise<void> {
  const verifyLater = () => run.change({});
  let { failed } = await apply(services, rows, { run: run.id, seen: seenAs(rows), verifyLater });
  for (let attempt = 1; failed.length > 0; attempt++) {
    if (attempt > ATTEMPTS) throw new SearchWriteError(`${failed.length} items could not be applied ${ATTEMPTS} times`);
    await services.clock.backOff(attempt + 2);
    ({ failed } = await apply(services, failed, { run: run.id }));
  }
}
