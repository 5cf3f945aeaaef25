import type { Row } from '../../entities/core/statements.ts';
import type { StartKey } from '../../entities/core/table.ts';
import { WorkBudgetExceededError } from '../../errors.ts';
import type { Cursors } from './cursor.ts';
import type { List } from './list.ts';
import { hasPassedNothing, positionOf, startKeyOf } from './position.ts';
import type { RangeOptions, Reads } from './reads.ts';

/** Rows that one Query asks for at most. */
export const MAX_LIMIT = 1_000;
/** By how much each Query of a page asks for more than the one before. */
const GROWTH = 2;
/** The same under a filter, which may let few rows pass. */
const GROWTH_WITH_FILTER = 4;

/** An edge of a Relay connection. */
export interface Edge<Node> {
  readonly node: Node;
  readonly cursor: string;
}

/**
 * Where a page stands in its list. On the side where reading has ended, true is known to be, but where telling would take
 * more than the work budget: then true means that it goes on, and false would mean that it ends, which loses objects. On
 * the other side of a cursor is the object that it was made for; that it is gone since nobody reads to find out.
 */
export interface PageInfo {
  readonly hasNextPage: boolean;
  readonly hasPreviousPage: boolean;
  readonly startCursor: string | null;
  readonly endCursor: string | null;
}

/** A page of a Relay connection. */
export interface Page<Node> {
  readonly edges: Edge<Node>[];
  readonly pageInfo: PageInfo;
}

/** What reading a page takes. */
export interface PageSource {
  readonly reads: Reads;
  readonly cursors: Cursors;
  /** The item in a row, undefined when it has expired. */
  item<T extends object>(list: List<T>, row: Row): T | undefined;
}

interface Found<T> {
  readonly row: Row;
  readonly item: T;
}

/**
 * Reads a page: as many items as asked for wherever there are so many, whatever stands between them.
 *
 * The first Query asks for one row more than the page holds. While that does not fill it, further Queries ask for twice
 * as many rows each, under a filter for four times as many, up to {@link MAX_LIMIT} and to what is left of the work
 * budget.
 *
 * @throws WorkBudgetExceededError
 */
export async function readPage<T extends object>(source: PageSource, list: List<T>): Promise<Page<T>> {
  const { found, more } = await fill(source, list);
  const { range, scope, page, position } = list;
  const backward = page.direction === 'backward';
  // The row of a cursor has been on a page, which is on the other side of it.
  const less = !hasPassedNothing(position, page.cursorArgument);
  const shown = found.slice(0, page.size);
  if (backward) shown.reverse();
  const edges = shown.map(({ row, item }) => ({
    node: item,
    // Encrypted only when selected.
    get cursor() {
      return source.cursors.encode(positionOf(row, range), scope);
    },
  }));
  return {
    edges,
    pageInfo: {
      hasNextPage: backward ? less : more,
      hasPreviousPage: backward ? more : less,
      get startCursor() {
        return edges.at(0)?.cursor ?? null;
      },
      get endCursor() {
        return edges.at(-1)?.cursor ?? null;
      },
    },
  };
}

/**
 * Reads a list to its end, by Queries of up to {@link MAX_LIMIT} rows one after the other.
 *
 * @throws WorkBudgetExceededError
 */
export async function readAll<T extends object>({ reads, item }: PageSource, list: List<T>): Promise<T[]> {
  const { range, wanted } = list;
  const items: T[] = [];
  let query: RangeOptions = { ...list.query, limit: MAX_LIMIT };
  for (;;) {
    const { rows, next } = await reads.query(range, query, [wanted]);
    items.push(...rows.flatMap((row) => item(list, row) ?? []));
    if (!next) return items;
    query = { ...query, after: startKeyOf(positionOf(next, range), range) };
  }
}

/** The page's items in the order of reading, and whether, behind them, there may be another. */
async function fill<T extends object>(source: PageSource, list: List<T>) {
  const { range, filter, page } = list;
  const growth = filter ? GROWTH_WITH_FILTER : GROWTH;
  const found: Found<T>[] = [];
  let { query } = list;
  // Behind this cursor stands all that has been found.
  let resume = page.cursor;
  for (;;) {
    const read = await readOn(source, list, query, { found: found.length, cursor: resume ?? null });
    // The page is full; whether anything follows would take more reading than an operation may cause.
    if (!read) return { found, more: true };
    const { live, next } = read;
    found.push(...live.slice(0, page.size + 1 - found.length));
    if (!next || found.length > page.size) return { found, more: found.length > page.size };
    if (found.length === 0) resume = resumeCursor(source, list, next);
    const limit = Math.min(query.limit * growth, MAX_LIMIT);
    query = { ...query, limit, after: startKeyOf(positionOf(next, range), range) };
  }
}

/**
 * What one Query brings that is alive. Undefined when that is beyond the work budget, and the page full.
 *
 * @throws WorkBudgetExceededError that says how far the page got
 */
async function readOn<T extends object>(
  { reads, item }: PageSource,
  list: List<T>,
  query: RangeOptions,
  progress: { readonly found: number; readonly cursor: string | null },
) {
  const { range, wanted, page } = list;
  try {
    const { rows, next } = await reads.query(range, query, [wanted]);
    const live = rows.flatMap((row) => {
      const found = item(list, row);
      return found ? [{ row, item: found }] : [];
    });
    return { live, next };
  } catch (error) {
    if (!(error instanceof WorkBudgetExceededError)) throw error;
    if (progress.found === page.size && query !== list.query) return undefined;
    throw new WorkBudgetExceededError(error.budget, { ...progress, argument: page.cursorArgument });
  }
}

/** A cursor to go on from where nothing has been found up to a key. */
function resumeCursor<T extends object>({ cursors }: PageSource, list: List<T>, next: StartKey): string {
  const { range, scope, position, page } = list;
  const argument = page.cursorArgument;
  return cursors.encode(positionOf(next, range, hasPassedNothing(position, argument) ? argument : undefined), scope);
}
