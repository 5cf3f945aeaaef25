import { SERVICE } from '../../entities/core/electro.ts';
import { searches } from '../all.ts';
import { HEARTBEAT_KEY } from './heartbeat.ts';

/** What a value may be: a text itself, or any text that begins so. */
export type FilterRule = string | { readonly prefix: string };

/**
 * A pattern of Lambda's event filters. A record passes when every path leads to a value that one of its rules allows.
 *
 * https://docs.aws.amazon.com/lambda/latest/dg/invocation-eventfiltering.html#filtering-syntax
 */
export interface FilterPattern {
  readonly [path: string]: FilterPattern | readonly FilterRule[];
}

/** Lambda takes no longer pattern. */
const MAX_LENGTH = 4_096;

/**
 * Which stream records concern an index: those whose key is a searchable entity's. The table's other items (guards,
 * audit events, the indexer's own records) never wake the function, or every batch would cause the next one; but for the
 * heartbeat, which the indexer does not write.
 *
 * Keys are in every record, removals included, and the sort key of the table names the entity and nothing else. Records
 * that don't pass are dropped for good by Lambda: an entity that becomes searchable later is rebuilt from the table.
 *
 * @throws Error when there are more searchable entities than a pattern can name, which are about 250
 */
export function streamFilters(): readonly FilterPattern[] {
  const sk = searches.map(({ entity }) => entity.key('any', 'any').sk);
  const pattern = { dynamodb: { Keys: { pk: { S: [{ prefix: `$${SERVICE}#org_` }] }, sk: { S: sk } } } };
  const { length } = JSON.stringify(pattern);
  if (length > MAX_LENGTH)
    throw new Error(`the stream's filter has ${length} of ${MAX_LENGTH} characters; part it into several patterns`);
  const { pk, sk: beatSk } = HEARTBEAT_KEY;
  return [pattern, { dynamodb: { Keys: { pk: { S: [pk] }, sk: { S: [beatSk] } } } }];
}
