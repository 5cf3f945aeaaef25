import {
  type Delete,
  type Put,
  type Row,
  type Statement,
  statementKey,
  type Update,
} from '../../src/entities/core/statements.ts';
import { holds, type Placeholders } from './expression.ts';
import { updated } from './update-expression.ts';

/** Whether a statement's condition holds for the item that it meets. */
export function conditionHolds(statement: Statement, item: Row | undefined): boolean {
  const input = bodyOf(statement);
  return holds(input.ConditionExpression, item, placeholdersOf(input));
}

/** The item that a statement leaves where it met `before`. */
export function itemAfter(statement: Put | Update | Delete, before: Row | undefined): Row | undefined {
  if ('Delete' in statement) return undefined;
  if ('Put' in statement) return withoutUndefined((statement.Put.Item ?? {}) as Row);
  const input = statement.Update;
  const { pk, sk } = statementKey(statement);
  return { ...updated(input.UpdateExpression ?? '', before ?? { pk, sk }, placeholdersOf(input)), pk, sk };
}

/** What all statements have in common. */
interface Body {
  readonly ConditionExpression?: string | undefined;
  readonly ExpressionAttributeNames?: Readonly<Record<string, string>> | undefined;
  readonly ExpressionAttributeValues?: Readonly<Record<string, unknown>> | undefined;
}

function bodyOf(statement: Statement): Body {
  if ('Put' in statement) return statement.Put;
  if ('Update' in statement) return statement.Update;
  return 'Delete' in statement ? statement.Delete : statement.ConditionCheck;
}

const placeholdersOf = ({
  ExpressionAttributeNames: names,
  ExpressionAttributeValues: values,
}: Body): Placeholders => ({
  names,
  values,
});

/** What is undefined is not stored. */
const withoutUndefined = (item: Row): Row =>
  Object.values(item).includes(undefined)
    ? (Object.fromEntries(Object.entries(item).filter(([, value]) => value !== undefined)) as Row)
    : item;
