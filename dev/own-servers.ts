import { DynamoDBClient, DynamoDBServiceException, ListTablesCommand } from '@aws-sdk/client-dynamodb';
import { Meilisearch, MeilisearchApiError } from 'meilisearch';
import { dynamoOptions } from '../src/services.ts';
import { UsageError } from './arguments.ts';

/** For a server that is there, on whatever network. */
const TIMEOUT_MS = 5_000;

/**
 * Asks a DynamoDB of the user's own for a sign of life.
 *
 * @throws UsageError saying what is there instead, within 5 seconds
 */
export async function checkDynamoDb(endpoint: string): Promise<void> {
  const client = new DynamoDBClient({ ...dynamoOptions({ dynamodbEndpoint: endpoint }), maxAttempts: 1 });
  try {
    await client.send(new ListTablesCommand({ Limit: 1 }), { abortSignal: AbortSignal.timeout(TIMEOUT_MS) });
  } catch (error) {
    const refused = error instanceof DynamoDBServiceException && !error.name.startsWith('Unknown');
    const problem = refused
      ? `it refuses to list its tables (${error.name}: ${error.message})`
      : silence(error, 'DynamoDB');
    throw new UsageError(
      `DYNAMODB_ENDPOINT is ${endpoint}, but ${problem}; start one there, or unset the variable to use the packaged one`,
      { cause: error },
    );
  } finally {
    client.destroy();
  }
}

/**
 * Asks a Meilisearch of the user's own for its indexes.
 *
 * @throws UsageError saying what is there instead, or that the key is not good, within 5 seconds
 */
export async function checkMeilisearch({ host, apiKey }: { readonly host: string; readonly apiKey: string }) {
  try {
    await new Meilisearch({ host, apiKey, timeout: TIMEOUT_MS }).getIndexes({ limit: 1 });
  } catch (error) {
    if (error instanceof MeilisearchApiError && error.cause) throw refusal(error, host);
    const problem = silence(error, 'Meilisearch');
    throw new UsageError(
      `MEILI_HOST is ${host}, but ${problem}; start one there, or unset the variable to use the packaged one`,
      { cause: error },
    );
  }
}

/** What a Meilisearch of the user's own says no to. */
export const refusal = (error: Error, host: string): UsageError =>
  new UsageError(
    `the Meilisearch at ${host} refuses: ${error.message}\n` +
      'Set MEILI_API_KEY to its master key, or to a key that may search, manage indexes, documents, settings and tasks, and create and delete keys.',
    { cause: error },
  );

/** Why a request got no answer that makes sense. */
function silence(error: unknown, expected: string): string {
  const causes = [...chain(error)];
  const system = causes.find((each) => 'syscall' in each);
  if (system) return `nothing answers there (${system.message.trim()})`;
  const late = causes.some(({ name, message }) => /timeout|abort|timed out/i.test(`${name} ${message}`));
  return late ? `nothing answered within ${TIMEOUT_MS / 1_000} seconds` : `what answers there is no ${expected}`;
}

/** An error and what led to it; several addresses that were tried count as causes. */
function* chain(error: unknown): Generator<Error> {
  if (!(error instanceof Error)) return;
  yield error;
  if (error instanceof AggregateError) for (const each of error.errors) yield* chain(each);
  yield* chain(error.cause);
}
