import type { Row } from '../../entities/core/statements.ts';
import type { ScannableTable } from '../../entities/core/table.ts';
import type { EntitySearch } from '../define.ts';
import { CapacityBudget, type SegmentProgress } from '../table-scan.ts';
import { ALL_BUCKETS, type BucketPosition, compareBuckets } from './compare-buckets.ts';
import { compareRows, type FirstSight } from './compare-rows.ts';
import type { Compared } from './recheck.ts';
import { SeenIds } from './seen.ts';
import { type SettleServices, settle } from './settle.ts';

/** What was found of one entity's indexes. */
export interface Found extends BucketPosition {
  /** Items that have documents. */
  readonly documents: number;
  /** Documents that were not as the table says, and those that could not be repaired. */
  readonly drift: number;
  readonly left: number;
  /** Documents whose items never stopped changing. */
  readonly unverified: number;
}

/** How far a comparison is. JSON holds it. */
export interface CheckProgress {
  readonly segments: readonly SegmentProgress[];
  /** By the name of the entity. */
  readonly found: Readonly<Record<string, Found>>;
  /** Rows of the table that were compared. */
  readonly rows: number;
}

/** The services of a comparison. */
export interface CheckServices extends SettleServices {
  readonly table: ScannableTable;
}

/** How a comparison goes about it. */
export interface CheckOptions {
  /** Read capacity units a second; no limit when undefined. */
  readonly maxRcu: number | undefined;
  /** As of `examine`. @defaultValue 10,000 */
  readonly patienceMs?: number | undefined;
  /**
   * Rows or documents that are compared at a time, and how many suspects are put off to be settled together, about.
   *
   * @defaultValue five for each unit of `maxRcu`, and no more than 5,000
   */
  readonly stepSize?: number | undefined;
  /** Whether to begin nothing more. However soon that is, each call gets some way. */
  readonly shouldStop: () => boolean;
  /** Records how far it is: all of that was compared, and what differed was written again. */
  readonly save: (progress: CheckProgress) => Promise<void>;
  /** Called with the rows read since the last call. */
  readonly onRows?: (rows: number) => void;
  /** Called with how many documents of an entity were not as the table says, as soon as that is clear. */
  readonly onDrift?: (search: EntitySearch, documents: number) => void;
  /** Whether the indexes of an entity are known to be damaged: what differs there is written again at once. */
  readonly isDamaged?: (search: EntitySearch) => boolean;
}

/** What a comparison came to by now. */
export interface Checked {
  readonly isFinished: boolean;
  readonly progress: CheckProgress;
}

/** Parts of the table that are read at the same time. */
const SEGMENTS = 4;

/** When suspects are settled and all that was compared is recorded: after this time, or when there are too many. */
const STEP_MS = 10_000;
const PATIENCE_MS = 10_000;

/** DynamoDB stops at 1 MB by itself. */
const MOST_PAGE_ROWS = 1_000;
const MOST_IN_STEP = 5_000;
/**
 * Settling what the last steps have found is to end soon, however little may be read: three times a step, since that is
 * in two indexes, and was put off when it was just not enough. Each is read four times, by a unit for 4 KB: a minute.
 */
const IN_STEP_PER_RCU = 5;

/** Some 50 MB. */
const MOST_SEEN = 500_000;

/** What nothing is known of. */
const NOTHING: Found = { documents: 0, bucket: 0, drift: 0, left: 0, unverified: 0 };

/** A comparison of the indexes of these entities that has not begun. */
export const notBegun = (searches: readonly EntitySearch[]): CheckProgress => ({
  segments: Array.from({ length: SEGMENTS }, () => null),
  found: Object.fromEntries(searches.map(({ entity }) => [entity.name, NOTHING])),
  rows: 0,
});

/**
 * Compares indexes with the table, both ways, and writes documents that differ again.
 *
 * It reads the table once for all entities, and asks for the documents of each page by their ids; then it goes through
 * the indexes by buckets, and asks the table for the items, unless it has just read all of them. So it holds no more than
 * some pages at a time, and 500,000 ids, whatever the indexes hold and however much of it is wrong, and what it has
 * compared is recorded every few seconds: another call goes on from there, also after one that was killed.
 *
 * @param compared those that are there, of the entities that are in `progress`
 * @param progress where to go on
 * @throws EngineRefusal `index_not_found`, and what table and search engine throw when they don't answer
 */
export async function check(
  services: CheckServices,
  compared: readonly Compared[],
  progress: CheckProgress,
  options: CheckOptions,
): Promise<Checked> {
  const run = new Check(services, compared, progress, options);
  const isFinished = (await run.compareTable()) && (await run.compareIndexes());
  return { isFinished, progress: run.progress };
}

class Check {
  readonly #services: CheckServices;
  readonly #compared: readonly Compared[];
  readonly #options: CheckOptions;
  readonly #budget: CapacityBudget;
  readonly #stepSize: number;
  /** The table, with what reading it has cost and was not paid for yet. */
  readonly #table: ScannableTable;
  #unpaid = 0;
  #progress: CheckProgress;
  readonly #seen = new SeenIds(MOST_SEEN);
  #suspects = new Map<Compared, string[]>();
  #stepEndsMs: number;

