import { isDeepStrictEqual } from 'node:util';
import {
  ConditionFailed,
  type Delete,
  keyText,
  type Put,
  type Row,
  type Statement,
  statementKey,
  type TableKey,
} from '../../src/entities/core/statements.ts';
import type {
  QueryOptions,
  QueryPage,
  QueryRange,
  ReadOptions,
  ScanOptions,
  ScanPage,
} from '../../src/entities/core/table.ts';
import { EPOCH_MS } from './epoch.ts';
import { hashed, type Random } from './random.ts';
import { TableIndex } from './table-index.ts';
import { conditionHolds, itemAfter } from './table-statement.ts';
import { TableStream } from './table-stream.ts';
import type { World } from './world.ts';

/** How the table is. */
export interface TableModelOptions {
  /** @defaultValue 2 */
  readonly shards?: number;
  /** After how long at most DynamoDB deletes an item whose time has come, milliseconds. @defaultValue 2 hours */
  readonly expiryLagMs?: number;
}

/** An item, and what a read that is not consistent may still see instead. */
interface Stored {
  readonly row: Row | undefined;
  readonly before: Row | undefined;
  readonly changedAt: number;
}

/** For how long a read that is not consistent may see the item as it was before. */
const STALE_MS = 500;

/**
 * A DynamoDB table. Requests are answered at once here, the way to it is `network.ts`'s business;
 * `test/table-contract.test.ts` holds it against a real one.
 */
export class TableModel {
  readonly stream: TableStream;
  readonly #world: World;
  readonly #random: Random;
  readonly #expiryLagMs: number;
  readonly #items = new Map<string, Stored>();
  readonly #indexes: Readonly<Record<QueryRange['index'], TableIndex>>;

  constructor(world: World, { shards = 2, expiryLagMs = 7_200_000 }: TableModelOptions) {
    this.#world = world;
    this.#random = world.random.fork('table');
    this.#expiryLagMs = expiryLagMs;
    this.stream = new TableStream(shards);
    const index = (name: QueryRange['index']) => new TableIndex(name, world.random.fork(name));
    this.#indexes = { gsi1: index('gsi1'), gsi2: index('gsi2'), gsi3: index('gsi3') };
  }

  /** All rows as they are now, for invariants. */
  rows(): Row[] {
    return Array.from(this.#items.values(), ({ row }) => row).filter((row) => row !== undefined);
  }

  get(key: TableKey, { consistent = false, attributes }: ReadOptions = {}): Row | undefined {
    const stored = this.#items.get(keyText(key));
    if (!stored) return undefined;
    const isStale = !consistent && this.#world.nowMs - stored.changedAt < STALE_MS && this.#random.chance(0.5);
    const row = isStale ? stored.before : stored.row;
    return row && attributes ? projected(row, attributes) : row;
  }

  query(range: QueryRange, options: QueryOptions): QueryPage {
    const { attributes } = options;
    const page = this.#indexes[range.index].query(range, options, this.#world.nowMs);
    return attributes ? { ...page, rows: page.rows.map((row) => projected(row, attributes)) } : page;
  }

  scan({ segment, segments, limit, after }: ScanOptions): ScanPage {
    // Partitions lie in the order of the hash of their key.
    const place = ({ pk, sk }: TableKey) => `${String(hashed(pk)).padStart(10, '0')} ${pk} ${sk}`;
    const start = after ? place({ pk: after['pk'] ?? '', sk: after['sk'] ?? '' }) : '';
    const found = this.rows()
      .filter(({ pk }) => hashed(pk) % segments === segment)
      .map((row) => [place(row), row] as const)
      .filter(([at]) => at > start)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .slice(0, limit)
      .map(([, row]) => row);
    const last = found.at(-1);
    return {
      rows: found,
      ...(last && found.length === limit ? { next: { pk: last.pk, sk: last.sk } } : {}),
      // Roster's items have about half a kilobyte, and a unit reads four.
      capacity: Math.max(1, Math.ceil(found.length / 8)),
    };
  }

  /** See `Table.write`. @throws ConditionFailed */
  write(statements: readonly Statement[]): Row | undefined {
    const keys = new Set(statements.map((statement) => keyText(statementKey(statement))));
    if (keys.size < statements.length) throw new Error('a transaction takes each item once');
    const before = statements.map((statement) => this.#items.get(keyText(statementKey(statement)))?.row);
    const failed = statements.flatMap((statement, i) => (conditionHolds(statement, before[i]) ? [] : [i]));
    if (failed.length > 0) throw new ConditionFailed(new Map(failed.map((i) => [i, before[i]])), {});
    const after = statements.map((statement, i) => this.#carryOut(statement, before[i]));
    return statements.length === 1 && statements[0] && 'Update' in statements[0] ? after[0] : undefined;
  }

  /** Puts or deletes one item whatever it is now. */
  writeAlways(statement: Put | Delete): void {
    this.#carryOut(statement, this.#items.get(keyText(statementKey(statement)))?.row);
  }

  #carryOut(statement: Statement, before: Row | undefined): Row | undefined {
    if ('ConditionCheck' in statement) return before;
    const { pk, sk } = statementKey(statement);
    const after = itemAfter(statement, before);
    this.#change({ pk, sk }, before, after, false);
    return after;
  }

  #change(key: TableKey, before: Row | undefined, after: Row | undefined, isExpiry: boolean): void {
    if (isDeepStrictEqual(before, after)) return;
    const { nowMs } = this.#world;
    const text = keyText(key);
    this.#items.set(text, { row: after, before, changedAt: nowMs });
    for (const index of Object.values(this.#indexes)) index.change(text, after, nowMs);
    this.#world.trace(after ? 'put' : isExpiry ? 'expire' : 'delete', text);
    this.stream.append({ key, before, after, isExpiry }, nowMs);
    if (typeof after?.['expires'] === 'number') this.#expireLater(key, after, after['expires']);
  }

  /** Long after the time has come. Nobody waits for it. */
  #expireLater(key: TableKey, row: Row, expires: number): void {
    const inMs = Math.max(0, expires * 1_000 - EPOCH_MS - this.#world.nowMs);
    const expire = () => {
      const current = this.#items.get(keyText(key))?.row;
      if (current?.['expires'] === row['expires']) this.#change(key, current, undefined, true);
    };
    this.#world.schedule(inMs + this.#random.between(0, this.#expiryLagMs), expire, true);
  }
}

const projected = (row: Row, attributes: readonly string[]): Row =>
  Object.fromEntries(attributes.flatMap((name) => (name in row ? [[name, row[name]]] : []))) as Row;

/** An empty table. */
export const createTableModel = (world: World, options: TableModelOptions = {}): TableModel =>
  new TableModel(world, options);
