import type { Delete, Put, Row, Statement, TableKey } from './statements.ts';

/** A run of sort keys within one partition of an index. */
export interface QueryRange {
  readonly index: 'gsi1' | 'gsi2' | 'gsi3';
  readonly pk: string;
  readonly beginsWith: string;
  /** What the range is read for, such as `task.board`; for people. */
  readonly pattern: string;
}

/** Where and how much of a range to read. */
export interface QueryOptions {
  /** How many rows to read; DynamoDB also stops at 1 MB. */
  readonly limit: number;
  /** Go on behind this row's keys. */
  readonly after?: Readonly<Record<string, string>>;
  /** Descending sort keys. */
  readonly reverse?: boolean;
}

/** One Query's rows; `more` is false only when the range's end was reached. */
export interface QueryPage {
  readonly rows: readonly Row[];
  readonly more: boolean;
}

/** One request that was sent to DynamoDB and its outcome, for snapshots and `explain`. */
export interface TableCall {
  readonly operation:
    | 'GetItem'
    | 'BatchGetItem'
    | 'Query'
    | 'PutItem'
    | 'UpdateItem'
    | 'DeleteItem'
    | 'TransactWriteItems'
    | 'BatchWriteItem';
  /** Keys, or the key condition as text. */
  readonly target: string;
  /** A Query's access pattern, such as `task.board`. */
  readonly pattern?: string;
  readonly index?: string;
  readonly consistent?: boolean;
  readonly limit?: number;
  readonly reverse?: boolean;
  /** Items read, before filters. */
  readonly scanned?: number;
  /** Items returned or written. */
  readonly items: number;
  /** Capacity units. */
  readonly capacity: number;
  /** Name of the error that DynamoDB answered with, which may have consumed capacity all the same. */
  readonly error?: string;
}

/** Called when a request is sent; what it returns is called with the outcome. */
export type Observer<Call> = () => (call: Call) => void;

/** Every request that Roster sends to its table. */
export interface Table {
  get(key: TableKey, options?: { readonly consistent?: boolean }): Promise<Row | undefined>;
  /** Any number of keys; unprocessed ones are asked for again. Missing items are left out, order is not kept. */
  batchGet(keys: readonly TableKey[], options?: { readonly consistent?: boolean }): Promise<Row[]>;
  query(range: QueryRange, options: QueryOptions): Promise<QueryPage>;
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
