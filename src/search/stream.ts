import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import { unmarshall } from '@aws-sdk/util-dynamodb';
import type { DynamoDBBatchResponse, DynamoDBRecord, DynamoDBStreamEvent } from 'aws-lambda';
import { keyText, type TableKey } from '../entities/statements.ts';
import { type ApplyServices, apply } from './apply.ts';

/**
 * Applies a batch of the table's stream.
 *
 * @returns the records whose items could not be indexed; Lambda delivers again from the lowest of them on
 */
export async function applyStream(services: ApplyServices, event: DynamoDBStreamEvent): Promise<DynamoDBBatchResponse> {
  const records = event.Records.map((record) => ({ key: keyOf(record), sequence: sequenceOf(record) }));
  try {
    const { applied, failed } = await apply(
      services,
      records.map(({ key }) => key),
    );
    services.log.debug({ records: records.length, applied, failed: failed.length }, 'a stream batch was applied');
    const again = new Set(failed.map(keyText));
    return failures(records.filter(({ key }) => again.has(keyText(key))));
  } catch (error) {
    services.log.error(
      { err: error, records: records.length },
      'a stream batch could not be applied; all of it will be tried again',
    );
    return failures(records);
  }
}

const failures = (records: readonly { readonly sequence: string }[]): DynamoDBBatchResponse => ({
  batchItemFailures: records.map(({ sequence }) => ({ itemIdentifier: sequence })),
});

function keyOf({ dynamodb }: DynamoDBRecord): TableKey {
  // Both describe the same JSON; the Lambda types know no binary buffers.
  const { pk, sk } = unmarshall((dynamodb?.Keys ?? {}) as Record<string, AttributeValue>);
  if (typeof pk !== 'string' || typeof sk !== 'string') {
    throw new Error(
      `stream record ${dynamodb?.SequenceNumber}: Keys must hold the strings pk and sk; is this another table's stream?`,
    );
  }
  return { pk, sk };
}

function sequenceOf({ eventID, dynamodb }: DynamoDBRecord): string {
  // Lambda takes an unknown identifier for a failure of the whole batch, which is what a record without one is.
  if (!dynamodb?.SequenceNumber) throw new Error(`stream record ${eventID} has no SequenceNumber`);
  return dynamodb.SequenceNumber;
}
