import type { ProxiedRequest } from '../fault-proxy.ts';
import type { Right } from './rights.ts';

/** What a statement of a transaction takes a right to. */
const STATEMENTS: Readonly<Record<string, string>> = {
  Put: 'PutItem',
  Update: 'UpdateItem',
  Delete: 'DeleteItem',
  ConditionCheck: 'ConditionCheckItem',
};

/**
 * The rights that requests to DynamoDB take.
 *
 * https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazondynamodb.html
 */
export function rightsFor(requests: readonly ProxiedRequest[]): Right[] {
  const rights = requests.flatMap(({ operation = '', body }) => {
    const name = operation.split('.').at(-1) ?? '';
    const { IndexName, TransactItems } = JSON.parse(body) as {
      readonly IndexName?: string;
      readonly TransactItems?: readonly object[];
    };
    if (name !== 'TransactWriteItems')
      return [`dynamodb:${name} ${IndexName ? `Table.Arn/index/${IndexName}` : 'Table.Arn'}`];
    return (TransactItems ?? []).flatMap(Object.keys).map((kind) => `dynamodb:${STATEMENTS[kind]} Table.Arn`);
  });
  return [...new Set(rights)].sort();
}
