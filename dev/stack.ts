import { randomBytes } from 'node:crypto';
import { appendFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DynamoDBClient, ScanCommand } from '@aws-sdk/client-dynamodb';
import { DynamoDBStreamsClient } from '@aws-sdk/client-dynamodb-streams';
import { readConfig } from '../src/config.ts';
import { type Logger, realClock } from '../src/runtime.ts';
import { searches } from '../src/search/index.ts';
import { createServices, dynamoOptions, type Services } from '../src/services.ts';
import { AUDIENCE, type Identity, ISSUER, openIdentity } from './identity.ts';
import { readJson, writeJson } from './json-file.ts';
import type { DevOptions } from './options.ts';
import type { Paths } from './paths.ts';
import { startDynoxide } from './servers/dynamodb.ts';
import { startMeilisearch } from './servers/meilisearch.ts';
import { readStackFile } from './stack-file.ts';
import { fileCheckpoint } from './stream/checkpoint.ts';
import { StreamPoller } from './stream/poller.ts';
import { ensureTable } from './table.ts';

const TABLE_NAME = 'roster-dev';

/** A running stack: servers, table, indexes, and the stream on its way into them. */
export interface Stack {
  readonly services: Services;
  readonly identity: Identity;
  readonly poller: StreamPoller;
  /** Where the servers are, for people. */
  readonly addresses: { readonly dynamodb: string; readonly meilisearch: string };
  /** True when the table holds no item at all. */
  isEmpty(): Promise<boolean>;
  stop(): Promise<void>;
}

interface Secrets {
  readonly meilisearchKey: string;
  readonly cursorSecret: string;
}

/** Starts what Roster runs on, and the indexer. Nothing is left running when it fails. */
export async function startStack(
  options: Pick<DevOptions, 'dynamodbEndpoint' | 'meilisearch'>,
  paths: Paths,
  log: Logger,
): Promise<Stack> {
  const [identity, secrets] = await Promise.all([
    openIdentity(paths.identity, realClock()),
    openSecrets(paths.secrets),
  ]);
  const servers = await startServers(options, paths, secrets, log);
  try {
    const env = environment(servers, identity, secrets);
    // The exported handler reads its configuration from the environment, as in Lambda.
    Object.assign(process.env, env);
    const services = createServices(readConfig(env), { log });
    const stackFile = await readStackFile();
    const client = new DynamoDBClient(dynamoOptions(services.config));
    const streamArn = await ensureTable(client, TABLE_NAME, stackFile, services.clock);
    const indexes = searches.flatMap((search) => search.indexes);
    await Promise.all(indexes.map((index) => services.search.ensureIndex(index, { update: true })));
    const { indexStream } = await import('../handler.ts');
    const poller = new StreamPoller({
      client: new DynamoDBStreamsClient(dynamoOptions(services.config)),
      streamArn,
      mapping: stackFile.eventSource,
      invoke: indexStream,
      checkpoint: fileCheckpoint(paths.checkpoint),
      onDiscarded: async (records) => {
        await appendFile(paths.deadLetters, records.map((record) => `${JSON.stringify(record)}\n`).join(''));
        log.error({ records: records.length, file: paths.deadLetters }, 'stream records were given up');
      },
      clock: services.clock,
      log,
    });
    poller.start();
    return {
      services,
      identity,
      poller,
      addresses: { dynamodb: servers.dynamodb, meilisearch: servers.meilisearch.host },
      isEmpty: async () => {
        const { Count } = await client.send(new ScanCommand({ TableName: TABLE_NAME, Limit: 1, ConsistentRead: true }));
        return Count === 0;
      },
      async stop() {
        await poller.stop();
        await servers.stop();
      },
    };
  } catch (error) {
    await servers.stop();
    throw error;
  }
}

interface Servers {
  readonly dynamodb: string;
  readonly meilisearch: { readonly host: string; readonly apiKey: string };
  stop(): Promise<void>;
}

async function startServers(
  { dynamodbEndpoint, meilisearch }: Pick<DevOptions, 'dynamodbEndpoint' | 'meilisearch'>,
  paths: Paths,
  { meilisearchKey }: Secrets,
  log: Logger,
): Promise<Servers> {
  const common = { restart: true, log };
  const starting = await Promise.allSettled([
    dynamodbEndpoint
      ? undefined
      : startDynoxide({ ...common, dataFile: paths.tables, logFile: join(paths.logs, 'dynoxide.log') }),
    meilisearch
      ? undefined
      : startMeilisearch({
          ...common,
          dataDir: paths.search,
          masterKey: meilisearchKey,
          logFile: join(paths.logs, 'meilisearch.log'),
          cacheDir: paths.cache,
        }),
  ] as const);
  const [dynoxide, engine] = starting;
  const processes = starting.flatMap((each) => (each.status === 'fulfilled' && each.value ? [each.value.process] : []));
  const stop = async () => void (await Promise.all(processes.map((process) => process.stop())));
  const failed = starting.find((each) => each.status === 'rejected');
  if (failed) {
    await stop();
    throw failed.reason;
  }
  return {
    dynamodb: dynamodbEndpoint ?? settled(dynoxide).endpoint,
    meilisearch: meilisearch ?? { host: settled(engine).host, apiKey: meilisearchKey },
    stop,
  };
}

function settled<T>(result: PromiseSettledResult<T | undefined>): T {
  if (result.status === 'rejected' || result.value === undefined)
    throw new Error('a server was neither given nor started');
  return result.value;
}

const environment = ({ dynamodb, meilisearch }: Servers, identity: Identity, { cursorSecret }: Secrets) => ({
  TABLE_NAME,
  DYNAMODB_ENDPOINT: dynamodb,
  MEILI_HOST: meilisearch.host,
  MEILI_API_KEY: meilisearch.apiKey,
  SEARCH_INDEX_PREFIX: `${TABLE_NAME}-`,
  AUTH_ISSUER: ISSUER,
  AUTH_AUDIENCE: AUDIENCE,
  AUTH_JWKS: identity.jwks,
  CURSOR_SECRET: cursorSecret,
  LOG_LEVEL: process.env['LOG_LEVEL'] ?? 'warn',
});

/** Secrets that are made once, so that keys and cursors outlive a restart. */
async function openSecrets(file: string): Promise<Secrets> {
  const stored = await readJson<Secrets>(file);
  if (stored) return stored;
  const secrets = {
    meilisearchKey: randomBytes(24).toString('base64url'),
    cursorSecret: randomBytes(32).toString('base64url'),
  };
  await writeJson(file, secrets);
  return secrets;
}
