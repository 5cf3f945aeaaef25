import type { Context } from 'aws-lambda';

/** What handlers look at of a call's context. @param leftMs of its time, milliseconds */
export const contextOf = (leftMs = 900_000, { request = 'test', arn = 'test' } = {}): Context =>
  ({ awsRequestId: request, invokedFunctionArn: arn, getRemainingTimeInMillis: () => leftMs }) as Context;
