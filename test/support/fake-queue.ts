import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { json } from 'node:stream/consumers';

/**
 * The little of SQS's API that redriving speaks: queues' addresses, receiving, deleting, showing again.
 *
 * A short poll asks some of SQS's servers only; here it never meets those that have messages. A long one does not wait,
 * unless it is to.
 */
export interface FakeQueue {
  readonly endpoint: string;
  /** The messages that are there, hidden ones included. */
  readonly bodies: () => string[];
  /** Those of them that nobody has received and not put back. */
  readonly visible: () => number;
  send(body: unknown): void;
  /** From now on long polls that find nothing are not answered. */
  holdLongPolls(): void;
  /** How many are waiting for an answer, or were until they gave up. */
  readonly held: () => number;
  stop(): void;
}

interface Message {
  readonly id: string;
  readonly body: string;
  isHidden: boolean;
}

interface Asked {
  readonly MaxNumberOfMessages?: number;
  readonly WaitTimeSeconds?: number;
  readonly QueueName?: string;
  readonly Entries?: readonly { readonly Id: string; readonly ReceiptHandle: string }[];
}

const md5 = (text: string) => createHash('md5').update(text).digest('hex');

/** Starts a queue that speaks SQS's JSON protocol. */
export async function startFakeQueue(name: string): Promise<FakeQueue> {
  let messages: Message[] = [];
  let count = 0;
  let holds = false;
  let held = 0;
  const operations: Readonly<Record<string, (asked: Asked, host: string) => object | undefined>> = {
    GetQueueUrl: (_asked, host) => ({ QueueUrl: `http://${host}/${name}` }),
    ReceiveMessage({ MaxNumberOfMessages = 1, WaitTimeSeconds = 0 }) {
      if (WaitTimeSeconds === 0) return {};
      const some = messages.filter(({ isHidden }) => !isHidden).slice(0, MaxNumberOfMessages);
      for (const message of some) message.isHidden = true;
      if (some.length === 0 && holds) {
        held++;
        return undefined;
      }
      return {
        Messages: some.map(({ id, body }) => ({ MessageId: id, Body: body, MD5OfBody: md5(body), ReceiptHandle: id })),
      };
    },
    DeleteMessageBatch({ Entries = [] }) {
      messages = messages.filter(({ id }) => !Entries.some(({ ReceiptHandle }) => ReceiptHandle === id));
      return { Successful: Entries.map(({ Id }) => ({ Id })), Failed: [] };
    },
    ChangeMessageVisibilityBatch({ Entries = [] }) {
      for (const message of messages)
        if (Entries.some(({ ReceiptHandle }) => ReceiptHandle === message.id)) message.isHidden = false;
      return { Successful: Entries.map(({ Id }) => ({ Id })), Failed: [] };
    },
  };
  const server = createServer(async (request, response) => {
    const operation = operations[String(request.headers['x-amz-target']).replace('AmazonSQS.', '')];
    const asked = (await json(request)) as Asked;
    const isKnown = operation && (asked.QueueName ?? name) === name;
    const answer = isKnown
      ? operation(asked, request.headers.host ?? '')
      : { __type: 'com.amazonaws.sqs#QueueDoesNotExist' };
    if (!answer) return;
    response.writeHead(isKnown ? 200 : 400, { 'content-type': 'application/x-amz-json-1.0' });
    response.end(JSON.stringify(answer));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    bodies: () => messages.map(({ body }) => body),
    visible: () => messages.filter(({ isHidden }) => !isHidden).length,
    send(body) {
      count++;
      messages.push({ id: `message-${count}`, body: JSON.stringify(body), isHidden: false });
    },
    holdLongPolls() {
      holds = true;
    },
    held: () => held,
    stop: () => void server.close(),
  };
}
