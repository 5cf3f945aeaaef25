import type { Row } from '../../entities/core/statements.ts';
import type { StartKey } from '../../entities/core/table.ts';
import type { EntitySearch } from '../define.ts';
import type { RunValues } from './run-record.ts';

/** How much of the table a rebuild holds, and sends at a time. */
export interface BacklogLimits {
  /**
   * Pages that are read and not done, which may have to be read again. Rows that half as many have been read after are
   * sent, however few they are.
   */
  readonly pages: number;
  /**
   * Rows held for so long are sent too, milliseconds, as soon as a page was read or a batch is done: the older they are, the
   * more the comparison has to put right.
   */
  readonly ageMs: number;
  /** Rows of one entity that are sent when nothing else is; otherwise more are waited for. */
  readonly smallestBatchRows: number;
}

/** Rows of one segment that were read together, and where to go on behind them. */
export interface ScannedPage {
  readonly segment: number;
  readonly rows: readonly Row[];
  readonly next: StartKey | undefined;
}

/** A page that is not done. */
interface Page {
  readonly next: StartKey | undefined;
  readonly rowsRead: number;
  readonly readAtMs: number;
  /** How many pages were read before it. */
  readonly number: number;
  /** Rows that are not in the indexes. */
  left: number;
}

/** Rows of one entity from one page. */
interface Portion {
  readonly page: Page;
  readonly rows: readonly Row[];
}

/** Rows that are sent together. */
export interface Batch {
  readonly rows: readonly Row[];
  readonly portions: readonly Portion[];
}

/** What there is to send, and what may be waited for. */
export interface Occasion {
  /** Rows that make a batch. */
  readonly batchRows: number;
  readonly nowMs: number;
  /** Nothing is being sent. */
  readonly isIdle: boolean;
  /** There is nothing more to read. */
  readonly isLast: boolean;
}

/**
 * What a rebuild has read and not done, by entity: every task of the engine has a price of its own, be it for three
 * documents. Tells how far each segment is done, without a gap.
 */
export class Backlog {
  readonly #limits: BacklogLimits;
  readonly #queues: readonly Queue[];
  /** Of each segment, those from the first on that is not done, in the order of the scan. */
  readonly #pages: readonly Page[][];
  #progress: Pick<RunValues, 'segments' | 'rows'>;
  #pagesRead = 0;

  /** @param begun how far the rebuild was done before */
  constructor(searches: readonly EntitySearch[], begun: Pick<RunValues, 'segments' | 'rows'>, limits: BacklogLimits) {
    this.#queues = searches.map((search) => new Queue(search));
    this.#pages = begun.segments.map(() => []);
    this.#progress = begun;
    this.#limits = limits;
  }

  /** How far the rebuild is done; the same object until it is further. */
  get progress(): Pick<RunValues, 'segments' | 'rows'> {
    return this.#progress;
  }

  /** Whether nothing more is to be read for now: a batch is waiting, which is enough to go on with. */
  isFull(batchRows: number): boolean {
    const pages = this.#pages.reduce((sum, { length }) => sum + length, 0);
    return pages >= this.#limits.pages || this.#queues.some(({ length }) => length >= batchRows);
  }

  /** Takes in a page; those of a segment come in the order of the scan. */
  add({ segment, rows, next }: ScannedPage, nowMs: number): void {
    const page: Page = { next, rowsRead: rows.length, readAtMs: nowMs, number: this.#pagesRead++, left: 0 };
    this.#pages[segment]?.push(page);
    for (const queue of this.#queues) page.left += queue.add(page, rows);
    this.#advance();
  }

  /** Takes out what is to be sent next; undefined when that is nothing for now. */
  take({ batchRows, nowMs, isIdle, isLast }: Occasion): Batch | undefined {
    const queues = this.#queues.filter(({ length }) => length > 0).sort((a, b) => a.length - b.length);
    const pressing = isLast ? queues : queues.filter(({ oldest }) => oldest && this.#isPressing(oldest, nowMs));
    if (pressing.length > 0) return batchOf(pressing, batchRows);
    const longest = queues.slice(-1);
    const enough = isIdle ? Math.min(batchRows, this.#limits.smallestBatchRows) : batchRows;
    return longest.some(({ length }) => length >= enough) ? batchOf(longest, batchRows) : undefined;
  }

  /** Notes that the rows of a batch are in the indexes. */
  done({ portions }: Batch): void {
    for (const { page, rows } of portions) page.left -= rows.length;
    this.#advance();
  }

  #isPressing({ readAtMs, number }: Page, nowMs: number): boolean {
    return nowMs - readAtMs >= this.#limits.ageMs || this.#pagesRead - number > this.#limits.pages / 2;
  }

  #advance(): void {
    for (const [segment, pages] of this.#pages.entries()) {
      const unfinished = pages.findIndex(({ left }) => left > 0);
      const finished = pages.splice(0, unfinished < 0 ? pages.length : unfinished);
      const last = finished.at(-1);
      if (!last) continue;
      const { segments, rows } = this.#progress;
      this.#progress = {
        segments: segments.with(segment, last.next ?? 'done'),
        rows: finished.reduce((sum, { rowsRead }) => sum + rowsRead, rows),
      };
    }
  }
}

/** Rows of one entity that are to be sent, the oldest first. */
class Queue {
  readonly #search: EntitySearch;
  readonly #portions: Portion[] = [];
  #length = 0;

  constructor(search: EntitySearch) {
    this.#search = search;
  }

  /** How many rows there are. */
  get length(): number {
    return this.#length;
  }

  get oldest(): Page | undefined {
    return this.#portions[0]?.page;
  }

  /** Takes in its own of the rows of a page. @returns how many those are */
  add(page: Page, rows: readonly Row[]): number {
    const own = rows.filter((row) => this.#search.entity.identify(row));
    if (own.length > 0) this.#portions.push({ page, rows: own });
    this.#length += own.length;
    return own.length;
  }

  /** Takes out as many rows as are wanted, or as there are. */
  take(wanted: number): Portion[] {
    const taken: Portion[] = [];
    let missing = wanted;
    for (let first = this.#portions.shift(); first; first = missing > 0 ? this.#portions.shift() : undefined) {
      const { page, rows } = first;
      taken.push({ page, rows: rows.slice(0, missing) });
      if (rows.length > missing) this.#portions.unshift({ page, rows: rows.slice(missing) });
      missing -= Math.min(missing, rows.length);
    }
    this.#length -= wanted - missing;
    return taken;
  }
}

/** As many rows as are wanted, of the first queue and then of the next. */
function batchOf(queues: readonly Queue[], wanted: number): Batch {
  const portions: Portion[] = [];
  let missing = wanted;
  for (const queue of queues) {
    if (missing === 0) break;
    const length = Math.min(missing, queue.length);
    portions.push(...queue.take(length));
    missing -= length;
  }
  return { rows: portions.flatMap(({ rows }) => rows), portions };
}
