import type { DeadLetter, DeadLetters } from './dead-letters.ts';
import { rangeIn } from './message.ts';
import { keysInRange, type StreamServices } from './stream-range.ts';

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
  /** Up to ten messages, hidden from others for a while; none only when there are none, or the signal ends the waiting. */
  receive(signal?: AbortSignal): Promise<readonly QueueMessage[]>;
  delete(messages: readonly QueueMessage[]): Promise<void>;
  /** Shows messages to others at once. */
  putBack(messages: readonly QueueMessage[]): Promise<void>;
}

interface Letter extends DeadLetter {
  readonly id: string;
}

/** The messages of Lambda's on-failure destination; they name records of the stream and hold none. */
export function queueDeadLetters(queue: Queue, services: StreamServices): DeadLetters {
  /** The newest reception of each message. */
  const received = new Map<string, QueueMessage>();
  const removed = new Set<string>();
  const isLeft = ({ id }: QueueMessage) => !removed.has(id);
  return {
    place: queue.url,
    async receive(signal) {
      for (;;) {
        const messages = await queue.receive(signal);
        const fresh = messages.filter(({ id }) => !received.has(id));
        for (const message of messages) received.set(message.id, message);
        // Queues deliver at least once, also what was deleted; and what took long comes again beside what is new.
        await queue.delete(messages.filter((message) => !isLeft(message)));
        if (fresh.length > 0 || messages.length === 0) return fresh.map((message) => letterOf(message, services));
      }
    },
    async remove(letters) {
      const messages = letters.flatMap((letter) => received.get((letter as Letter).id) ?? []);
      await queue.delete(messages);
      for (const { id } of messages) removed.add(id);
    },
    close: () => queue.putBack([...received.values()].filter(isLeft)),
  };
}

function letterOf(message: QueueMessage, services: StreamServices): Letter {
  const range = rangeIn(message.body);
  if (!range)
    return {
      id: message.id,
      label: `message ${message.id}, which is not from Lambda`,
      keys: async () => ({ keys: [], isWhole: false }),
    };
  const label = `${range.records} records of ${range.arrivedAt} (${range.shardId}, from ${range.start})`;
  return { id: message.id, label, keys: () => keysInRange(services, range) };
}
