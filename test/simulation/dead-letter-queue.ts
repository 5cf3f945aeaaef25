import {
  type DynamoDBStreamsClient,
  GetRecordsCommand,
  GetShardIteratorCommand,
  type _Record as StreamRecord,
} from '@aws-sdk/client-dynamodb-streams';
import type { DeadLetters } from '../../dev/search/dead-letters/dead-letters.ts';
import { type Queue, type QueueMessage, queueDeadLetters } from '../../dev/search/dead-letters/queue.ts';
import type { Discarded } from './lambda-model.ts';
import type { TableStream } from './table-stream.ts';
import type { World } from './world.ts';

/** For how long a message that somebody received is not shown to others. */
const VISIBILITY_MS = 30_000;
/** Of one receive, as SQS has it. */
const MESSAGES = 10;
/** Of one GetRecords: few, so that ranges take several. */
const RECORDS = 7;

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
export function deadLettersIn(queue: DeadLetterQueue, stream: TableStream): DeadLetters {
  const send = async (command: unknown) => {
    if (command instanceof GetShardIteratorCommand) {
      const { ShardId = '', SequenceNumber = '' } = command.input;
      return { ShardIterator: JSON.stringify({ shard: ShardId, from: stream.placeOf(ShardId, SequenceNumber) }) };
    }
    if (!(command instanceof GetRecordsCommand)) throw new Error('the simulated stream does not know this command');
    const { shard, from } = JSON.parse(command.input.ShardIterator ?? '') as { shard: string; from: number };
    const entries = stream.read(shard, from, RECORDS);
    return {
      // Lambda's type of a record is that of the SDK but for binary values, of which there are none.
      Records: entries.map(({ record }) => record as StreamRecord),
      NextShardIterator: JSON.stringify({ shard, from: from + entries.length }),
    };
  };
  // These are the two commands that redriving sends.
  return queueDeadLetters(queue, { send } as Pick<DynamoDBStreamsClient, 'send'>);
}
