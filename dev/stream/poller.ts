import {
  DescribeStreamCommand,
  type DynamoDBStreamsClient,
  GetRecordsCommand,
  GetShardIteratorCommand,
  type Shard,
} from '@aws-sdk/client-dynamodb-streams';
import type { DynamoDBRecord } from 'aws-lambda';
import type { Clock, Logger } from '../../src/runtime.ts';
import type { EventSourceMapping } from '../stack-file.ts';
import type { Checkpoint, ShardPosition } from './checkpoint.ts';
import { deliver, type StreamFunction } from './deliver.ts';
import { lambdaRecord } from './records.ts';

/** What a {@link StreamPoller} needs. */
export interface StreamPollerOptions {
  readonly client: DynamoDBStreamsClient;
  readonly streamArn: string;
  readonly mapping: EventSourceMapping;
  readonly invoke: StreamFunction;
  readonly checkpoint: Checkpoint;
  readonly onDiscarded: (records: readonly DynamoDBRecord[]) => Promise<void>;
  readonly clock: Clock;
  readonly log: Logger;
}

/** Pause between looks at a stream that had nothing new. */
const IDLE_MS = 100;

/** Stands for Lambda's event source mapping: reads a table's stream and calls the function with its batches. */
export class StreamPoller {
  readonly #options: StreamPollerOptions;
  readonly #stop = new AbortController();
  readonly #iterators = new Map<string, string>();
  #running: Promise<void> | undefined;
  #positions = new Map<string, ShardPosition>();
  #delivered = 0;
  #waiting: (() => void)[] = [];

  constructor(options: StreamPollerOptions) {
    this.#options = options;
  }

  /** Records delivered since the start. */
  get delivered(): number {
    return this.#delivered;
  }

  /** Resolves when everything that is in the stream now has been delivered. */
  caughtUp(): Promise<void> {
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  /** Polls until {@link stop}. */
  start(): void {
    this.#running ??= this.#run();
  }

  /** Resolves when the batch under way has been settled or left for the next start. */
  async stop(): Promise<void> {
    this.#stop.abort();
    await this.#running;
  }

  async #run(): Promise<void> {
    const { checkpoint, clock, log, streamArn } = this.#options;
    this.#positions = await checkpoint.read(streamArn);
    for (let failures = 0; !this.#stop.signal.aborted; ) {
      try {
        const askedBefore = this.#waiting.splice(0);
        const delivered = await this.#pass().catch((error: unknown) => {
          this.#waiting.push(...askedBefore);
          throw error;
        });
        failures = 0;
        if (delivered > 0) this.#waiting.push(...askedBefore);
        else {
          for (const resolve of askedBefore) resolve();
          await clock.sleep(IDLE_MS);
        }
      } catch (error) {
        // The emulator is being restarted, or an iterator has expired: begin again at the checkpoint.
        this.#iterators.clear();
        failures++;
        log.debug({ err: error }, 'the stream could not be read; it will be tried again');
        await clock.backOff(failures);
      }
    }
  }

  /** Delivers what every shard has now, parents before their children. */
  async #pass(): Promise<number> {
    let delivered = 0;
    const shards = await this.#shards();
    const known = new Set(shards.map(({ ShardId }) => ShardId));
    for (const { ShardId: shard = '', ParentShardId: parent } of shards) {
      const waitsForParent = parent !== undefined && known.has(parent) && !this.#positions.get(parent)?.done;
      if (!waitsForParent && !this.#positions.get(shard)?.done) delivered += await this.#drain(shard);
    }
    return delivered;
  }

  async #shards(): Promise<Shard[]> {
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

  async #drain(shard: string): Promise<number> {
    const { client, streamArn, mapping } = this.#options;
    let delivered = 0;
    while (!this.#stop.signal.aborted) {
      const iterator = this.#iterators.get(shard) ?? (await this.#iteratorOf(shard));
      const { Records = [], NextShardIterator } = await client.send(
        new GetRecordsCommand({ ShardIterator: iterator, Limit: Math.min(mapping.batchSize, 1_000) }),
      );
      await this.#deliver(
        shard,
        Records.map((record) => lambdaRecord(record, streamArn)),
      );
      if (this.#stop.signal.aborted) break;
      delivered += Records.length;
      if (NextShardIterator === undefined) {
        await this.#settle(shard, { ...this.#positions.get(shard), done: true });
        return delivered;
      }
      this.#iterators.set(shard, NextShardIterator);
      if (Records.length === 0) return delivered;
    }
    return delivered;
  }

  async #deliver(shard: string, records: readonly DynamoDBRecord[]): Promise<void> {
    const { mapping, invoke, onDiscarded, clock, log } = this.#options;
    await deliver(records, {
      mapping,
      invoke,
      onDiscarded,
      clock,
      log,
      signal: this.#stop.signal,
      onSettled: (after) => this.#settle(shard, { after }),
    });
    this.#delivered += records.length;
  }

  async #settle(shard: string, position: ShardPosition): Promise<void> {
    this.#positions.set(shard, position);
    await this.#options.checkpoint.write(this.#options.streamArn, this.#positions);
  }

  async #iteratorOf(shard: string): Promise<string> {
    const { client, streamArn } = this.#options;
    const after = this.#positions.get(shard)?.after;
    const { ShardIterator } = await client.send(
      new GetShardIteratorCommand({
        StreamArn: streamArn,
        ShardId: shard,
        ...(after
          ? { ShardIteratorType: 'AFTER_SEQUENCE_NUMBER', SequenceNumber: after }
          : { ShardIteratorType: 'TRIM_HORIZON' }),
      }),
    );
    if (!ShardIterator) throw new Error(`shard ${shard} has no iterator`);
    return ShardIterator;
  }
}
