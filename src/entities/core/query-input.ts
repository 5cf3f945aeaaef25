import type { QueryCommandInput } from '@aws-sdk/lib-dynamodb';
import { compileFilter, filterText } from './filter.ts';
import type { QueryOptions, QueryRange, TableCall } from './table.ts';

/** A Query as DynamoDB takes it, less the table's name, and how to tell of it. */
export interface QueryInput {
  readonly input: Omit<QueryCommandInput, 'TableName'>;
  readonly call: Omit<TableCall, 'items' | 'capacity'>;
}

/** The attributes to read as DynamoDB takes them: names may be reserved words. */
export function projection(attributes: readonly string[] | undefined) {
  if (!attributes) return undefined;
  const names = attributes.map((attribute, i) => [`#a${i.toString(36)}`, attribute] as const);
  return {
    ProjectionExpression: names.map(([placeholder]) => placeholder).join(','),
    ExpressionAttributeNames: Object.fromEntries(names),
  };
}

/**
 * A Query of a range, as far as reading and counting have it in common. Undefined when nothing can be in it, which
 * DynamoDB would refuse.
 *
 * @throws BadInputError naming `filter` when that is more than DynamoDB takes
 */
export function queryInput(range: QueryRange, options: Omit<QueryOptions, 'reverse'>): QueryInput | undefined {
  const { index, pk, pattern, between } = range;
  const { limit, after, filter, attributes } = options;
  const compiled = filter === undefined || compileFilter(filter);
  if (compiled === false || (between && between[0] > between[1])) return undefined;
  const expression = compiled === true ? undefined : compiled;
  const keys = sortKeys(range);
  const read = projection(attributes);
  const behind = after ? ` after ${after[`${index}sk`]}` : '';
  return {
    input: {
      IndexName: index,
      KeyConditionExpression: `#pk = :pk AND ${keys.expression}`,
      Limit: limit,
      ...(expression ? { FilterExpression: expression.expression } : {}),
      ...(after ? { ExclusiveStartKey: after } : {}),
      ...read,
      ExpressionAttributeNames: {
        '#pk': `${index}pk`,
        '#sk': `${index}sk`,
        ...expression?.names,
        ...read?.ExpressionAttributeNames,
      },
      ExpressionAttributeValues: { ':pk': pk, ...keys.values, ...expression?.values },
    },
    call: {
      operation: 'Query',
      pattern,
      index,
      target: `${index}pk = ${pk} AND ${keys.text}${behind}`,
      limit,
      ...(expression ? { filter: filterText(expression) } : {}),
      ...(attributes ? { attributes } : {}),
    },
  };
}

function sortKeys({ index, beginsWith, between }: QueryRange) {
  if (!between) {
    const text = `begins_with(${index}sk, ${beginsWith})`;
    return { expression: 'begins_with(#sk, :sk)', values: { ':sk': beginsWith }, text };
  }
  const [from, to] = between;
  const text = `${index}sk BETWEEN ${from} AND ${to}`;
  return { expression: '#sk BETWEEN :from AND :to', values: { ':from': from, ':to': to }, text };
}
