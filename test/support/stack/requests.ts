import { isRecordKey } from '../../../src/entities/core/records.ts';
import type { ProxiedRequest } from '../fault-proxy.ts';
import { RECORDS, type Right } from './rights.ts';

/** What a statement of a transaction takes a right to. */
const STATEMENTS: Readonly<Record<string, string>> = {
  Put: 'PutItem',
  Update: 'UpdateItem',
  Delete: 'DeleteItem',
  ConditionCheck: 'ConditionCheckItem',
};

/** An item or a key, as it is sent. */
interface Sent {
  readonly pk: { readonly S: string };
  readonly sk: { readonly S: string };
}

/** One write, alone or of several that are sent together. */
interface Write {
  readonly Item?: Sent;
  readonly Key?: Sent;
}

interface Body extends Write {
  readonly IndexName?: string;
  readonly TransactItems?: readonly Readonly<Record<string, Write>>[];
  readonly RequestItems?: Readonly<Record<string, readonly Readonly<Record<string, Write>>[]>>;
}

/**
 * The rights that requests to DynamoDB take; those to write say whether it is to Roster's own records.
 *
 * https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazondynamodb.html
 */
export function rightsFor(requests: readonly ProxiedRequest[]): Right[] {
  const rights = requests.flatMap(({ operation = '', body }) => {
    const name = operation.split('.').at(-1) ?? '';
    const sent: Body = JSON.parse(body);
    switch (name) {
      case 'TransactWriteItems':
        return (sent.TransactItems ?? []).flatMap((each) =>
          Object.entries(each).map(([kind, write]) => rightToWrite(STATEMENTS[kind] ?? kind, write)),
        );
      case 'BatchWriteItem':
        return Object.values(sent.RequestItems ?? {})
          .flat()
          .flatMap((each) => Object.values(each).map((write) => rightToWrite(name, write)));
      case 'PutItem':
      case 'UpdateItem':
      case 'DeleteItem':
        return [rightToWrite(name, sent)];
      default:
        return [`dynamodb:${name} ${sent.IndexName ? `Table.Arn/index/${sent.IndexName}` : 'Table.Arn'}`];
    }
  });
  return [...new Set(rights)].sort();
}

/** As {@link rightsOf} says it of a role. */
function rightToWrite(action: string, { Item, Key }: Write): Right {
  const { pk, sk } = Item ?? Key ?? { pk: { S: '' }, sk: { S: '' } };
  return `dynamodb:${action} Table.Arn ${isRecordKey({ pk: pk.S, sk: sk.S }) ? RECORDS : `not ${RECORDS}`}`;
}
