import type { Row } from '../../entities/core/statements.ts';
import type { ScannableTable } from '../../entities/core/table.ts';
import { searches } from '../all.ts';
import type { EntitySearch } from '../define.ts';
import { ALL_BUCKETS, compareBuckets } from '../doctor/compare-buckets.ts';
import { compareRows, type FirstSight } from '../doctor/compare-rows.ts';
import { noteComparison } from '../doctor/comparisons.ts';
import { type HealServices, outdatedSearches } from '../doctor/heal.ts';
import type { Compared } from '../doctor/recheck.ts';
import { differingSettings } from '../doctor/settings.ts';
import { settle } from '../doctor/settle.ts';
import { readStates } from '../indexer/reading.ts';
import { markDamaged } from '../indexer/transitions.ts';
import type { SegmentProgress } from '../rebuild/run-record.ts';
import { CapacityBudget } from '../table-scan.ts';
import { CheckRecord, type CheckValues, type Damage, type Found, NOTHING } from './check-record.ts';
import { alone } from './lease.ts';

/** How a check goes about it. */
export interface CheckUpOptions {
  /** Names this process; a call that is tried again has the same name. */
  readonly owner: string;
  /** Read capacity units a second that it may use. */
  readonly maxRcu: number;
  /** When to begin nothing more, by the monotonic clock. However soon that is, each call gets some way. */
  readonly stopAtMs: number;
  /** As of `examine`. @defaultValue 10,000 */
  readonly patienceMs?: number;
  /**
   * Rows or documents that are compared at a time, and how many suspects are put off to be settled together, about.
   *
   * @defaultValue five for each unit of `maxRcu`, and no more than 5,000
   */
  readonly stepSize?: number;
}

/** What a check came to. */
export interface CheckedUp {
  /** `unfinished` is to be called again. */
  readonly outcome: 'finished' | 'unfinished';
  /** Names of the entities whose indexes were found otherwise than the table or their declaration says. */
  readonly drifting: readonly string[];
  /** Rows of the table that were compared by now, those of earlier calls included. */
  readonly rows: number;
}

/** As long as a function of Lambda can run. */
const CHECKING_MS = 900_000;

/**
 * Compares the live indexes of all entities with the table, both ways, and writes documents that differ again. Indexes
 * that are gone or have other settings are noted as damaged, for `maintain` to repair.
 *
 * It reads the table once for all entities, and asks for the documents of each page by their ids; then it goes through
 * the indexes by buckets, and asks the table for the items. So it holds no more than some pages at a time, whatever the
 * indexes hold and however much of it is wrong, and what it has compared is recorded every few seconds: the next call goes
 * on from there, also after one that was killed.
 *
 * @returns undefined when another process is at it
 * @throws when the table or the search engine does not answer; the next call goes on from what is recorded
 */
export function checkUp(services: HealServices, options: CheckUpOptions): Promise<CheckedUp | undefined> {
  return alone(services, 'check-up', options.owner, CHECKING_MS, async () => {
    const check = new Check(services, options, await CheckRecord.open(services));
    await check.seeToIndexes();
    const isFinished = (await check.compareTable()) && (await check.compareIndexes());
    if (isFinished) await check.finish();
    return check.result(isFinished);
  });
}

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

const DAMAGES: Readonly<Record<Damage, string>> = {
  gone: 'an index was gone',
  settings: 'settings were other than declared',
};

class Check {
  readonly #services: HealServices;
  readonly #options: CheckUpOptions;
  readonly #record: CheckRecord;
  readonly #budget: CapacityBudget;
  readonly #stepSize: number;
  /** The table, with what reading it has cost and was not paid for yet. */
  readonly #table: ScannableTable;
  #unpaid = 0;
  #live: readonly Compared[] = [];
  #suspects = new Map<Compared, string[]>();
  #stepEndsMs: number;

