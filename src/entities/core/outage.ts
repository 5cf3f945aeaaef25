import { TransactionCanceledException } from '@aws-sdk/client-dynamodb';
import { isServerError, isThrottlingError, isTransientError } from '@smithy/core/retry';
import { UnavailableError } from '../../errors.ts';

/**
 * The error for a table that is away or overloaded: connections refused, reset or timed out, answers of 5xx, throttling,
 * all after the client's own retries. Undefined for any other failure.
 */
export function outageIn(error: unknown): UnavailableError | undefined {
  if (!(error instanceof Error) || !isOutage(error)) return undefined;
  return new UnavailableError('the table did not answer; try again in a moment', { cause: error });
}

function isOutage(error: Error): boolean {
  if (error instanceof TransactionCanceledException) return isThrottled(error);
  // The client's own rules. They look for properties that an error may or may not have, and ask for no more than that.
  const candidate = error as Parameters<typeof isTransientError>[0];
  return isTransientError(candidate) || isServerError(candidate) || isThrottlingError(candidate);
}

// https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_TransactWriteItems.html#API_TransactWriteItems_Errors
const THROTTLED = ['ThrottlingError', 'ProvisionedThroughputExceeded'];

/** The client does not look into the reasons. A condition that failed is final, whatever else happened. */
function isThrottled({ CancellationReasons = [] }: TransactionCanceledException): boolean {
  const codes = CancellationReasons.map(({ Code = '' }) => Code);
  return !codes.includes('ConditionalCheckFailed') && codes.some((code) => THROTTLED.includes(code));
}