  constructor(services: CheckServices, compared: readonly Compared[], progress: CheckProgress, options: CheckOptions) {
    const { maxRcu = Number.POSITIVE_INFINITY } = options;
    this.#services = services;
    this.#compared = compared;
    this.#progress = progress;
    this.#options = options;
    this.#budget = new CapacityBudget(services.clock, maxRcu);
    this.#stepSize = options.stepSize ?? Math.min(MOST_IN_STEP, IN_STEP_PER_RCU * maxRcu);
    this.#table = services.table.observed(() => ({ capacity }) => {
      this.#unpaid += capacity;
    });
    this.#stepEndsMs = services.clock.monotonicMs() + STEP_MS;
    // What an earlier call has read.
    if (progress.segments.some((at) => at !== null)) this.#seen.forget();
  }

  get progress(): CheckProgress {
    return this.#progress;
  }

  /** Compares rows with their documents. @returns whether all of them were */
  async compareTable(): Promise<boolean> {
    const { onRows, shouldStop } = this.#options;
    let { segments, rows } = this.#progress;
    while (segments.some((at) => at !== 'done')) {
      const pages = await Promise.all(segments.map((at, segment) => this.#page(at, segment)));
      segments = pages.map(({ next }) => next);
      const read = pages.flatMap((page) => page.rows);
      rows += read.length;
      onRows?.(read.length);
      const { suspects, ids, documents } = await compareRows(this.#services, read, this.#compared);
      for (const [search, own] of ids) this.#seen.add(search, own);
      for (const [search, count] of documents) this.#note(search, (found) => ({ documents: found.documents + count }));
      const isAll = segments.every((at) => at === 'done');
      const isOver = shouldStop();
      await this.#endStep(suspects, { segments, rows }, isAll || isOver);
      if (isOver) return isAll;
    }
    return true;
  }

  /** Looks for documents that have no items. @returns whether all of them were compared */
  async compareIndexes(): Promise<boolean> {
    const { engine } = this.#services;
    const services = { table: this.#table, engine, pay: () => this.#pay() };
    const searches = new Set(this.#compared.map(({ search }) => search));
    const left = () => [...searches].filter((search) => this.#found(search).bucket < ALL_BUCKETS);
    for (let [search] = left(); search; [search] = left()) {
      const own = this.#compared.filter((each) => each.search === search);
      const found = this.#found(search);
      const seen = this.#seen.of(search);
      const amount = { expected: found.documents, most: this.#stepSize };
      const { suspects, next } = await compareBuckets(services, own, found, { ...amount, seen });
      this.#note(search, () => next);
      const isAll = left().length === 0;
      const isOver = this.#options.shouldStop();
      await this.#endStep(suspects, {}, isAll || isOver);
      if (isOver) return isAll;
    }
    return true;
  }

  #found({ entity }: EntitySearch): Found {
    return this.#progress.found[entity.name] ?? NOTHING;
  }

  #note(search: EntitySearch, change: (found: Found) => Partial<Found>): void {
    const before = this.#found(search);
    const found = { ...this.#progress.found, [search.entity.name]: { ...before, ...change(before) } };
    this.#progress = { ...this.#progress, found };
  }

  async #page(at: SegmentProgress, segment: number): Promise<{ rows: readonly Row[]; next: SegmentProgress }> {
    if (at === 'done') return { rows: [], next: 'done' };
    const segments = this.#progress.segments.length;
    const limit = Math.min(MOST_PAGE_ROWS, Math.ceil(this.#stepSize / segments));
    const { rows, next } = await this.#table.scan({ segment, segments, limit, after: at ?? undefined });
    await this.#pay();
    return { rows, next: next ?? 'done' };
  }

  #pay(): Promise<void> {
    const units = this.#unpaid;
    this.#unpaid = 0;
    return this.#budget.spend(units);
  }

  /** Settles suspects and records what was compared, when it is time to or `isLast`. */
  async #endStep(suspects: FirstSight, progress: Partial<CheckProgress>, isLast: boolean): Promise<void> {
    for (const [compared, ids] of suspects)
      this.#suspects.set(compared, [...(this.#suspects.get(compared) ?? []), ...ids]);
    const count = [...this.#suspects.values()].reduce((sum, ids) => sum + ids.length, 0);
    const { clock } = this.#services;
    if (!isLast && count < this.#stepSize && clock.monotonicMs() < this.#stepEndsMs) return;
    await this.#settle();
    this.#progress = { ...this.#progress, ...progress };
    await this.#options.save(this.#progress);
    this.#stepEndsMs = clock.monotonicMs() + STEP_MS;
  }

  /** All indexes at once: each takes as long as differences must last. */
  async #settle(): Promise<void> {
    const { patienceMs = PATIENCE_MS, onDrift, isDamaged } = this.#options;
    const looking = { table: this.#table, patienceMs, pay: () => this.#pay() };
    const suspects = [...this.#suspects];
    this.#suspects = new Map();
    await Promise.all(
      suspects.map(async ([compared, ids]) => {
        const { drift, left, unverified } = await settle(
          this.#services,
          { ...looking, isDamaged: isDamaged?.(compared.search) ?? false },
          compared,
          [...new Set(ids)],
        );
        if (drift > 0) onDrift?.(compared.search, drift);
        this.#note(compared.search, (found) => ({
          drift: found.drift + drift,
          left: found.left + left,
          unverified: found.unverified + unverified,
        }));
      }),
    );
    await this.#pay();
  }
}
