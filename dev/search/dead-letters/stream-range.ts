import {
  type DynamoDBStreamsClient,
  GetRecordsCommand,
  GetShardIteratorCommand,
  ResourceNotFoundException,
  type ShardIteratorType,
  TrimmedDataAccessException,
} from '@aws-sdk/client-dynamodb-streams';
import type { TableKey } from '../../../src/entities/core/statements.ts';
import type { Clock } from '../../../src/runtime.ts';
import type { StreamRange } from './message.ts';

/** Keys of a range of a stream, as far as the stream still has it. */
export interface RangeKeys {
  readonly keys: readonly TableKey[];
  /** Whether all of its records were there: it keeps them for 24 hours. */
  readonly isWhole: boolean;
}

/** What GetRecords returns at most. */
const LIMIT = 1_000;

/**
 * GetRecords looks at a part of the shard at a time, which need not have any records although later ones do. An open
 * shard never says that nothing follows; a reader that starts at the records themselves meets few such parts, so that as
 * many one after the other are taken for its end.
 */
const EMPTY_PAGES = 50;
/** After such a part. Ten letters are read at once, often of one shard, and the stream throttles who asks too often. */
const PAUSE_MS = 100;

/** What reading a stream takes. */
export interface StreamServices {
  readonly streams: Pick<DynamoDBStreamsClient, 'send'>;
  readonly clock: Pick<Clock, 'sleep'>;
}

/** Reads the keys of all records of a range that are still there. */
export async function keysInRange(services: StreamServices, range: StreamRange): Promise<RangeKeys> {
  try {
    return await read(services, range, 'AT_SEQUENCE_NUMBER');
  } catch (error) {
    if (error instanceof ResourceNotFoundException) return { keys: [], isWhole: false };
    if (!(error instanceof TrimmedDataAccessException)) throw error;
  }
  try {
    return { ...(await read(services, range, 'TRIM_HORIZON')), isWhole: false };
  } catch (error) {
    // The whole shard has gone between the two.
    if (error instanceof ResourceNotFoundException || error instanceof TrimmedDataAccessException)
      return { keys: [], isWhole: false };
    throw error;
  }
}

async function read(
  { streams, clock }: StreamServices,
  { streamArn, shardId, start, end, records: expected }: StreamRange,
  type: ShardIteratorType,
): Promise<RangeKeys> {
  const at = type === 'AT_SEQUENCE_NUMBER' ? { SequenceNumber: start } : {};
  const first = await streams.send(
    new GetShardIteratorCommand({ StreamArn: streamArn, ShardId: shardId, ShardIteratorType: type, ...at }),
  );
  const keys: TableKey[] = [];
  let count = 0;
  let empty = 0;
  for (let iterator = first.ShardIterator; iterator && empty < EMPTY_PAGES; ) {
    const { Records = [], NextShardIterator } = await streams.send(
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
    empty = Records.length === 0 ? empty + 1 : 0;
    if (empty > 0 && NextShardIterator) await clock.sleep(PAUSE_MS);
    iterator = NextShardIterator;
  }
  return { keys, isWhole: count >= expected };
}
