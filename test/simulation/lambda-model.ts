import type { DynamoDBBatchResponse, DynamoDBStreamEvent } from 'aws-lambda';
import type { TableKey } from '../../src/entities/core/statements.ts';
import { createFaults, type Faults } from './faults.ts';
import { LambdaEnvironments } from './lambda-environments.ts';
import { LambdaLane } from './lambda-lane.ts';
import type { Process } from './process.ts';
import { hashed } from './random.ts';
import type { TableModel } from './table-model.ts';
import type { StreamEntry } from './table-stream.ts';
import type { World } from './world.ts';

/** What Lambda calls. */
export type StreamFunction = (event: DynamoDBStreamEvent) => Promise<DynamoDBBatchResponse | null | undefined>;

/** Records that Lambda gave up, as it tells a queue; the records themselves must be read from the stream. */
export interface Discarded {
  readonly shardId: string;
  readonly startSequenceNumber: string;
  readonly endSequenceNumber: string;
  /** RFC 3339, rounded down to a second. */
  readonly approximateArrivalOfFirstRecord: string;
  readonly approximateArrivalOfLastRecord: string;
  readonly batchSize: number;
  /** What a reader of the stream would find there. */
  readonly entries: readonly StreamEntry[];
}

/** How Lambda feeds the stream to the function, by the names of `serverless.yml`. */
export interface LambdaOptions {
  /** Called for every environment that is started; the function keeps what it remembers as long as that lives. */
  readonly start: (process: Process) => StreamFunction;
  readonly faults?: Faults;
  /** The event filter: records of other keys wake nobody. @defaultValue none */
  readonly filter?: (key: TableKey) => boolean;
  /** @defaultValue 100 */
  readonly batchSize?: number;
  /** Concurrent batches of one shard, by partition key. @defaultValue 1 */
  readonly parallelizationFactor?: number;
  /** The on-failure destination. */
  readonly onDiscarded?: (discarded: Discarded) => void;
  /** -1 means no limit. @defaultValue -1 */
  readonly maximumRetryAttempts?: number;
  /** -1 means no limit. @defaultValue -1 */
  readonly maximumRecordAgeInSeconds?: number;
  /** @defaultValue true */
  readonly bisectBatchOnFunctionError?: boolean;
  /** After which an environment is ended, milliseconds. @defaultValue 120,000 */
  readonly timeoutMs?: number;
  /** How far clocks of environments are wrong at most, milliseconds. @defaultValue 0 */
  readonly maxSkewMs?: number;
}

/** A stream's event source mapping and the environments that it calls. */
export class LambdaModel {
  /** What was sent to the on-failure destination. */
  readonly discarded: Discarded[] = [];
  readonly environments: LambdaEnvironments;
  readonly #lanes = new Map<string, LambdaLane>();

  constructor(world: World, table: TableModel, options: LambdaOptions) {
    const { parallelizationFactor = 1, faults = createFaults(world, {}), filter = () => true } = options;
    const random = world.random.fork('lambda');
    this.environments = new LambdaEnvironments({ ...options, world, faults, random });
    table.stream.subscribe((shard, entry) => {
      if (!filter(entry.key)) return;
      const name = `${shard}/${hashed(entry.key.pk) % parallelizationFactor}`;
      const lane =
        this.#lanes.get(name) ??
        new LambdaLane({
          ...options,
          world,
          faults,
          random,
          environments: this.environments,
          onDiscarded: (entries) => {
            const info = discarded(shard, entries);
            this.discarded.push(info);
            options.onDiscarded?.(info);
          },
        });
      this.#lanes.set(name, lane);
      lane.add(entry);
    });
  }

  /** True when everything in the stream has been delivered. */
  get isIdle(): boolean {
    return this.#lanes.values().every(({ isIdle }) => isIdle);
  }
}

function discarded(shardId: string, entries: readonly StreamEntry[]): Discarded {
  const [first, last] = [entries[0]?.record.dynamodb, entries.at(-1)?.record.dynamodb];
  const time = (seconds = 0) => new Date(seconds * 1_000).toISOString();
  return {
    shardId,
    startSequenceNumber: first?.SequenceNumber ?? '',
    endSequenceNumber: last?.SequenceNumber ?? '',
    approximateArrivalOfFirstRecord: time(first?.ApproximateCreationDateTime),
    approximateArrivalOfLastRecord: time(last?.ApproximateCreationDateTime),
    batchSize: entries.length,
    entries,
  };
}

/** Lets Lambda follow the stream of a table. */
export const createLambdaModel = (world: World, table: TableModel, options: LambdaOptions): LambdaModel =>
  new LambdaModel(world, table, options);
