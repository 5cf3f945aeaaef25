import type { DynamoDBBatchResponse, DynamoDBStreamEvent } from 'aws-lambda';
import { createBatchReport } from './batch-report.ts';
import { applyStream } from './stream.ts';
import { createUpkeep, type UpkeepServices } from './upkeep.ts';

/**
 * The indexer of one process: applies the batches of the stream, and does what is due beside them, before and after.
 *
 * @example export const indexStream = createIndexer(createServices(readConfig(process.env)));
 */
export function createIndexer(
  services: UpkeepServices,
): (event: DynamoDBStreamEvent) => Promise<DynamoDBBatchResponse> {
  const upkeep = createUpkeep(services);
  const report = createBatchReport(services);
  return async (event) => {
    await upkeep();
    return applyStream(services, event, report);
  };
}
