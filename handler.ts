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
import { applyStream } from './src/search/indexer/stream.ts';
import { createUpkeep } from './src/search/indexer/upkeep.ts';
import { createServer, type Server } from './src/server.ts';
import { createServices, type Services } from './src/services.ts';

// Made by the first event and kept for as long as the process is warm.
let services: Services | undefined;
let server: Server | undefined;
let upkeep: (() => Promise<void>) | undefined;

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
export const indexStream = (async (event: DynamoDBStreamEvent): Promise<DynamoDBBatchResponse> => {
  upkeep ??= createUpkeep(getServices());
  await upkeep();
  return applyStream(getServices(), event);
}) satisfies DynamoDBStreamHandler;
