import {
  type AttributeValue,
  ConditionalCheckFailedException,
  TransactionCanceledException,
  TransactionConflictException,
} from '@aws-sdk/client-dynamodb';
import type { DeleteCommandInput, PutCommandInput, UpdateCommandInput } from '@aws-sdk/lib-dynamodb';
import { unmarshall, type unmarshallOptions } from '@aws-sdk/util-dynamodb';

export { isExpired } from './expiry.ts';

/** The key of one item. */
export interface TableKey {
  readonly pk: string;
  readonly sk: string;
}

/** An item as it is stored: attributes, the keys of every index, ElectroDB's identifiers. */
export type Row = TableKey & Readonly<Record<string, unknown>>;

type WithoutTable<T> = Omit<T, 'TableName'>;

/** Replaces one item. */
export interface Put {
  readonly Put: WithoutTable<PutCommandInput>;
}
/** Changes one item. */
export interface Update {
  readonly Update: WithoutTable<UpdateCommandInput>;
}
/** Removes one item. */
export interface Delete {
  readonly Delete: WithoutTable<DeleteCommandInput>;
}
/** Writes nothing, but fails the transaction unless its condition holds. */
export interface Check {
  readonly ConditionCheck: {
    readonly Key: TableKey;
    readonly ConditionExpression: string;
    readonly ExpressionAttributeValues?: Readonly<Record<string, unknown>>;
  };
}
/** A statement as TransactWriteItems takes it; one alone is sent as the plain command at half the price. */
export type Statement = Put | Update | Delete | Check;

/** Which of the statements' conditions did not hold; nothing was written. */
export class ConditionFailed extends Error {
  /** Positions among the statements given. */
  readonly failed: readonly number[];
  /** The item that each failed condition met, where there is one. */
  readonly items: ReadonlyMap<number, Row>;

  constructor(items: ReadonlyMap<number, Row | undefined>, options: ErrorOptions) {
    super(`the conditions of statements ${[...items.keys()].join(', ')} did not hold`, options);
    this.failed = [...items.keys()];
    this.items = new Map([...items].flatMap(([position, item]) => (item ? [[position, item]] : [])));
  }
}

/** A key as one line of text, unique per key. */
export const keyText = ({ pk, sk }: TableKey): string => `${pk} ${sk}`;

/** A statement as one line of text, for snapshots and `explain`. */
export function statementText(statement: Statement): string {
  if ('Put' in statement) return `Put ${keyText(statement.Put.Item as Row)}`;
  if ('Update' in statement) return `Update ${keyText(statement.Update.Key as TableKey)}`;
  if ('Delete' in statement) return `Delete ${keyText(statement.Delete.Key as TableKey)}`;
  return `Check ${keyText(statement.ConditionCheck.Key)}`;
}

/** The key of the item that a statement writes or checks. */
export function statementKey(statement: Statement): TableKey {
  if ('Put' in statement) return statement.Put.Item as Row;
  if ('Update' in statement) return statement.Update.Key as TableKey;
  if ('Delete' in statement) return statement.Delete.Key as TableKey;
  return statement.ConditionCheck.Key;
}

/** True when a write met a transaction on the same item, which is worth another try. */
export function collided(error: unknown): boolean {
  if (error instanceof TransactionConflictException) return true;
  const reasons = error instanceof TransactionCanceledException ? (error.CancellationReasons ?? []) : [];
  const codes = reasons.map(({ Code }) => Code);
  return codes.includes('TransactionConflict') && !codes.includes('ConditionalCheckFailed');
}

/** The failed conditions in an error of DynamoDB, or undefined when it is another error. */
export function conditionFailed(error: unknown): ConditionFailed | undefined {
  if (error instanceof ConditionalCheckFailedException) {
    return new ConditionFailed(new Map([[0, rowOf(error.Item)]]), { cause: error });
  }
  if (!(error instanceof TransactionCanceledException)) return undefined;
  const failed = (error.CancellationReasons ?? []).flatMap(({ Code, Item }, position) =>
    Code === 'ConditionalCheckFailed' ? [[position, rowOf(Item)] as const] : [],
  );
  return failed.length > 0 ? new ConditionFailed(new Map(failed), { cause: error }) : undefined;
}

/**
 * How items are unmarshalled wherever they come from. A number beyond what JavaScript holds exactly is quarantined by the
 * indexer; the default would fail whole batches.
 */
export const UNMARSHALL: unmarshallOptions = { wrapNumbers: Number };

/** An item where the document client leaves it marshalled: in errors and in stream records. */
export const rowOf = (item: Record<string, AttributeValue> | undefined): Row | undefined =>
  item && Object.keys(item).length > 0 ? (unmarshall(item, UNMARSHALL) as Row) : undefined;
