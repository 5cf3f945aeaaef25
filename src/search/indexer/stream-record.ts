import type { DynamoDBRecord } from 'aws-lambda';
import { keyText, type Row, rowOf, type TableKey } from '../../entities/core/statements.ts';
import type { Seen } from './reading.ts';

/** The item that a record is about; undefined where its keys are not those of this table. */
export function keyOf({ dynamodb }: DynamoDBRecord): TableKey | undefined {
  const pk = dynamodb?.Keys?.['pk']?.S;
  const sk = dynamodb?.Keys?.['sk']?.S;
  return pk === undefined || sk === undefined ? undefined : { pk, sk };
}

/**
 * How long the image in a record is worth sending, milliseconds: as long as it takes Lambda to deliver it for the first
 * time. It is verified in any case; but what is not right is sent twice, and shown until then. A stream that lags behind
 * has more items that have changed again, and one that is delivered again after a failure has waited for it.
 */
const FRESH_MS = 5_000;

/**
 * The items of a batch as its records show them, which spares reading them before they are sent. The last record of an
 * item counts: they are in order.
 */
export function seenIn(records: readonly DynamoDBRecord[], now: Date): Seen {
  const seen = new Map<string, Row | undefined>();
  for (const record of records) {
    const key = keyOf(record);
    if (!key) continue;
    const image = isFresh(record, now) ? imageIn(record) : undefined;
    if (image) seen.set(keyText(key), image.row);
    // An earlier record shows the item as it is not any more.
    else seen.delete(keyText(key));
  }
  return seen;
}

const isFresh = ({ dynamodb }: DynamoDBRecord, now: Date): boolean =>
  now.getTime() - (dynamodb?.ApproximateCreationDateTime ?? 0) * 1_000 < FRESH_MS;

/** What a record shows; its row is undefined after a removal, all of it where it shows nothing or what can't be read. */
export function imageIn({ eventName, dynamodb }: DynamoDBRecord): { readonly row: Row | undefined } | undefined {
  if (eventName === 'REMOVE') return { row: undefined };
  try {
    // Lambda's types are its own. Binary values differ, in base64 here: verifying finds what comes of that.
    const row = rowOf(dynamodb?.NewImage as Parameters<typeof rowOf>[0]);
    return row && { row };
  } catch {
    return undefined;
  }
}
