import {
  DescribeStreamCommand,
  type DynamoDBStreamsClient,
  GetRecordsCommand,
  GetShardIteratorCommand,
  TrimmedDataAccessException,
} from '@aws-sdk/client-dynamodb-streams';

/** A shard that a test fills. */
export interface FakeShard {
  readonly id: string;
  readonly parent?: string;
  /** Sequence numbers; ascending. */
  readonly records: number[];
  isClosed: boolean;
  /** Records up to this number are older than 24 hours. */
  trimmedTo?: number;
}

/**
 * The streams client as far as a reader uses it, over shards that split: no emulator splits one before four hours have
 * passed. What it answers is what real ones answer to the tests of `stream-poller.test.ts`.
 */
export interface FakeStream {
  readonly client: Pick<DynamoDBStreamsClient, 'send'>;
  readonly shards: FakeShard[];
  /** Thrown by the next requests, one each. */
  readonly errors: Error[];
}

/** Shards that one answer of DescribeStream lists. */
const PAGE = 2;

/** A stream without shards. */
export function fakeStream(): FakeStream {
  const shards: FakeShard[] = [];
  const errors: Error[] = [];
  const send = async (command: unknown): Promise<unknown> => {
    const error = errors.shift();
    if (error) throw error;
    if (command instanceof DescribeStreamCommand) return describe(shards, command.input.ExclusiveStartShardId);
    if (command instanceof GetShardIteratorCommand) return iterator(shards, command.input);
    if (command instanceof GetRecordsCommand) return read(shards, command.input);
    throw new Error('no reader sends this');
  };
  // The client's overloads promise each command its own answer, which the branches above give.
  return { client: { send: send as DynamoDBStreamsClient['send'] }, shards, errors };
}

function describe(shards: readonly FakeShard[], after: string | undefined) {
  const start = after === undefined ? 0 : shards.findIndex(({ id }) => id === after) + 1;
  const page = shards.slice(start, start + PAGE);
  return {
    StreamDescription: {
      Shards: page.map(({ id, parent }) => ({ ShardId: id, ParentShardId: parent })),
      LastEvaluatedShardId: start + PAGE < shards.length ? page.at(-1)?.id : undefined,
    },
  };
}

function iterator(shards: readonly FakeShard[], input: GetShardIteratorCommand['input']) {
  const shard = find(shards, input.ShardId);
  const after = input.SequenceNumber === undefined ? (shard.trimmedTo ?? 0) : Number(input.SequenceNumber);
  if (after < (shard.trimmedTo ?? 0)) {
    throw new TrimmedDataAccessException({ message: 'beyond the trim horizon', $metadata: {} });
  }
  return { ShardIterator: JSON.stringify([shard.id, after]) };
}

function read(shards: readonly FakeShard[], { ShardIterator = '', Limit = 1_000 }: GetRecordsCommand['input']) {
  const [id, after] = JSON.parse(ShardIterator) as [string, number];
  const shard = find(shards, id);
  const records = shard.records.filter((sequence) => sequence > after).slice(0, Limit);
  const last = records.at(-1) ?? after;
  const isEnd = shard.isClosed && last >= (shard.records.at(-1) ?? 0);
  return {
    Records: records.map((sequence) => ({ eventID: `${id}-${sequence}`, dynamodb: { SequenceNumber: `${sequence}` } })),
    NextShardIterator: isEnd ? undefined : JSON.stringify([id, last]),
  };
}

function find(shards: readonly FakeShard[], id: string | undefined): FakeShard {
  const shard = shards.find((candidate) => candidate.id === id);
  if (!shard) throw new Error(`no shard is called ${id}`);
  return shard;
}
