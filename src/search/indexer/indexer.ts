import type { DynamoDBBatchResponse, DynamoDBStreamEvent } from 'aws-lambda';
import { createBatchReport } from './batch-report.ts';
import { seeBeats } from './heartbeat.ts';
import { applyStream } from './stream.ts';
import { createUpkeep, type UpkeepServices } from './upkeep.ts';

/**
 * The indexer of one process: applies the batches of the stream, and does what is due beside them, before and after.
 * Heartbeats among them are noted and left out; where there is nothing else, nothing else is done.
 *
 * @example export const indexStream = createIndexer(createServices(readConfig(process.env)));
 */
export function createIndexer(
  services: UpkeepServices,
): (event: DynamoDBStreamEvent) => Promise<DynamoDBBatchResponse> {
  const upkeep = createUpkeep(services);
  const report = createBatchReport(services);
  return async (event) => {
    const Records = await seeBeats(services, event.Records);
    if (Records.length === 0 && event.Records.length > 0) return { batchItemFailures: [] };
    await upkeep();
    return applyStream(services, { Records }, report);
  };
}
