import {
  type DynamoDBStreamsClient,
  GetRecordsCommand,
  GetShardIteratorCommand,
  ResourceNotFoundException,
  type ShardIteratorType,
  TrimmedDataAccessException,
} from '@aws-sdk/client-dynamodb-streams';
import type { TableKey } from '../../../src/entities/core/statements.ts';
import type { StreamRange } from './message.ts';

/** Keys of a range of a stream, as far as the stream still has it. */
export interface RangeKeys {
  readonly keys: readonly TableKey[];
  /** Whether all of its records were there: it keeps them for 24 hours. */
  readonly isWhole: boolean;
}

/** What GetRecords returns at most. */
const LIMIT = 1_000;

/** Reads the keys of all records of a range that are still there. */
export async function keysInRange(client: Pick<DynamoDBStreamsClient, 'send'>, range: StreamRange): Promise<RangeKeys> {
  try {
    return await read(client, range, 'AT_SEQUENCE_NUMBER');
  } catch (error) {
    if (error instanceof ResourceNotFoundException) return { keys: [], isWhole: false };
    if (!(error instanceof TrimmedDataAccessException)) throw error;
  }
  try {
    return { ...(await read(client, range, 'TRIM_HORIZON')), isWhole: false };
  } catch (error) {
    // The whole shard has gone between the two.
    if (error instanceof ResourceNotFoundException || error instanceof TrimmedDataAccessException)
      return { keys: [], isWhole: false };
    throw error;
  }
}

async function read(
  client: Pick<DynamoDBStreamsClient, 'send'>,
  { streamArn, shardId, start, end, records: expected }: StreamRange,
  type: ShardIteratorType,
): Promise<RangeKeys> {
  const at = type === 'AT_SEQUENCE_NUMBER' ? { SequenceNumber: start } : {};
  const first = await client.send(
    new GetShardIteratorCommand({ StreamArn: streamArn, ShardId: shardId, ShardIteratorType: type, ...at }),
  );
  const keys: TableKey[] = [];
  let count = 0;
  for (let iterator = first.ShardIterator; iterator; ) {
    const { Records = [], NextShardIterator } = await client.send(
      new GetRecordsCommand({ ShardIterator: iterator, Limit: LIMIT }),
    );
    for (const { dynamodb } of Records) {
      const place = BigInt(dynamodb?.SequenceNumber ?? -1);
      if (place < BigInt(start)) continue;
      if (place > BigInt(end)) return { keys, isWhole: count >= expected };
      count++;
      const [pk, sk] = [dynamodb?.Keys?.['pk']?.S, dynamodb?.Keys?.['sk']?.S];
      if (pk !== undefined && sk !== undefined) keys.push({ pk, sk });
      if (place === BigInt(end)) return { keys, isWhole: count >= expected };
    }
    // An open shard that has nothing more does not have the end: it is another stream's.
    iterator = Records.length === 0 ? undefined : NextShardIterator;
  }
  return { keys, isWhole: count >= expected };
}
