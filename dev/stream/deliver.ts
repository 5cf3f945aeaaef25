import type { DynamoDBBatchResponse, DynamoDBRecord, DynamoDBStreamEvent } from 'aws-lambda';
import type { Clock, Logger } from '../../src/runtime.ts';
import type { EventSourceMapping } from '../stack-file.ts';

/** What Lambda would call. */
export type StreamFunction = (event: DynamoDBStreamEvent) => Promise<DynamoDBBatchResponse | undefined>;

/** How a batch is delivered. */
export interface DeliveryOptions {
  readonly mapping: Pick<
    EventSourceMapping,
    'bisectBatchOnFunctionError' | 'maximumRetryAttempts' | 'maximumRecordAgeInSeconds'
  >;
  readonly invoke: StreamFunction;
  /** Told whenever all records up to this one are settled. */
  readonly onSettled: (sequenceNumber: string) => Promise<void>;
  /** Records that were given up. */
  readonly onDiscarded: (records: readonly DynamoDBRecord[]) => Promise<void>;
  readonly clock: Clock;
  readonly log: Logger;
  readonly signal: AbortSignal;
}

/**
 * Delivers a batch as Lambda's event source mapping does: an empty list of failures is success, the lowest of several
 * counts, what is before it is settled and never delivered again, the rest is delivered anew, ever later, until it is
 * accepted, too old, or tried too often. An error, an unknown identifier or an empty one fails the whole batch, which
 * is then halved.
 *
 * https://docs.aws.amazon.com/lambda/latest/dg/services-ddb-batchfailurereporting.html
 */
export async function deliver(records: readonly DynamoDBRecord[], options: DeliveryOptions): Promise<void> {
  const { mapping, onSettled, onDiscarded, clock, log, signal } = options;
  let pending = records;
  for (let attempt = 1; pending.length > 0 && !signal.aborted; attempt++) {
    const outcome = await invoke(pending, options);
    const settled = pending[outcome.accepted - 1];
    if (settled) await onSettled(sequenceOf(settled));
    if (outcome.accepted > 0) attempt = 0;
    pending = pending.slice(outcome.accepted);
    if (pending.length === 0) return;
    if (attempt > mapping.maximumRetryAttempts || ageSeconds(pending, clock) > mapping.maximumRecordAgeInSeconds) {
      await onDiscarded(pending);
      await onSettled(sequenceOf(pending[pending.length - 1]));
      return;
    }
    log.debug({ records: pending.length, attempt }, 'a stream batch is delivered again');
    await clock.backOff(Math.max(1, attempt));
    if (outcome.bisect && mapping.bisectBatchOnFunctionError && pending.length > 1) {
      const middle = Math.ceil(pending.length / 2);
      await deliver(pending.slice(0, middle), options);
      pending = pending.slice(middle);
      attempt = 0;
    }
  }
}

/** How many records from the start were accepted, and whether the rest failed for reasons unknown. */
interface Outcome {
  readonly accepted: number;
  readonly bisect: boolean;
}

async function invoke(records: readonly DynamoDBRecord[], { invoke: call, log }: DeliveryOptions): Promise<Outcome> {
  let response: DynamoDBBatchResponse | undefined;
  try {
    response = await call({ Records: [...records] });
  } catch (error) {
    log.warn({ err: error, records: records.length }, 'the stream function threw; the whole batch has failed');
    return { accepted: 0, bisect: true };
  }
  const failures = response?.batchItemFailures ?? [];
  if (failures.length === 0) return { accepted: records.length, bisect: false };
  const positions = failures.map(({ itemIdentifier }) =>
    records.findIndex((record) => record.dynamodb?.SequenceNumber === itemIdentifier),
  );
  const unknown = positions.includes(-1);
  return { accepted: unknown ? 0 : Math.min(...positions), bisect: unknown };
}

function sequenceOf(record: DynamoDBRecord | undefined): string {
  const sequence = record?.dynamodb?.SequenceNumber;
  if (!sequence) throw new Error(`stream record ${record?.eventID} has no SequenceNumber`);
  return sequence;
}

function ageSeconds([oldest]: readonly DynamoDBRecord[], clock: Clock): number {
  const created = oldest?.dynamodb?.ApproximateCreationDateTime;
  return created === undefined ? 0 : clock.now().getTime() / 1_000 - created;
}
