import type { DynamoDBBatchResponse, DynamoDBRecord, DynamoDBStreamEvent } from 'aws-lambda';
import { keyText, type TableKey } from '../../entities/core/statements.ts';
import { itemName } from '../../entities/item-name.ts';
import { type ApplyResult, type ApplyServices, apply } from './apply.ts';
import type { Seen } from './reading.ts';
import { keyOf, seenIn } from './stream-record.ts';

/** A batch of the stream and what became of it. */
export interface StreamBatch {
  /** Names of the items in it, for the log. */
  readonly items: readonly string[];
  readonly records: number;
  /**
   * When the oldest of its writes was made, Unix seconds; undefined in an empty batch. DynamoDB rounds it down to a
   * second, so what is measured from it may be up to a second too long.
   */
  readonly oldest: number | undefined;
  /** Items that are now in the indexes as they are in the table. */
  readonly applied: number;
  /** Items that can't be indexed. */
  readonly quarantined: number;
  /** Records that are to be delivered again. */
  readonly failed: number;
}

/**
 * Applies a batch of the table's stream. Only the keys in it are believed: images may be old by now, events may come
 * twice or in another order. So an image is sent at most, to spare a reading, and verified like whatever is sent.
 *
 * A record without the table's keys can't be about an item of this table: it is logged as an error and passed over,
 * since no later attempt could do more. A record without a sequence number is applied like any other; should that fail,
 * the whole batch has failed, for Lambda could not be told where to go on.
 *
 * @param report is told what became of the batch when it is done
 * @returns the records whose items could not be indexed; Lambda delivers again from the lowest of them on
 */
export async function applyStream(
  services: ApplyServices,
  event: DynamoDBStreamEvent,
  report: (batch: StreamBatch) => Promise<void> = async () => undefined,
): Promise<DynamoDBBatchResponse> {
  const records = event.Records.flatMap((record) => {
    const key = keyOf(record);
    if (!key) services.log.error(namesOf(record), 'a stream record without the keys of this table was passed over');
    return key ? [{ key, record }] : [];
  });
  const keys = records.map(({ key }) => key);
  const outcome = await applyKeys(services, keys, seenIn(event.Records, services.clock.now()));
  const again = new Set((outcome?.failed ?? keys).map(keyText));
  const failed = records.filter(({ key }) => again.has(keyText(key))).map(({ record }) => record);
  await report({
    items: [...new Set(keys.flatMap((key) => itemName(key) ?? []))],
    records: event.Records.length,
    oldest: oldestOf(event.Records),
    applied: outcome?.applied ?? 0,
    quarantined: outcome?.quarantined.length ?? 0,
    failed: failed.length,
  });
  return failures(failed);
}

/** Undefined when nobody knows what became of the keys. */
async function applyKeys(
  services: ApplyServices,
  keys: readonly TableKey[],
  seen: Seen,
): Promise<ApplyResult | undefined> {
  try {
    return await apply(services, keys, { seen });
  } catch (error) {
    services.log.error(
      { err: error, keys: keys.length },
      'a stream batch could not be applied; all of it will be tried again',
    );
    return undefined;
  }
}

function oldestOf(records: readonly DynamoDBRecord[]): number | undefined {
  const times = records.flatMap(({ dynamodb }) => dynamodb?.ApproximateCreationDateTime ?? []);
  return times.length === 0 ? undefined : Math.min(...times);
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
