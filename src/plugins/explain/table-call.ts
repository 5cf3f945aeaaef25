import { entities } from '../../entities/all.ts';
import type { AnyEntity } from '../../entities/core/model.ts';
import { keyText, statementKey, statementText, type TableKey } from '../../entities/core/statements.ts';
import type { TableCall } from '../../entities/core/table.ts';
import { Unique } from '../../entities/core/unique.ts';
import { SearchBatch } from '../../entities/system/search-batch.ts';
import { SearchComparison } from '../../entities/system/search-comparison.ts';
import { SearchState } from '../../entities/system/search-state.ts';

/** A call of DynamoDB, as clients see it. */
export type ExplainedTableCall = ExplainedGet | ExplainedQuery | ExplainedWrite;

interface Reading {
  readonly service: 'dynamodb';
  /** An access pattern such as `task.board`, or the entities of the keys. */
  readonly pattern: string;
  readonly consistent: boolean;
  readonly itemsRead: number;
  readonly itemsReturned: number;
  readonly readUnits: number;
}

/** Items read by their keys. */
export interface ExplainedGet extends Reading {
  readonly operation: 'GetItem' | 'BatchGetItem';
  readonly keys: readonly string[];
}

/** A run of sort keys. */
export interface ExplainedQuery extends Reading {
  readonly operation: 'Query';
  readonly index: string | null;
  readonly keyCondition: string;
  readonly limit: number | null;
  readonly order: 'ascending' | 'descending';
  /** What the items must fulfil beside; absent when there is nothing. Others are read and paid for all the same. */
  readonly filter?: string;
  /** Only how many items there are was asked for; absent for Queries that return them. */
  readonly counts?: true;
}

/** Items written. */
export interface ExplainedWrite {
  readonly service: 'dynamodb';
  readonly operation: Exclude<TableCall['operation'], 'GetItem' | 'BatchGetItem' | 'Query'>;
  /** The entities of the items. */
  readonly pattern: string;
  readonly statements: readonly string[];
  readonly writeUnits: number;
}

/** Keys and statements that are listed of one call; a BatchGetItem has up to 100. */
const LISTED = 10;

/** A call as it is shown: keys and key conditions, never what is in the items. */
export function explainTableCall(call: TableCall): ExplainedTableCall {
  const { operation, keys = [], statements = [], capacity } = call;
  const service = 'dynamodb';
  if (operation === 'Query') {
    return {
      service,
      operation,
      pattern: call.pattern ?? '',
      index: call.index ?? null,
      keyCondition: call.target,
      limit: call.limit ?? null,
      order: call.reverse ? 'descending' : 'ascending',
      ...(call.filter === undefined ? {} : { filter: call.filter }),
      ...(call.counts ? { counts: true } : {}),
      ...reading(call),
    };
  }
  if (operation === 'GetItem' || operation === 'BatchGetItem') {
    return { service, operation, pattern: entitiesOf(keys), keys: firstOf(keys.map(keyText)), ...reading(call) };
  }
  return {
    service,
    operation,
    pattern: entitiesOf(statements.map(statementKey)),
    statements: firstOf(statements.map(statementText)),
    writeUnits: capacity,
  };
}

const reading = ({ consistent = false, items, scanned = items, capacity }: TableCall) => ({
  consistent,
  itemsRead: scanned,
  itemsReturned: items,
  readUnits: capacity,
});

const firstOf = (texts: readonly string[]): string[] =>
  texts.length > LISTED ? [...texts.slice(0, LISTED), `and ${texts.length - LISTED} more`] : [...texts];

/** What operations read and write by key: the registry's entities, the guards of their unique values, and how the search is. */
const keyed: readonly AnyEntity[] = [...entities, Unique, SearchBatch, SearchComparison, SearchState];

const entitiesOf = (keys: readonly TableKey[]): string =>
  [...new Set(keys.map((key) => keyed.find((entity) => entity.identify(key))?.name ?? 'unknown'))].join(', ');
