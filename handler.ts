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
import { readApiConfig } from './src/api-config.ts';
import { readConfig } from './src/config.ts';
import { answer } from './src/lambda.ts';
import { realLogger } from './src/logger.ts';
import { ssmParameters } from './src/parameter-store.ts';
import { madeOf, withParameters } from './src/parameters.ts';
import { realClock } from './src/runtime.ts';
import { createIndexer } from './src/search/indexer/indexer.ts';
import type { CheckedUp } from './src/search/maintenance/check-up.ts';
import { lambdaInvoker } from './src/search/maintenance/invoker.ts';
import type { Maintained } from './src/search/maintenance/maintain.ts';
import type { Reindexed, ReindexRequest } from './src/search/maintenance/reindex.ts';
import { createServer } from './src/server.ts';
import { createApiServices, createServices } from './src/services.ts';

const clock = realClock();

const readEnvironment = withParameters({
  env: process.env,
  fetchParameters: ssmParameters(process.env, clock),
  clock,
  log: realLogger({ level: 'error' }),
});

// What the events of a warm process share: made by the first one, and anew when a secret has changed.

const getApi = madeOf(readEnvironment, (env) => {
  const services = createApiServices(readApiConfig(env));
  return { server: createServer(services), log: services.log };
});

const getIndexing = madeOf(readEnvironment, (env) => {
  const services = createServices(readConfig(env));
  return { services, indexer: createIndexer(services) };
});

/** Answers GraphQL requests behind an API Gateway HTTP API. */
export const graphql = (async (
  event: APIGatewayProxyEventV2,
  context: Context,
): Promise<APIGatewayProxyStructuredResultV2> => {
  const { server, log } = await getApi();
  return answer(server, event, { remainingMs: context.getRemainingTimeInMillis(), log });
}) satisfies APIGatewayProxyHandlerV2;

/** Keeps the search indexes equal to the table; fed by the table's stream. */
export const indexStream = (async (event: DynamoDBStreamEvent): Promise<DynamoDBBatchResponse> => {
  const { indexer } = await getIndexing();
  return indexer(event);
}) satisfies DynamoDBStreamHandler;

// What the other three take is imported by their first event: nobody waits for their answers.

/** Looks after the search indexes, also where nothing is written; called every few minutes. */
export const maintain = (async (_event: ScheduledEvent, context: Context): Promise<Maintained> => {
  const { maintain: maintainIndexes } = await import('./src/search/maintenance/maintain.ts');
  const { services } = await getIndexing();
  const { reindexFunction } = services.config;
  const resumeLater =
    reindexFunction === undefined
      ? undefined
      : (request: ReindexRequest) => lambdaInvoker().invoke(reindexFunction, request);
  return maintainIndexes(services, `maintain-${context.awsRequestId}`, { resumeLater, stopAtMs: stopAt(context) });
}) satisfies Handler<ScheduledEvent>;

/** What comparing indexes keeps of its time for settling what it has found by then. */
const SETTLING_MS = 240_000;

const stopAt = (context: Context): number => clock.monotonicMs() + context.getRemainingTimeInMillis() - SETTLING_MS;

/**
 * Compares the search indexes with the table, and puts right what differs; called once a day, and by itself for as long as
 * there is something left to compare.
 */
export const doctor = (async (event: ScheduledEvent, context: Context): Promise<CheckedUp | undefined> => {
  const { checkUp } = await import('./src/search/maintenance/check-up.ts');
  const { services } = await getIndexing();
  const owner = `doctor-${context.awsRequestId}`;
  const { doctorMaxRcu: maxRcu } = services.config;
  const checked = await checkUp(services, { owner, maxRcu, stopAtMs: stopAt(context) });
  if (checked?.outcome === 'unfinished') await lambdaInvoker().invoke(context.invokedFunctionArn, event);
  return checked;
}) satisfies Handler<ScheduledEvent>;

/** Rebuilds search indexes beside the live ones; calls itself again for as long as there is something left to do. */
export const reindex = (async (request: ReindexRequest, context: Context): Promise<Reindexed> => {
  const { LAMBDA_OWNER, reindex: reindexIndexes } = await import('./src/search/maintenance/reindex.ts');
  const { services } = await getIndexing();
  // The second half of its time is for ending what is under way by then.
  const stopAtMs = services.clock.monotonicMs() + context.getRemainingTimeInMillis() / 2;
  const owner = `${LAMBDA_OWNER}${context.awsRequestId}`;
  const reindexed = await reindexIndexes(services, request, owner, stopAtMs);
  if (reindexed.outcome === 'unfinished') await lambdaInvoker().invoke(context.invokedFunctionArn, request);
  return reindexed;
}) satisfies Handler<ReindexRequest>;
