import type { Condition } from './filter.ts';
import type { Delete, Put, Row, Statement, TableKey } from './statements.ts';

/** The secondary indexes of the table. */
export const TABLE_INDEXES = ['gsi1', 'gsi2', 'gsi3'] as const;

/** The name of a secondary index. */
export type TableIndex = (typeof TABLE_INDEXES)[number];

/** A run of sort keys within one partition of an index. */
export interface QueryRange {
  readonly index: TableIndex;
  readonly pk: string;
  readonly beginsWith: string;
  /** A part of that run: the first and the last sort key, both included. None when they are the wrong way round. */
  readonly between?: readonly [from: string, to: string];
  /** What the range is read for, such as `task.board`; for people. */
  readonly pattern: string;
}

/** The keys of the row behind which a Query goes on: those of the table and of the index. */
export type StartKey = Readonly<Record<string, string>>;

/** How to read items. */
export interface ReadOptions {
  /** Sees every write that was answered before; not to be had of an index. */
  readonly consistent?: boolean;
  /** Names of the attributes to read; all when left out. */
  readonly attributes?: readonly string[] | undefined;
}

/** Where and how much of a range to count. */
export interface CountOptions {
  /** How many rows to read, filtered out ones included; DynamoDB also stops at 1 MB. */
  readonly limit: number;
  /** Go on behind this row. */
  readonly after?: StartKey | undefined;
  /** Only these rows; the others are read and paid for all the same. */
  readonly filter?: Condition | undefined;
}

/** Where and how much of a range to read. */
export interface QueryOptions extends CountOptions, Pick<ReadOptions, 'attributes'> {
  /** Descending sort keys. */
  readonly reverse?: boolean;
}

/** How far one Query got. */
export interface QueryProgress {
  /** Rows read, before the filter. */
  readonly scanned: number;
  /** Where the next Query goes on, whether or not anything follows; undefined at the end of the range. */
  readonly next?: StartKey;
}

/** One Query's rows. */
export interface QueryPage extends QueryProgress {
  readonly rows: readonly Row[];
}

/** One Query's count. */
export interface CountPage extends QueryProgress {
  readonly count: number;
}

/** Which part of the table to scan. */
export interface ScanOptions {
  /** From 0. Segments have no row in common, and all of them together have every row. */
  readonly segment: number;
  readonly segments: number;
  /** How many rows to read; DynamoDB also stops at 1 MB. */
  readonly limit: number;
  /** Go on behind this row. */
  readonly after?: StartKey | undefined;
}

/** One Scan's rows. */
export interface ScanPage {
  readonly rows: readonly Row[];
  /** Where the next Scan goes on; undefined at the end of the segment. */
  readonly next?: StartKey;
  /** Read capacity units that it took. */
  readonly capacity: number;
}

/** One request that was sent to DynamoDB and its outcome, for snapshots and `explain`. */
export interface TableCall {
  readonly operation:
    | 'GetItem'
    | 'BatchGetItem'
    | 'Query'
    | 'Scan'
    | 'PutItem'
    | 'UpdateItem'
    | 'DeleteItem'
    | 'TransactWriteItems'
    | 'BatchWriteItem'
    | 'DescribeTable';
  /** Keys, or the key condition as text. */
  readonly target: string;
  /** The keys that are read by GetItem and BatchGetItem. */
  readonly keys?: readonly TableKey[];
  /** What is written, by all writes but BatchWriteItem. */
  readonly statements?: readonly Statement[];
  /** A Query's access pattern, such as `task.board`. */
  readonly pattern?: string;
  readonly index?: string;
  readonly consistent?: boolean;
  readonly limit?: number;
  readonly reverse?: boolean;
  /** A Query's filter as text. */
  readonly filter?: string;
  /** Names of the attributes read, where these are not all. */
  readonly attributes?: readonly string[];
  /** True for a Query that returns no items, only how many there are. */
  readonly counts?: boolean;
  /** Items read, before filters. */
  readonly scanned?: number;
  /** Items returned, counted or written. */
  readonly items: number;
  /** Capacity units. */
  readonly capacity: number;
  /** Name of the error that DynamoDB answered with, which may have consumed capacity all the same. */
  readonly error?: string;
}

/** Called when a request is sent; what it returns is called with the outcome. */
export type Observer<Call> = () => (call: Call) => void;

/** Every request that Roster sends to its table. Each throws UnavailableError when the table is away or overloaded. */
export interface Table {
  get(key: TableKey, options?: ReadOptions): Promise<Row | undefined>;
  /**
   * Any number of keys, by parallel requests of 100; unprocessed ones are asked for again. Missing items are left out,
   * order is not kept.
   */
  batchGet(keys: readonly TableKey[], options?: ReadOptions): Promise<Row[]>;
  /** @throws BadInputError naming `filter` when that is more than DynamoDB takes */
  query(range: QueryRange, options: QueryOptions): Promise<QueryPage>;
  /** How many rows a Query would return, for the price of reading them. @throws BadInputError as `query` does */
  count(range: QueryRange, options: CountOptions): Promise<CountPage>;
  /**
   * All statements or none, up to 100.
   *
   * @returns the new item of a lone update
   * @throws ConditionFailed when a condition does not hold
   */
  write(statements: readonly Statement[]): Promise<Row | undefined>;
  /** Puts and deletes without conditions, any number, not atomic; for seeding and control items. */
  batchWrite(statements: readonly (Put | Delete)[]): Promise<void>;
  /** The same table, telling `observer` of every call. */
  observed(observer: Observer<TableCall>): Table;
}

/** A table that can also be read from end to end: for the indexer's tools, never for a resolver. */
export interface ScannableTable extends Table {
  /** Rows of all entities, read consistently, in no order. */
  scan(options: ScanOptions): Promise<ScanPage>;
  /** About how many rows there are, to tell how far a scan is: DynamoDB counts them every six hours. */
  approximateRows(): Promise<number>;
  observed(observer: Observer<TableCall>): ScannableTable;
}
