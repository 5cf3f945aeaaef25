import type { DynamoDBBatchResponse, DynamoDBRecord, DynamoDBStreamEvent } from 'aws-lambda';
import type { Clock, Logger } from '../../src/runtime.ts';
import type { EventSourceMapping } from '../stack-file.ts';

/** What Lambda would call. */
export type StreamFunction = (event: DynamoDBStreamEvent) => Promise<DynamoDBBatchResponse | null | undefined>;

/** How a batch is delivered. */
export interface DeliveryOptions {
  /** A limit of -1 means none, as in Lambda. */
  readonly mapping: Pick<
    EventSourceMapping,
    'bisectBatchOnFunctionError' | 'maximumRetryAttempts' | 'maximumRecordAgeInSeconds'
  >;
  readonly invoke: StreamFunction;
  /** Told in the stream's order of runs of records that need no further delivery. */
  readonly onSettled: (records: readonly DynamoDBRecord[]) => Promise<void>;
  /** Told of records that are given up, before they are settled. */
  readonly onDiscarded: (records: readonly DynamoDBRecord[]) => Promise<void>;
  readonly clock: Clock;
  readonly log: Logger;
  /** Once aborted, nothing more is delivered; what is not settled then is left for another time. */
  readonly signal: AbortSignal;
}

/**
 * Delivers a batch as Lambda's event source mapping does: an empty list of failures is success, the lowest of several
 * counts, what is before it is settled and never delivered again, the rest is delivered anew, ever later, until it is
 * accepted, too old, or tried too often. An error, an unknown identifier or an empty one fails the whole batch, which
 * is then halved; that is not counted as a retry.
 *
 * In one point it is kinder: every record is delivered once, however old, since a developer's machine may have slept.
 *
 * https://docs.aws.amazon.com/lambda/latest/dg/services-ddb-batchfailurereporting.html
 * https://docs.aws.amazon.com/lambda/latest/dg/services-ddb-params.html
 */
export async function deliver(records: readonly DynamoDBRecord[], options: DeliveryOptions): Promise<void> {
  const { mapping, onSettled, clock, log, signal } = options;
  let pending = records;
  for (let failures = 0; pending.length > 0 && !signal.aborted; ) {
    const { accepted, isWhole } = await invoke(pending, options);
    if (accepted > 0) await onSettled(pending.slice(0, accepted));
    pending = pending.slice(accepted);
    // A failure while everything is being stopped says nothing about the records.
    if (pending.length === 0 || signal.aborted) return;
    failures = accepted > 0 ? 1 : failures + 1;
    const halve = isWhole && mapping.bisectBatchOnFunctionError && pending.length > 1;
    pending = await discardHopeless(pending, halve ? 0 : failures, options);
    if (pending.length === 0) return;
    log.debug({ records: pending.length, failures }, 'a stream batch is delivered again');
    await clock.backOff(failures);
    if (!halve) continue;
    const middle = Math.ceil(pending.length / 2);
    await deliver(pending.slice(0, middle), options);
    pending = pending.slice(middle);
    failures = 0;
  }
}

/** How many records from the start were accepted, and whether the batch failed as a whole. */
interface Outcome {
  readonly accepted: number;
  readonly isWhole: boolean;
}

async function invoke(records: readonly DynamoDBRecord[], { invoke: call, log }: DeliveryOptions): Promise<Outcome> {
  let response: DynamoDBBatchResponse | null | undefined;
  try {
    response = await call({ Records: [...records] });
  } catch (error) {
    log.warn({ err: error, records: records.length }, 'the stream function threw; the whole batch has failed');
    return { accepted: 0, isWhole: true };
  }
  const failures = response?.batchItemFailures ?? [];
  if (failures.length === 0) return { accepted: records.length, isWhole: false };
  const positions = new Map(records.map(({ dynamodb }, i) => [dynamodb?.SequenceNumber, i]));
  // An identifier may be missing or misspelt, whatever its type says.
  const failed = failures.map(({ itemIdentifier }) => (itemIdentifier ? positions.get(itemIdentifier) : undefined));
  const known = failed.filter((position) => position !== undefined);
  return known.length < failed.length
    ? { accepted: 0, isWhole: true }
    : { accepted: Math.min(...known), isWhole: false };
}

/** Gives up all records after too many failures, else those that are too old. @returns what is left */
async function discardHopeless(
  records: readonly DynamoDBRecord[],
  failures: number,
  options: DeliveryOptions,
): Promise<readonly DynamoDBRecord[]> {
  const isOver = exceeds(failures, options.mapping.maximumRetryAttempts);
  const hopeless = records.slice(0, isOver ? records.length : tooOld(records, options));
  if (hopeless.length > 0) {
    await options.onDiscarded(hopeless);
    await options.onSettled(hopeless);
  }
  return records.slice(hopeless.length);
}

/** How many records from the start are older than the mapping allows. */
function tooOld(records: readonly DynamoDBRecord[], { mapping, clock }: DeliveryOptions): number {
  const now = clock.now().getTime() / 1_000;
  const young = records.findIndex(
    ({ dynamodb }) => !exceeds(now - (dynamodb?.ApproximateCreationDateTime ?? now), mapping.maximumRecordAgeInSeconds),
  );
  return young === -1 ? records.length : young;
}

const exceeds = (value: number, limit: number): boolean => limit !== -1 && value > limit;
