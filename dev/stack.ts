import { appendFile } from 'node:fs/promises';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBStreamsClient } from '@aws-sdk/client-dynamodb-streams';
import { readApiConfig } from '../src/api-config.ts';
import { type Logger, realClock } from '../src/runtime.ts';
import { isTableEmpty } from '../src/search/table-scan.ts';
import { type ApiServices, createApiServices, dynamoOptions, type Services } from '../src/services.ts';
import { type Identity, openIdentity } from './identity.ts';
import { prepareIndexes } from './indexes.ts';
import { openServers, type Servers } from './local-servers.ts';
import type { ServerOptions } from './options.ts';
import type { Paths } from './paths.ts';
import { openSecrets, type Secrets } from './secrets.ts';
import { readStackFile, type StackFile } from './stack-file.ts';
import { type Checkpoint, fileCheckpoint } from './stream/checkpoint.ts';
import { StreamPoller } from './stream/poller.ts';
import { ensureTable } from './table.ts';

const TABLE_NAME = 'roster-dev';

/** A running stack: servers, table, indexes, and the stream on its way into them. */
export interface Stack {
  readonly services: ApiServices;
  readonly identity: Identity;
  readonly poller: StreamPoller;
  /** Where the servers are, for people. */
  readonly addresses: { readonly dynamodb: string; readonly meilisearch: string };
  /** The same for programs. */
  readonly servers: Pick<Servers, 'dynamodb' | 'meilisearch'>;
  /** True when the table holds no items but Roster's own records. */
  isEmpty(): Promise<boolean>;
}

/**
 * Starts what Roster runs on, and the indexer.
 *
 * @param started is given what to stop, also when the start fails half-way
 */
export async function startStack(
  options: ServerOptions,
  paths: Paths,
  log: Logger,
  started: AsyncDisposableStack,
): Promise<Stack> {
  const [identity, secrets] = await Promise.all([
    openIdentity(paths.identity, realClock()),
    openSecrets(paths.secrets),
  ]);
  const servers = await openServers(options, paths, secrets.meilisearchKey);
  started.defer(() => servers.stop());
  const env = { ...environment(servers, identity, secrets), ...options.searchToken, LOG_LEVEL: options.logLevel };
  // The exported handler reads its configuration from the environment, as in Lambda.
  Object.assign(process.env, env);
  const services = createApiServices(readApiConfig(env), { log });
  const stackFile = await readStackFile();
  const client = new DynamoDBClient(dynamoOptions(services.config));
  const streamArn = await ensureTable(client, TABLE_NAME, stackFile, services.clock);
  await prepareIndexes(services);
  const poller = await createPoller(services, stackFile, streamArn, fileCheckpoint(paths.checkpoint), paths);
  poller.start();
  started.defer(() => poller.stop());
  return {
    services,
    identity,
    poller,
    addresses: { dynamodb: servers.dynamodb, meilisearch: servers.meilisearch.host },
    servers: { dynamodb: servers.dynamodb, meilisearch: servers.meilisearch },
    isEmpty: () => isTableEmpty(services.table),
  };
}

async function createPoller(
  { config, clock, log }: Services,
  { eventSource }: StackFile,
  streamArn: string,
  checkpoint: Checkpoint,
  { deadLetters }: Paths,
): Promise<StreamPoller> {
  const { indexStream } = await import('../handler.ts');
  return new StreamPoller({
    client: new DynamoDBStreamsClient(dynamoOptions(config)),
    streamArn,
    mapping: eventSource,
    invoke: indexStream,
    checkpoint,
    onDiscarded: async (records) => {
      await appendFile(deadLetters, records.map((record) => `${JSON.stringify(record)}\n`).join(''));
      log.error({ records: records.length, file: deadLetters }, 'stream records were given up');
    },
    clock,
    log,
  });
}

/** What the environment of a function says in Lambda, for the local stack. */
export const environment = (
  { dynamodb, meilisearch }: Pick<Servers, 'dynamodb' | 'meilisearch'>,
  identity: Identity,
  { cursorSecret }: Secrets,
) => ({
  TABLE_NAME,
  DYNAMODB_ENDPOINT: dynamodb,
  MEILI_HOST: meilisearch.host,
  MEILI_API_KEY: meilisearch.apiKey,
  SEARCH_INDEX_PREFIX: `${TABLE_NAME}-`,
  ...identity.env,
  CURSOR_SECRET: cursorSecret,
  EXPLAIN: 'everyone',
  ERRORS: 'shown',
});
