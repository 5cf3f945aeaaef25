import * as z from 'zod/mini';

/** A run of records of a shard of a table's stream, both ends included. */
export interface StreamRange {
  readonly streamArn: string;
  readonly shardId: string;
  readonly start: string;
  readonly end: string;
  /** How many records there were in it. */
  readonly records: number;
  /** When the first of them arrived, RFC 3339. */
  readonly arrivedAt: string;
}

// https://docs.aws.amazon.com/lambda/latest/dg/services-dynamodb-errors.html
const Message = z.object({
  DDBStreamBatchInfo: z.object({
    streamArn: z.string(),
    shardId: z.string(),
    startSequenceNumber: z.string(),
    endSequenceNumber: z.string(),
    approximateArrivalOfFirstRecord: z.string(),
    batchSize: z.int(),
  }),
});

/** The records that a message of Lambda's on-failure destination stands for; undefined for any other message. */
export function rangeIn(body: string): StreamRange | undefined {
  const { success, data } = Message.safeParse(jsonIn(body));
  if (!success) return undefined;
  const { streamArn, shardId, startSequenceNumber, endSequenceNumber, ...info } = data.DDBStreamBatchInfo;
  return {
    streamArn,
    shardId,
    start: startSequenceNumber,
    end: endSequenceNumber,
    records: info.batchSize,
    arrivedAt: info.approximateArrivalOfFirstRecord,
  };
}

function jsonIn(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // Somebody else's message, which the caller lists.
    return undefined;
  }
}
