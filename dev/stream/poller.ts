import type { DynamoDBStreamsClient } from '@aws-sdk/client-dynamodb-streams';
import type { DynamoDBRecord } from 'aws-lambda';
import type { Clock, Logger } from '../../src/runtime.ts';
import type { EventSourceMapping } from '../stack-file.ts';
import type { Checkpoint, ShardPosition } from './checkpoint.ts';
import { deliver, type StreamFunction } from './deliver.ts';
import { recordFilter } from './filter.ts';
import { StreamReader } from './reader.ts';

/** What a {@link StreamPoller} needs. */
export interface StreamPollerOptions {
  readonly client: Pick<DynamoDBStreamsClient, 'send'>;
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

/** A server that is being restarted answers again after fewer failures than this. */
const NOTEWORTHY_FAILURES = 5;

/** What GetRecords returns at most. */
const READ_LIMIT = 1_000;

/** Stands for Lambda's event source mapping: reads a table's stream and calls the function with its batches. */
export class StreamPoller {
  readonly #options: StreamPollerOptions;
  readonly #reader: StreamReader;
  readonly #isWanted: (record: DynamoDBRecord) => boolean;
  readonly #stop = new AbortController();
  #running: Promise<void> | undefined;
  #positions: Map<string, ShardPosition> | undefined;
  #delivered = 0;
  #waiting: PromiseWithResolvers<void>[] = [];

  constructor(options: StreamPollerOptions) {
    this.#options = options;
    this.#reader = new StreamReader(options);
    this.#isWanted = recordFilter(options.mapping.filterPatterns);
  }

  /** Records that were accepted, given up or kept from the function by the mapping's filter since the start. */
  get delivered(): number {
    return this.#delivered;
  }

  /** Resolves when everything that is in the stream now has been delivered; rejects when the poller is stopped before. */
  caughtUp(): Promise<void> {
    const waiting = Promise.withResolvers<void>();
    if (this.#stop.signal.aborted) waiting.reject(new Error('the stream poller was stopped'));
    else this.#waiting.push(waiting);
    return waiting.promise;
  }

  /** Polls until {@link stop}. */
  start(): void {
    this.#running ??= this.#run();
  }

  /** Resolves when the batch under way has been settled or left for the next start. */
  async stop(): Promise<void> {
    this.#stop.abort();
    await this.#running;
    for (const { reject } of this.#waiting.splice(0)) reject(new Error('the stream poller was stopped'));
  }

  async #run(): Promise<void> {
    const { clock, log } = this.#options;
    for (let failures = 0; !this.#stop.signal.aborted; ) {
      const asked = this.#waiting.splice(0);
      try {
        const isQuiet = await this.#pass();
        failures = 0;
        if (isQuiet) for (const { resolve } of asked.splice(0)) resolve();
        if (isQuiet) await clock.sleep(IDLE_MS);
      } catch (error) {
        // The emulator is being restarted, or an iterator has expired: begin again at the checkpoint.
        this.#reader.forget();
        this.#positions = undefined;
        failures++;
        log[failures < NOTEWORTHY_FAILURES ? 'debug' : 'warn'](
          { err: error, failures },
          'the stream could not be read or delivered; it will be tried again',
        );
        await clock.backOff(failures);
      } finally {
        this.#waiting.push(...asked);
      }
    }
  }

  /** Delivers a batch of every shard, parents before their children; true when there was nothing new at all. */
  async #pass(): Promise<boolean> {
    const { checkpoint, streamArn } = this.#options;
    const shards = await this.#reader.shards();
    this.#positions ??= await checkpoint.read(streamArn);
    const known = new Set(shards.map(({ ShardId }) => ShardId));
    for (const shard of this.#positions.keys()) if (!known.has(shard)) this.#positions.delete(shard);
    let isQuiet = true;
    for (const { ShardId: shard = '', ParentShardId: parent } of shards) {
      const waits = parent !== undefined && known.has(parent) && !this.#positions.get(parent)?.done;
      if (waits || this.#positions.get(shard)?.done || this.#stop.signal.aborted) continue;
      if (await this.#advance(shard, this.#positions)) isQuiet = false;
    }
    return isQuiet && !this.#stop.signal.aborted;
  }

  /** Delivers the next batch of a shard; false when it has none and stays open. A closed shard may have left children. */
  async #advance(shard: string, positions: Map<string, ShardPosition>): Promise<boolean> {
    const { mapping, invoke, onDiscarded, clock, log } = this.#options;
    const limit = Math.min(mapping.batchSize, READ_LIMIT);
    const { records, isEnd } = await this.#reader.read(shard, positions.get(shard)?.after, limit);
    const wanted = records.filter(this.#isWanted);
    let unsettled = wanted.length;
    const settle = async (settled: readonly DynamoDBRecord[]) => {
      positions.set(shard, { after: lastSequence(settled) });
      await this.#save(positions);
    };
    const onSettled = async (settled: readonly DynamoDBRecord[]) => {
      await settle(settled);
      unsettled -= settled.length;
      this.#delivered += settled.length;
    };
    const signal = this.#stop.signal;
    await deliver(wanted, { mapping, invoke, onDiscarded, onSettled, clock, log, signal });
    // What the filter dropped behind the last record that passed it need not be read again.
    if (unsettled === 0 && records.at(-1) !== wanted.at(-1)) await settle(records);
    if (unsettled === 0) this.#delivered += records.length - wanted.length;
    if (isEnd && !signal.aborted) {
      positions.set(shard, { ...positions.get(shard), done: true });
      await this.#save(positions);
    }
    return records.length > 0 || isEnd;
  }

  #save(positions: ReadonlyMap<string, ShardPosition>): Promise<void> {
    return this.#options.checkpoint.write(this.#options.streamArn, positions);
  }
}

function lastSequence(records: readonly DynamoDBRecord[]): string {
  const last = records.at(-1);
  const sequence = last?.dynamodb?.SequenceNumber;
  if (!sequence) throw new Error(`stream record ${last?.eventID} has no SequenceNumber`);
  return sequence;
}
