import {
  DescribeStreamCommand,
  type DynamoDBStreamsClient,
  GetRecordsCommand,
  GetShardIteratorCommand,
  type Shard,
  TrimmedDataAccessException,
} from '@aws-sdk/client-dynamodb-streams';
import type { DynamoDBRecord } from 'aws-lambda';
import type { Logger } from '../../src/runtime.ts';
import { lambdaRecord } from './records.ts';

/** What a {@link StreamReader} needs. */
export interface StreamReaderOptions {
  readonly client: Pick<DynamoDBStreamsClient, 'send'>;
  readonly streamArn: string;
  readonly log: Logger;
}

/** What a shard had next. */
export interface ShardRead {
  readonly records: readonly DynamoDBRecord[];
  /** The shard is closed, and these were its last. */
  readonly isEnd: boolean;
}

/** Reads the shards of a table's stream, each from where the last read ended. */
export class StreamReader {
  readonly #options: StreamReaderOptions;
  readonly #iterators = new Map<string, string>();

  constructor(options: StreamReaderOptions) {
    this.#options = options;
  }

  /** The shards that the stream has now, in no particular order. */
  async shards(): Promise<Shard[]> {
    const { client, streamArn } = this.#options;
    const shards: Shard[] = [];
    let start: string | undefined;
    do {
      const { StreamDescription } = await client.send(
        new DescribeStreamCommand({ StreamArn: streamArn, ...(start ? { ExclusiveStartShardId: start } : {}) }),
      );
      shards.push(...(StreamDescription?.Shards ?? []));
      start = StreamDescription?.LastEvaluatedShardId;
    } while (start);
    return shards;
  }

  /**
   * The next records of a shard.
   *
   * @param after where to begin when nothing was read before or after {@link forget}: behind this sequence number, or at
   *   the start of the shard
   */
  async read(shard: string, after: string | undefined, limit: number): Promise<ShardRead> {
    const { client, streamArn } = this.#options;
    const iterator = this.#iterators.get(shard) ?? (await this.#iteratorAt(shard, after));
    const { Records = [], NextShardIterator } = await client.send(
      new GetRecordsCommand({ ShardIterator: iterator, Limit: limit }),
    );
    if (NextShardIterator) this.#iterators.set(shard, NextShardIterator);
    else this.#iterators.delete(shard);
    return { records: Records.map((record) => lambdaRecord(record, streamArn)), isEnd: !NextShardIterator };
  }

  /** Lets the next reads begin at what is given to them. */
  forget(): void {
    this.#iterators.clear();
  }

  async #iteratorAt(shard: string, after: string | undefined): Promise<string> {
    if (after === undefined) return this.#iterator(shard, { ShardIteratorType: 'TRIM_HORIZON' });
    try {
      return await this.#iterator(shard, { ShardIteratorType: 'AFTER_SEQUENCE_NUMBER', SequenceNumber: after });
    } catch (error) {
      if (!(error instanceof TrimmedDataAccessException)) throw error;
      this.#options.log.error(
        { shard, after },
        'the stream no longer holds what came next, for it keeps 24 hours: the search indexes may lack changes',
      );
      return this.#iterator(shard, { ShardIteratorType: 'TRIM_HORIZON' });
    }
  }

  async #iterator(
    shard: string,
    position:
      | { readonly ShardIteratorType: 'TRIM_HORIZON' }
      | { readonly ShardIteratorType: 'AFTER_SEQUENCE_NUMBER'; readonly SequenceNumber: string },
  ): Promise<string> {
    const { client, streamArn } = this.#options;
    const { ShardIterator } = await client.send(
      new GetShardIteratorCommand({ StreamArn: streamArn, ShardId: shard, ...position }),
    );
    if (!ShardIterator) throw new Error(`shard ${shard} has no iterator`);
    return ShardIterator;
  }
}
