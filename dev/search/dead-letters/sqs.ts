import {
  ChangeMessageVisibilityBatchCommand,
  DeleteMessageBatchCommand,
  GetQueueUrlCommand,
  QueueDoesNotExist,
  ReceiveMessageCommand,
  type ReceiveMessageCommandOutput,
  SQSClient,
} from '@aws-sdk/client-sqs';
import { UsageError } from '../../arguments.ts';
import type { Queue, QueueMessage } from './queue.ts';

/** What SQS takes at most. */
const BATCH = 10;
/** For the items of ten messages to be indexed. */
const HIDDEN_SECONDS = 600;
/** Without waiting, SQS asks only some of its servers, and says of few messages that there are none. */
const WAIT_SECONDS = 10;

/**
 * Opens a stage's dead-letter queue.
 *
 * @param url @defaultValue that of the queue that serverless.yml makes
 * @throws UsageError when there is no such queue
 */
export async function openQueue(stage: string, url: string | undefined): Promise<Queue> {
  const client = new SQSClient();
  const QueueUrl = url ?? (await urlOf(client, `roster-${stage}-index-dead-letters`));
  return {
    url: QueueUrl,
    async receive(signal) {
      const command = new ReceiveMessageCommand({
        QueueUrl,
        MaxNumberOfMessages: BATCH,
        VisibilityTimeout: HIDDEN_SECONDS,
        WaitTimeSeconds: WAIT_SECONDS,
      });
      const { Messages = [] } = await client
        .send(command, signal ? { abortSignal: signal } : {})
        .catch((error: unknown) => {
          // Whoever is asked to stop does not wait to its end.
          if (signal?.aborted) return {} as ReceiveMessageCommandOutput;
          throw error;
        });
      return Messages.map(({ MessageId: id = '', Body: body = '', ReceiptHandle: receipt = '' }) => ({
        id,
        body,
        receipt,
      }));
    },
    async delete(messages) {
      for (const Entries of batches(messages)) {
        const { Failed = [] } = await client.send(new DeleteMessageBatchCommand({ QueueUrl, Entries }));
        const [failed] = Failed;
        if (failed) throw new Error(`SQS did not delete ${Failed.length} messages: ${failed.Message ?? failed.Code}`);
      }
    },
    async putBack(messages) {
      for (const entries of batches(messages)) {
        const Entries = entries.map((entry) => ({ ...entry, VisibilityTimeout: 0 }));
        // Where that fails, they come back by themselves a little later.
        await client.send(new ChangeMessageVisibilityBatchCommand({ QueueUrl, Entries }));
      }
    },
  };
}

function* batches(messages: readonly QueueMessage[]) {
  for (let from = 0; from < messages.length; from += BATCH)
    yield messages.slice(from, from + BATCH).map(({ receipt }, i) => ({ Id: String(i), ReceiptHandle: receipt }));
}

async function urlOf(client: SQSClient, QueueName: string): Promise<string> {
  try {
    return (await client.send(new GetQueueUrlCommand({ QueueName }))).QueueUrl ?? '';
  } catch (error) {
    if (!(error instanceof QueueDoesNotExist)) throw error;
    throw new UsageError(`there is no queue ${QueueName}; set DEAD_LETTERS_URL to the one that the stage has`, {
      cause: error,
    });
  }
}
