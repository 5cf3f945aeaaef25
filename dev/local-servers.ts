import { join } from 'node:path';
import { realLogger } from '../src/logger.ts';
import { UsageError } from './arguments.ts';
import type { ServerOptions } from './options.ts';
import { checkDynamoDb, checkMeilisearch } from './own-servers.ts';
import type { Paths } from './paths.ts';
import { startDynoxide } from './servers/dynamodb.ts';
import { startMeilisearch } from './servers/meilisearch.ts';

/** The two servers that Roster stands on: started here, or the user's own. */
export interface Servers {
  readonly dynamodb: string;
  readonly meilisearch: { readonly host: string; readonly apiKey: string };
  /** Stops what was started here. */
  stop(): Promise<void>;
}

/**
 * Starts the servers that the user has none of their own for, and makes sure of the others.
 *
 * @throws UsageError, or the servers' own errors, about all that is wrong; nothing is left running then
 */
export async function openServers(
  { dynamodbEndpoint, meilisearch, logLevel }: ServerOptions,
  paths: Paths,
  masterKey: string,
): Promise<Servers> {
  const log = realLogger({ level: logLevel });
  const started: { stop(): Promise<void> }[] = [];
  const stop = async () => void (await Promise.all(started.map((process) => process.stop())));
  const openDynamoDb = async () => {
    if (dynamodbEndpoint) {
      await checkDynamoDb(dynamodbEndpoint);
      return dynamodbEndpoint;
    }
    const logFile = join(paths.logs, 'dynoxide.log');
    const { endpoint, process } = await startDynoxide({ dataFile: paths.tables, logFile, restart: true, log });
    started.push(process);
    return endpoint;
  };
  const openMeilisearch = async () => {
    if (meilisearch) {
      await checkMeilisearch(meilisearch);
      return meilisearch;
    }
    const places = { dataDir: paths.search, logFile: join(paths.logs, 'meilisearch.log'), cacheDir: paths.cache };
    const { host, process } = await startMeilisearch({ ...places, masterKey, restart: true, log });
    started.push(process);
    return { host, apiKey: masterKey };
  };
  const [table, search] = await Promise.allSettled([openDynamoDb(), openMeilisearch()]);
  if (table.status === 'fulfilled' && search.status === 'fulfilled') {
    // Whoever is told that a server has ended also wants to know when it is up again.
    if (logLevel === 'warn') log.setLevel('info');
    return { dynamodb: table.value, meilisearch: search.value, stop };
  }
  await stop();
  throw together([table, search].flatMap((each) => (each.status === 'rejected' ? [each.reason] : [])));
}

/** One error that tells of all, so that nobody mends the first only to learn of the second. */
function together(errors: readonly unknown[]): unknown {
  if (errors.length === 1) return errors[0];
  return new UsageError(errors.map((error) => (error as Error).message).join('\n\n'), { cause: errors[0] });
}
