import type { AnyEntity } from '../../src/entities/core/model.ts';
import { chunk } from '../../src/entities/core/sender.ts';
import { ConditionFailed, keyText, type Row, type Update } from '../../src/entities/core/statements.ts';
import type { ScannableTable, Table } from '../../src/entities/core/table.ts';
import type { Clock } from '../../src/runtime.ts';
import { CapacityBudget, segmentPages } from '../../src/search/table-scan.ts';

/** What to write again, and how fast. */
export interface RewriteOptions {
  readonly entities: readonly AnyEntity[];
  /** Only counts. */
  readonly isCheck: boolean;
  /** Capacity units a second; no limit where undefined. */
  readonly maxRcu: number | undefined;
  readonly maxWcu: number | undefined;
  /** Called with the rows that were read since the last call. */
  readonly onRows: (rows: number) => void;
}

/** What became of the items of these entities. */
export interface Rewritten {
  readonly items: number;
  /** Items that had other keys than those of today. */
  readonly stale: number;
  /** Those of them that could not be given these: no item can be made of them today, or they changed over and over. */
  readonly failed: readonly { readonly key: string; readonly reason: string }[];
}

const SEGMENTS = 4;
/** Writes of a segment that are under way at a time. */
const WRITES = 25;
const ATTEMPTS = 8;

/** Gives all items of entities the keys that they would have if they were written today, where these are others. */
export async function rewrite(
  { table, clock }: { readonly table: ScannableTable; readonly clock: Clock },
  options: RewriteOptions,
): Promise<Rewritten> {
  const scanned = { table, budget: new CapacityBudget(clock, options.maxRcu) };
  const writing = new CapacityBudget(clock, options.maxWcu);
  const parts = await Promise.all(
    Array.from({ length: SEGMENTS }, async (_, segment) => {
      const found: Found[] = [];
      let items = 0;
      for await (const { rows } of segmentPages(scanned, segment, SEGMENTS)) {
        const owned = rows.flatMap((row) => owner(options.entities, row));
        items += owned.length;
        const stale = owned.flatMap((each) => look(each));
        found.push(...(options.isCheck ? stale : await writeAll(table, writing, stale)));
        options.onRows(rows.length);
      }
      return { items, found };
    }),
  );
  const found = parts.flatMap((part) => part.found);
  return {
    items: parts.reduce((sum, part) => sum + part.items, 0),
    stale: found.length,
    failed: found.flatMap(({ row, problem }) =>
      problem === undefined ? [] : [{ key: keyText(row), reason: problem }],
    ),
  };
}

interface Owned {
  readonly entity: AnyEntity;
  readonly row: Row;
}

/** An item that has other keys than those of today, and why it could not be given these. */
interface Found extends Owned {
  readonly update?: Update;
  readonly problem?: string;
}

function owner(entities: readonly AnyEntity[], row: Row): Owned[] {
  const entity = entities.find((each) => each.identify(row));
  return entity ? [{ entity, row }] : [];
}

/** Nothing for an item that has the keys of today. */
function look({ entity, row }: Owned): Found[] {
  try {
    const update = entity.renew(row);
    return update ? [{ entity, row, update }] : [];
  } catch (error) {
    return [{ entity, row, problem: (error as Error).message }];
  }
}

async function writeAll(table: ScannableTable, budget: CapacityBudget, found: readonly Found[]): Promise<Found[]> {
  const written: Found[] = [];
  for (const part of chunk(found, WRITES)) {
    let units = 0;
    const counted = table.observed(() => ({ capacity }) => {
      units += capacity;
    });
    written.push(...(await Promise.all(part.map((each) => write(counted, each)))));
    await budget.spend(units);
  }
  return written;
}

/** Writes an item, or what has become of it meanwhile. */
async function write(table: Table, first: Found): Promise<Found> {
  let { update, row } = first;
  for (let attempt = 1; update && attempt <= ATTEMPTS; attempt++) {
    try {
      await table.write([update]);
      return { entity: first.entity, row };
    } catch (error) {
      if (!(error instanceof ConditionFailed)) throw error;
      const now = error.items.get(0);
      // Deleted, or given the keys of today by whoever changed it.
      const [again] = now ? look({ entity: first.entity, row: now }) : [];
      if (!again) return { entity: first.entity, row };
      ({ update, row } = again);
      if (again.problem !== undefined) return again;
    }
  }
  return { ...first, problem: first.problem ?? `it was changed ${ATTEMPTS} times meanwhile` };
}