  constructor(services: HealServices, options: CheckUpOptions, record: CheckRecord) {
    this.#services = services;
    this.#options = options;
    this.#record = record;
    this.#budget = new CapacityBudget(services.clock, options.maxRcu);
    this.#stepSize = options.stepSize ?? Math.min(MOST_IN_STEP, IN_STEP_PER_RCU * options.maxRcu);
    this.#table = services.table.observed(() => ({ capacity }) => {
      this.#unpaid += capacity;
    });
    this.#stepEndsMs = services.clock.monotonicMs() + STEP_MS;
  }

  /** Notes as damaged what is gone, which is not compared, or has other settings than it was built with. */
  async seeToIndexes(): Promise<void> {
    const { table, engine } = this.#services;
    for (const [search, { epoch }] of await readStates(table, searches))
      this.#record.note(search.entity.name, (found) => ({ epoch: found.epoch ?? epoch }));
    const outdated = await outdatedSearches(this.#services, searches);
    const live: Compared[] = [];
    for (const search of searches) {
      const found = await Promise.all(search.indexes.map(({ name }) => engine.settings(name)));
      const isGone = found.includes(undefined);
      const differ = search.indexes.some(({ settings }, i) => differingSettings(settings, found[i] ?? {}).length > 0);
      if (!isGone) live.push(...search.indexes.map((index) => ({ search, index, name: index.name })));
      if (isGone) await this.#markDamaged(search, 'gone');
      else if (differ && !outdated.includes(search)) await this.#markDamaged(search, 'settings');
    }
    this.#live = live;
  }

  /** Compares rows with their documents. @returns whether all of them were */
  async compareTable(): Promise<boolean> {
    let { segments, rows } = this.#record.values;
    while (segments.some((at) => at !== 'done')) {
      const pages = await Promise.all(segments.map((at, segment) => this.#page(at, segment)));
      segments = pages.map(({ next }) => next);
      const read = pages.flatMap((page) => page.rows);
      rows += read.length;
      const { suspects, documents } = await compareRows(this.#services, read, this.#live);
      for (const [{ entity }, count] of documents)
        this.#record.note(entity.name, (found) => ({ documents: found.documents + count }));
      const isAll = segments.every((at) => at === 'done');
      const isOver = this.#isOver();
      await this.#endStep(suspects, { segments, rows }, isAll || isOver);
      if (isOver) return isAll;
    }
    return true;
  }

  /** Looks for documents that have no items. @returns whether all of them were compared */
  async compareIndexes(): Promise<boolean> {
    const { engine } = this.#services;
    const services = { table: this.#table, engine, pay: () => this.#pay() };
    const left = () => searches.filter(({ entity }) => this.#found(entity.name).bucket < ALL_BUCKETS);
    for (let [search] = left(); search; [search] = left()) {
      const { name } = search.entity;
      const found = this.#found(name);
      const live = this.#live.filter((each) => each.search === search);
      const amount = { expected: found.documents, most: this.#stepSize };
      const { suspects, next } = await compareBuckets(services, live, found, amount);
      this.#record.note(name, () => next);
      const isAll = left().length === 0;
      const isOver = this.#isOver();
      await this.#endStep(suspects, {}, isAll || isOver);
      if (isOver) return isAll;
    }
    return true;
  }

  /** Notes what came of it, for `maintain` to tell until the next one. */
  async finish(): Promise<void> {
    const { table, metrics, log } = this.#services;
    const { since, values } = this.#record;
    for (const search of searches) {
      const { name: entity } = search.entity;
      const { bucket: _bucket, past: _past, epoch = 0, ...found } = this.#found(entity);
      if (found.damage === 'gone') continue;
      metrics.put({ Drift: found.left }, entity);
      if (found.left > 0) await markDamaged(this.#services, search, `${found.left} documents could not be repaired`);
      const isNoted = await noteComparison(this.#services, search, { since, epoch }, found.left);
      const outcome = isNoted
        ? 'search indexes were compared with the table'
        : 'search indexes were rebuilt while they were compared with the table, which says nothing of the new ones';
      log.info({ entity, ...found }, outcome);
    }
    log.info({ rows: values.rows, since }, 'all search indexes were compared with the table');
    await table.batchWrite([this.#record.end()]);
  }

  result(isFinished: boolean): CheckedUp {
    const { found, rows } = this.#record.values;
    const drifting = Object.entries(found).filter(([, { drift, damage }]) => drift > 0 || damage);
    return { outcome: isFinished ? 'finished' : 'unfinished', drifting: drifting.map(([name]) => name), rows };
  }

  #found(entity: string): Found {
    return this.#record.values.found[entity] ?? NOTHING;
  }

  #isOver(): boolean {
    return this.#services.clock.monotonicMs() >= this.#options.stopAtMs;
  }

  /** Once for each comparison: a note that is made again hides that it was mended since. */
  async #markDamaged(search: EntitySearch, damage: Damage): Promise<void> {
    const { name } = search.entity;
    if (this.#found(name).damage) return;
    this.#record.note(name, () => ({ damage }));
    await markDamaged(this.#services, search, `a comparison with the table found that ${DAMAGES[damage]}`);
  }

  async #page(at: SegmentProgress, segment: number): Promise<{ rows: readonly Row[]; next: SegmentProgress }> {
    if (at === 'done') return { rows: [], next: 'done' };
    const segments = this.#record.values.segments.length;
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
  async #endStep(suspects: FirstSight, progress: Partial<CheckValues>, isLast: boolean): Promise<void> {
    for (const [compared, ids] of suspects)
      this.#suspects.set(compared, [...(this.#suspects.get(compared) ?? []), ...ids]);
    const count = [...this.#suspects.values()].reduce((sum, ids) => sum + ids.length, 0);
    const { clock } = this.#services;
    if (!isLast && count < this.#stepSize && clock.monotonicMs() < this.#stepEndsMs) return;
    await this.#settle();
    await this.#record.save(progress);
    this.#stepEndsMs = clock.monotonicMs() + STEP_MS;
  }

  /** All indexes at once: each takes as long as differences must last. */
  async #settle(): Promise<void> {
    const { patienceMs = PATIENCE_MS } = this.#options;
    const looking = { table: this.#table, patienceMs, pay: () => this.#pay() };
    const suspects = [...this.#suspects];
    this.#suspects = new Map();
    await Promise.all(
      suspects.map(async ([compared, ids]) => {
        const { name } = compared.search.entity;
        const { drift, left, unverified } = await settle(this.#services, looking, compared, [...new Set(ids)]);
        if (drift > 0) this.#services.metrics.put({ Drift: drift }, name);
        this.#record.note(name, (found) => ({
          drift: found.drift + drift,
          left: found.left + left,
          unverified: found.unverified + unverified,
        }));
      }),
    );
    await this.#pay();
  }
}
