import { DynamoDBClient, type DynamoDBClientConfig } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import type { ApiConfig } from './api-config.ts';
import { createTokenVerifier, type TokenVerifier } from './auth/token.ts';
import type { Config } from './config.ts';
import { createTable } from './entities/core/dynamo-table.ts';
import { UNMARSHALL } from './entities/core/statements.ts';
import type { ScannableTable } from './entities/core/table.ts';
import { realLogger } from './logger.ts';
import { loggedMetrics, type Metrics, printedMetrics } from './metrics.ts';
import { type Clock, type Ids, type Logger, realClock, realIds } from './runtime.ts';
import { type GuardedSearch, withCircuitBreaker } from './search/breaker.ts';
import { createSearch } from './search/client.ts';
import type { Engine } from './search/engine/engine.ts';
import { createEngine } from './search/engine/meilisearch.ts';
import { Writers } from './search/indexer/writers.ts';
import { createSearchTokens, type SearchTokens } from './search/token.ts';

/** Every side effect. Made once per process and passed in; nothing else reaches the outside. */
export interface Services {
  readonly config: Config;
  readonly table: ScannableTable;
  /** What the graph asks of the search engine. */
  readonly search: GuardedSearch;
  /** What the indexer asks of it. */
  readonly engine: Engine;
  readonly writers: Writers;
  /** For one task of the search engine to be processed, its time in the queue included, milliseconds. */
  readonly taskTimeoutMs: number;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly log: Logger;
  readonly metrics: Metrics;
}

/** Those of the API, which has callers. */
export interface ApiServices extends Services {
  readonly config: ApiConfig;
  readonly tokens: TokenVerifier;
  /** Lets frontends search by themselves; undefined where that is off. */
  readonly searchTokens: SearchTokens | undefined;
}

/** What a test drives: a clock that it moves, ids that it knows, metrics that it reads. */
type Replacements = Partial<Pick<Services, 'clock' | 'ids' | 'log' | 'metrics'>>;

/** The real services of a configuration, but for those that are given. */
export function createServices(config: Config, replacements: Replacements = {}): Services {
  const clock = replacements.clock ?? realClock();
  const document = DynamoDBDocumentClient.from(new DynamoDBClient(dynamoOptions(config)), {
    marshallOptions: { removeUndefinedValues: true },
    // A copy, to which the client adds options of its own.
    unmarshallOptions: { ...UNMARSHALL },
  });
  const log = replacements.log ?? realLogger({ level: config.logLevel, service: config.deployment.service });
  const ids = replacements.ids ?? realIds(clock);
  const table = createTable({ client: document, name: config.tableName, clock });
  const metrics = replacements.metrics ?? metricsOf(config, clock, log);
  const { writeTimeoutMs } = config.search;
  const engine = createEngine({ ...config.search, requestTimeoutMs: writeTimeoutMs });
  return {
    config,
    table,
    search: withCircuitBreaker(createSearch(config.search), { log, metrics }),
    engine,
    writers: new Writers({ table, engine, clock, ids, log }),
    taskTimeoutMs: writeTimeoutMs,
    clock,
    ids,
    log,
    metrics,
  };
}

/** The same for the API. */
export function createApiServices(config: ApiConfig, replacements: Replacements = {}): ApiServices {
  const services = createServices(config, replacements);
  const { clock } = services;
  const { auth, search, searchToken } = config;
  return {
    ...services,
    config,
    tokens: createTokenVerifier({ ...auth, clock }),
    searchTokens: searchToken && createSearchTokens({ ...searchToken, indexPrefix: search.indexPrefix, clock }),
  };
}

const metricsOf = ({ metrics, deployment }: Config, clock: Clock, log: Logger): Metrics =>
  metrics === 'emf' ? printedMetrics(deployment, clock) : loggedMetrics(log);

// A connection that hangs is given up well before API Gateway and Lambda give up. By itself, the time only logs a warning.
const requestHandler = { connectionTimeout: 2_000, requestTimeout: 5_000, throwOnRequestTimeout: true };

/**
 * Without `info`, the client spares itself what it does for every request and answer only to have something to log:
 * a tenth of its time.
 */
const logger = { debug: () => undefined, warn: () => undefined, error: () => undefined } as NonNullable<
  DynamoDBClientConfig['logger']
>;

/** How to reach AWS's DynamoDB, or an emulator, which takes any credentials. */
export const dynamoOptions = ({ dynamodbEndpoint }: Pick<Config, 'dynamodbEndpoint'>) => ({
  requestHandler,
  logger,
  ...(dynamodbEndpoint
    ? { endpoint: dynamodbEndpoint, region: 'local', credentials: { accessKeyId: 'local', secretAccessKey: 'local' } }
    : {}),
});
