import { marshall } from '@aws-sdk/util-dynamodb';
import type { DynamoDBRecord, StreamRecord } from 'aws-lambda';
import type { Row, TableKey } from '../../src/entities/core/statements.ts';
import { EPOCH_MS } from './epoch.ts';
import { hashed } from './random.ts';

/** One change of an item in the stream. */
export interface StreamChange {
  readonly key: TableKey;
  readonly before: Row | undefined;
  readonly after: Row | undefined;
  /** True when DynamoDB itself deleted the item, whose time had come. */
  readonly isExpiry: boolean;
}

/** A record as Lambda hands it over, and the key that it is about. */
export interface StreamEntry {
  readonly key: TableKey;
  readonly record: DynamoDBRecord;
}

/** Told of each new record. */
export type StreamListener = (shard: string, entry: StreamEntry) => void;

/** Lambda's types are its own. */
type LambdaImage = NonNullable<StreamRecord['NewImage']>;

const SERVICE = { type: 'Service', principalId: 'dynamodb.amazonaws.com' } as const;

/** The table's stream: all changes of one item are in one shard, in order. */
export class TableStream {
  readonly #shards: readonly string[];
  readonly #listeners: StreamListener[] = [];
  readonly #entries = new Map<string, StreamEntry[]>();
  #sequence = 0;

  constructor(shards: number) {
    this.#shards = Array.from({ length: shards }, (_, i) => `shardId-${String(i).padStart(20, '0')}`);
  }

  subscribe(listener: StreamListener): void {
    this.#listeners.push(listener);
  }

  /** Where a record is in its shard, for {@link read}. */
  placeOf(shard: string, sequenceNumber: string): number {
    const entries = this.#entries.get(shard) ?? [];
    return entries.findIndex(({ record }) => record.dynamodb?.SequenceNumber === sequenceNumber);
  }

  /** Records of a shard from a place on. */
  read(shard: string, from: number, limit: number): readonly StreamEntry[] {
    return this.#entries.get(shard)?.slice(from, from + limit) ?? [];
  }

  append(change: StreamChange, nowMs: number): void {
    const shard = this.#shards[hashed(change.key.pk) % this.#shards.length] ?? '';
    const entry = new Entry(change, ++this.#sequence, nowMs);
    this.#entries.set(shard, this.#entries.get(shard) ?? []);
    this.#entries.get(shard)?.push(entry);
    for (const listener of this.#listeners) listener(shard, entry);
  }
}

/** Makes its record when somebody asks for it: most entries are about Roster's own records, and wake nobody. */
class Entry implements StreamEntry {
  readonly key: TableKey;
  readonly #change: StreamChange;
  readonly #sequence: number;
  readonly #atMs: number;
  #record: DynamoDBRecord | undefined;

  constructor(change: StreamChange, sequence: number, atMs: number) {
    this.key = change.key;
    this.#change = change;
    this.#sequence = sequence;
    this.#atMs = atMs;
  }

  get record(): DynamoDBRecord {
    this.#record ??= recordOf(this.#change, String(this.#sequence).padStart(21, '0'), this.#atMs);
    return this.#record;
  }
}

const recordOf = (
  { key: { pk, sk }, before, after, isExpiry }: StreamChange,
  sequence: string,
  atMs: number,
): DynamoDBRecord => ({
  eventID: sequence,
  eventName: after ? (before ? 'MODIFY' : 'INSERT') : 'REMOVE',
  eventVersion: '1.1',
  eventSource: 'aws:dynamodb',
  awsRegion: 'eu-central-1',
  eventSourceARN: 'arn:aws:dynamodb:eu-central-1:123456789012:table/simulated/stream/2026-06-30T00:00:00.000',
  ...(isExpiry ? { userIdentity: SERVICE } : {}),
  dynamodb: {
    ApproximateCreationDateTime: Math.floor((EPOCH_MS + atMs) / 1_000),
    Keys: { pk: { S: pk }, sk: { S: sk } },
    ...(after ? { NewImage: marshall(after, { removeUndefinedValues: true }) as LambdaImage } : {}),
    SequenceNumber: sequence,
    SizeBytes: pk.length + sk.length,
    StreamViewType: 'NEW_AND_OLD_IMAGES',
  },
});
