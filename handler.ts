import type {
  APIGatewayProxyEventV2,
  APIGatewayProxyHandlerV2,
  APIGatewayProxyStructuredResultV2,
  DynamoDBBatchResponse,
  DynamoDBStreamEvent,
  DynamoDBStreamHandler,
} from 'aws-lambda';
import { readConfig } from './src/config.ts';
import { answer } from './src/lambda.ts';
import { searches } from './src/search/all.ts';
import { applyStream } from './src/search/stream.ts';
import { createServer, type Server } from './src/server.ts';
import { createServices, type Services } from './src/services.ts';

// Made by the first event and kept for as long as the process is warm.
let services: Services | undefined;
let server: Server | undefined;
let indexes: Promise<unknown> | undefined;

const getServices = (): Services => {
  services ??= createServices(readConfig(process.env));
  return services;
};

/** Answers GraphQL requests behind an API Gateway HTTP API. */
export const graphql = ((event: APIGatewayProxyEventV2): Promise<APIGatewayProxyStructuredResultV2> => {
  server ??= createServer(getServices());
  return answer(server, event);
}) satisfies APIGatewayProxyHandlerV2;

/** Creates the indexes that are missing; what fails here is tried again by the write that needs the index. */
const ensureIndexes = ({ search, log }: Services): Promise<unknown> =>
  Promise.all(
    searches
      .flatMap((each) => each.indexes)
      .map((index) =>
        search.ensureIndex(index).then(
          (created) => created && log.warn({ index: index.name }, 'a search index was missing and has been created'),
          (error: unknown) => log.warn({ err: error, index: index.name }, 'a search index could not be looked at'),
        ),
      ),
  );

/** Keeps the search indexes equal to the table; fed by the table's stream. */
export const indexStream = (async (event: DynamoDBStreamEvent): Promise<DynamoDBBatchResponse> => {
  indexes ??= ensureIndexes(getServices());
  await indexes;
  return applyStream(getServices(), event);
}) satisfies DynamoDBStreamHandler;
