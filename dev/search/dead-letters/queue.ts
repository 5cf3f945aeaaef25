import type { DynamoDBStreamsClient } from '@aws-sdk/client-dynamodb-streams';
import type { DeadLetter, DeadLetters } from './dead-letters.ts';
import { rangeIn } from './message.ts';
import { keysInRange } from './stream-range.ts';

/** A message of a queue. */
export interface QueueMessage {
  readonly id: string;
  readonly body: string;
  /** By which this reception of it is deleted. */
  readonly receipt: string;
}

/** The little of a queue that redriving needs. */
export interface Queue {
  readonly url: string;
  /** Up to ten messages, hidden from others for a while; none when there are none. */
  receive(): Promise<readonly QueueMessage[]>;
  delete(messages: readonly QueueMessage[]): Promise<void>;
  /** Shows messages to others at once. */
  putBack(messages: readonly QueueMessage[]): Promise<void>;
}

interface Letter extends DeadLetter {
  readonly message: QueueMessage;
}

/** The messages of Lambda's on-failure destination; they name records of the stream and hold none. */
export function queueDeadLetters(queue: Queue, streams: Pick<DynamoDBStreamsClient, 'send'>): DeadLetters {
  const seen = new Set<string>();
  const left = new Set<DeadLetter>();
  const messagesOf = (letters: Iterable<DeadLetter>) => [...letters].map((letter) => (letter as Letter).message);
  return {
    place: queue.url,
    async receive() {
      const messages = await queue.receive();
      // What comes a second time was put back by nobody but the queue: all have been seen.
      const fresh = messages.filter(({ id }) => !seen.has(id));
      for (const { id } of fresh) seen.add(id);
      const letters = fresh.map((message) => letterOf(message, streams));
      for (const letter of letters) left.add(letter);
      return letters;
    },
    async remove(letters) {
      await queue.delete(messagesOf(letters));
      for (const letter of letters) left.delete(letter);
    },
    close: () => queue.putBack(messagesOf(left)),
  };
}

function letterOf(message: QueueMessage, streams: Pick<DynamoDBStreamsClient, 'send'>): Letter {
  const range = rangeIn(message.body);
  if (!range)
    return {
      message,
      label: `message ${message.id}, which is not from Lambda`,
      keys: async () => ({ keys: [], isWhole: false }),
    };
  const label = `${range.records} records of ${range.arrivedAt} (${range.shardId}, from ${range.start})`;
  return { message, label, keys: () => keysInRange(streams, range) };
}
