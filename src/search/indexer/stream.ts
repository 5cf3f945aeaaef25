import type { DynamoDBBatchResponse, DynamoDBRecord, DynamoDBStreamEvent } from 'aws-lambda';
import { keyText, type TableKey } from '../../entities/core/statements.ts';
import { type ApplyServices, apply } from './apply.ts';

/**
 * Applies a batch of the table's stream. Only the keys in it are believed: images may be old by now, events may come
 * twice or in another order.
 *
 * A record without the table's keys can't be about an item of this table: it is logged as an error and passed over,
 * since no later attempt could do more. A record without a sequence number is applied like any other; should that fail,
 * the whole batch has failed, for Lambda could not be told where to go on.
 *
 * @returns the records whose items could not be indexed; Lambda delivers again from the lowest of them on
 */
export async function applyStream(services: ApplyServices, event: DynamoDBStreamEvent): Promise<DynamoDBBatchResponse> {
  const records = event.Records.flatMap((record) => {
    const key = keyOf(record);
    if (!key) services.log.error(namesOf(record), 'a stream record without the keys of this table was passed over');
    return key ? [{ key, record }] : [];
  });
  const keys = records.map(({ key }) => key);
  try {
    const { applied, quarantined, failed } = await apply(services, keys);
    const counts = { applied, quarantined: quarantined.length, failed: failed.length };
    services.log.debug({ records: event.Records.length, ...counts }, 'a stream batch was applied');
    const again = new Set(failed.map(keyText));
    return failures(records.filter(({ key }) => again.has(keyText(key))).map(({ record }) => record));
  } catch (error) {
    services.log.error(
      { err: error, records: event.Records.length },
      'a stream batch could not be applied; all of it will be tried again',
    );
    return failures(records.map(({ record }) => record));
  }
}

function keyOf({ dynamodb }: DynamoDBRecord): TableKey | undefined {
  const pk = dynamodb?.Keys?.['pk']?.S;
  const sk = dynamodb?.Keys?.['sk']?.S;
  return pk === undefined || sk === undefined ? undefined : { pk, sk };
}

/** What an operator needs to find a record; nothing of the item's contents. */
const namesOf = ({ eventID, eventSourceARN, dynamodb }: DynamoDBRecord) => ({
  eventID,
  eventSourceARN,
  sequenceNumber: dynamodb?.SequenceNumber,
});

/** Lambda takes an empty identifier for a failure of the whole batch. */
const failures = (records: readonly DynamoDBRecord[]): DynamoDBBatchResponse => ({
  batchItemFailures: records.map(({ dynamodb }) => ({ itemIdentifier: dynamodb?.SequenceNumber ?? '' })),
});
