import type {
  APIGatewayProxyEventV2,
  APIGatewayProxyHandlerV2,
  APIGatewayProxyStructuredResultV2,
  Context,
  DynamoDBBatchResponse,
  DynamoDBStreamEvent,
  DynamoDBStreamHandler,
  Handler,
  ScheduledEvent,
} from 'aws-lambda';
import { readConfig } from './src/config.ts';
import { answer } from './src/lambda.ts';
import { createIndexer } from './src/search/indexer/indexer.ts';
import { type CheckedUp, checkUp } from './src/search/maintenance/check-up.ts';
import { lambdaInvoker } from './src/search/maintenance/invoker.ts';
import { type Maintained, maintain as maintainIndexes } from './src/search/maintenance/maintain.ts';
import {
  LAMBDA_OWNER,
  type Reindexed,
  type ReindexRequest,
  reindex as reindexIndexes,
} from './src/search/maintenance/reindex.ts';
import { createServer, type Server } from './src/server.ts';
import { createServices, type Services } from './src/services.ts';

// Made by the first event and kept for as long as the process is warm.
let services: Services | undefined;
let server: Server | undefined;
let indexer: ReturnType<typeof createIndexer> | undefined;

const getServices = (): Services => {
  services ??= createServices(readConfig(process.env));
  return services;
};

/** Answers GraphQL requests behind an API Gateway HTTP API. */
export const graphql = ((event: APIGatewayProxyEventV2): Promise<APIGatewayProxyStructuredResultV2> => {
  server ??= createServer(getServices());
  return answer(server, event);
}) satisfies APIGatewayProxyHandlerV2;

/** Keeps the search indexes equal to the table; fed by the table's stream. */
export const indexStream = ((event: DynamoDBStreamEvent): Promise<DynamoDBBatchResponse> => {
  indexer ??= createIndexer(getServices());
  return indexer(event);
}) satisfies DynamoDBStreamHandler;

/** Looks after the search indexes, also where nothing is written; called every few minutes. */
export const maintain = (async (_event: ScheduledEvent, { awsRequestId }: Context): Promise<Maintained> => {
  const maintained = await maintainIndexes(getServices(), `maintain-${awsRequestId}`);
  const { reindexFunction } = getServices().config;
  if (reindexFunction)
    for (const request of maintained.runs?.stalled ?? []) await lambdaInvoker().invoke(reindexFunction, request);
  return maintained;
}) satisfies Handler<ScheduledEvent>;

/** What the doctor keeps of its time for the indexes of the entity whose rows it has read, and for looking again. */
const EXAMINING_MS = 240_000;

/** Compares the search indexes with the table, and has `maintain` repair those that differ; called once a day. */
export const doctor = (async (_event: ScheduledEvent, context: Context): Promise<CheckedUp | undefined> => {
  const { clock, config } = getServices();
  const stopAtMs = clock.monotonicMs() + context.getRemainingTimeInMillis() - EXAMINING_MS;
  const owner = `doctor-${context.awsRequestId}`;
  return checkUp(getServices(), { owner, maxRcu: config.doctorMaxRcu, stopAtMs });
}) satisfies Handler<ScheduledEvent>;

/** Rebuilds search indexes beside the live ones; calls itself again for as long as there is something left to do. */
export const reindex = (async (request: ReindexRequest, context: Context): Promise<Reindexed> => {
  const { clock } = getServices();
  // The second half of its time is for ending what is under way by then.
  const stopAtMs = clock.monotonicMs() + context.getRemainingTimeInMillis() / 2;
  const owner = `${LAMBDA_OWNER}${context.awsRequestId}`;
  const reindexed = await reindexIndexes(getServices(), request, owner, stopAtMs);
  if (reindexed.outcome === 'unfinished') await lambdaInvoker().invoke(context.invokedFunctionArn, request);
  return reindexed;
}) satisfies Handler<ReindexRequest>;
