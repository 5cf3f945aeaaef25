import { marshall } from '@aws-sdk/util-dynamodb';
import type { DynamoDBBatchResponse, DynamoDBRecord, DynamoDBStreamEvent, StreamRecord } from 'aws-lambda';
import type { Row, TableKey } from '../../src/entities/core/statements.ts';

let sequence = 0;

/** The fields of a record that tests vary; `undefined` leaves one out. */
export interface RecordParts extends Omit<Partial<DynamoDBRecord>, 'dynamodb'> {
  readonly dynamodb?: { readonly [K in keyof StreamRecord]?: StreamRecord[K] | undefined };
}

/** A record as Lambda delivers it, about the item of a key. */
export function recordOf({ pk, sk }: TableKey, { dynamodb, ...parts }: RecordParts = {}): DynamoDBRecord {
  sequence++;
  return {
    eventID: `event-${sequence}`,
    eventName: 'MODIFY',
    eventVersion: '1.1',
    eventSource: 'aws:dynamodb',
    awsRegion: 'eu-central-1',
    eventSourceARN: 'arn:aws:dynamodb:eu-central-1:123456789012:table/roster/stream/2026-06-30T00:00:00.000',
    ...parts,
    dynamodb: {
      ApproximateCreationDateTime: 1_782_810_000,
      Keys: { pk: { S: pk }, sk: { S: sk } },
      SequenceNumber: String(sequence).padStart(21, '0'),
      SizeBytes: 59,
      StreamViewType: 'NEW_AND_OLD_IMAGES',
      ...dynamodb,
    } as StreamRecord,
  };
}

/** What makes a record one of this second, in which the item was written as this row. */
export const showing = (row?: Row): RecordParts => ({
  eventName: row ? 'MODIFY' : 'REMOVE',
  dynamodb: {
    ApproximateCreationDateTime: Math.floor(Date.now() / 1_000),
    // Lambda's types are its own.
    NewImage: row && (marshall(row, { removeUndefinedValues: true }) as NonNullable<StreamRecord['NewImage']>),
  },
});

/** An event of these records. */
export const eventOf = (...records: readonly DynamoDBRecord[]): DynamoDBStreamEvent => ({ Records: [...records] });

/** What a handler says of records that it could not apply. */
export const failuresOf = (...records: readonly DynamoDBRecord[]): DynamoDBBatchResponse => ({
  batchItemFailures: records.map(({ dynamodb }) => ({ itemIdentifier: dynamodb?.SequenceNumber ?? '' })),
});
