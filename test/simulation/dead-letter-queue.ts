import {
  type DynamoDBStreamsClient,
  GetRecordsCommand,
  GetShardIteratorCommand,
  type _Record as StreamRecord,
} from '@aws-sdk/client-dynamodb-streams';
import type { DeadLetters } from '../../dev/search/dead-letters/dead-letters.ts';
import { type Queue, type QueueMessage, queueDeadLetters } from '../../dev/search/dead-letters/queue.ts';
import type { Clock } from '../../src/runtime.ts';
import type { Discarded } from './lambda-model.ts';
import { hashed } from './random.ts';
import type { TableStream } from './table-stream.ts';
import type { World } from './world.ts';

/** For how long a message that somebody received is not shown to others. */
const VISIBILITY_MS = 30_000;
/** Of one receive, as SQS has it. */
const MESSAGES = 10;
/** Of one GetRecords: few, so that ranges take several. */
const RECORDS = 7;
/** As many parts of a shard without records at most come before one that has some. */
const EMPTY_PARTS = 3;

/** Where an iterator stands: before this record, and before as many parts without any. */
interface Position {
  readonly shard: string;
  readonly from: number;
  readonly empty: number;
}

/** The same for every reader: the parts without records are in the shard. */
const iteratorAt = (shard: string, from: number): string =>
  JSON.stringify({ shard, from, empty: hashed(`${shard}/${from}`) % (EMPTY_PARTS + 1) } satisfies Position);

interface Held extends QueueMessage {
  visibleAtMs: number;
}

/** The queue that Lambda tells of records that it gave up. */
export class DeadLetterQueue implements Queue {
  readonly url = 'simulated';
  readonly #world: World;
  readonly #held = new Map<string, Held>();
  #sent = 0;

  constructor(world: World) {
    this.#world = world;
  }

  get isEmpty(): boolean {
    return this.#held.size === 0;
  }

  /** https://docs.aws.amazon.com/lambda/latest/dg/services-dynamodb-errors.html */
  send({ entries: _entries, ...info }: Discarded): void {
    const id = `message-${++this.#sent}`;
    const body = JSON.stringify({ DDBStreamBatchInfo: { ...info, streamArn: 'simulated' } });
    this.#held.set(id, { id, body, receipt: id, visibleAtMs: 0 });
  }

  async receive(): Promise<readonly QueueMessage[]> {
    const { nowMs } = this.#world;
    const messages = [...this.#held.values()].filter(({ visibleAtMs }) => visibleAtMs <= nowMs).slice(0, MESSAGES);
    for (const message of messages) message.visibleAtMs = nowMs + VISIBILITY_MS;
    return messages;
  }

  async delete(messages: readonly QueueMessage[]): Promise<void> {
    for (const { id } of messages) this.#held.delete(id);
  }

  async putBack(messages: readonly QueueMessage[]): Promise<void> {
    for (const { id } of messages) {
      const message = this.#held.get(id);
      if (message) message.visibleAtMs = 0;
    }
  }
}

/** What a process that redrives sees: messages of a queue, which name records of a stream. */
export function deadLettersIn(queue: DeadLetterQueue, stream: TableStream, clock: Clock): DeadLetters {
  const send = async (command: unknown) => {
    if (command instanceof GetShardIteratorCommand) {
      const { ShardId = '', SequenceNumber = '' } = command.input;
      return { ShardIterator: iteratorAt(ShardId, stream.placeOf(ShardId, SequenceNumber)) };
    }
    if (!(command instanceof GetRecordsCommand)) throw new Error('the simulated stream does not know this command');
    const position = JSON.parse(command.input.ShardIterator ?? '') as Position;
    const { shard, from, empty } = position;
    if (empty > 0) return { Records: [], NextShardIterator: JSON.stringify({ ...position, empty: empty - 1 }) };
    const entries = stream.read(shard, from, RECORDS);
    return {
      // Lambda's type of a record is that of the SDK but for binary values, of which there are none.
      Records: entries.map(({ record }) => record as StreamRecord),
      NextShardIterator: iteratorAt(shard, from + entries.length),
    };
  };
  // These are the two commands that redriving sends.
  return queueDeadLetters(queue, { streams: { send } as Pick<DynamoDBStreamsClient, 'send'>, clock });
}
