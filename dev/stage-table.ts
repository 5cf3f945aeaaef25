import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { deploymentProblems } from '../src/development.ts';
import { createTable } from '../src/entities/core/dynamo-table.ts';
import type { ScannableTable } from '../src/entities/core/table.ts';
import { realLogger } from '../src/logger.ts';
import { realClock } from '../src/runtime.ts';
import { dynamoOptions } from '../src/services.ts';
import { address, UsageError } from './arguments.ts';
import { DATA_FOLDER, pathsIn } from './paths.ts';
import { openLocal } from './search/open.ts';
import { namesOf, readEnvFile } from './search/stage.ts';
import type { StageOptions } from './stage-options.ts';

/** What opening a table leaves to its caller. */
export interface TableCaller {
  readonly env: NodeJS.ProcessEnv;
  /** Is given what to stop. */
  readonly started: AsyncDisposableStack;
}

/**
 * The table of a stage, or that of the local data, for commands which need nothing else. Where it is not AWS's, standard
 * error tells whose: a variable that was left in a terminal would have another table changed than was meant.
 *
 * @throws UsageError
 */
export async function openTable(
  { stage, envFile }: StageOptions,
  { env, started }: TableCaller,
): Promise<ScannableTable> {
  const note = (line: string) => void process.stderr.write(`${line}\n`);
  if (stage === undefined) {
    const log = realLogger({ level: env['LOG_LEVEL'] || 'warn', output: process.stderr });
    return (await openLocal(pathsIn(DATA_FOLDER), { env, log, note, started })).services.table;
  }
  const settings = { ...namesOf(stage), ...env, ...(envFile === undefined ? {} : await readEnvFile(envFile)) };
  const dynamodbEndpoint = endpointOf(stage, settings);
  if (dynamodbEndpoint)
    note(`${targetName(stage)} is at ${dynamodbEndpoint}, by DYNAMODB_ENDPOINT: it is not AWS's own DynamoDB`);
  const client = DynamoDBDocumentClient.from(new DynamoDBClient(dynamoOptions({ dynamodbEndpoint })), {
    marshallOptions: { removeUndefinedValues: true },
  });
  return createTable({ client, name: settings.TABLE_NAME, clock: realClock() });
}

/** As every function of a deployment would have it. @throws UsageError */
function endpointOf(stage: string, settings: NodeJS.ProcessEnv): string | undefined {
  const endpoint = address('DYNAMODB_ENDPOINT', settings, 'http://localhost:8000');
  const { DYNAMODB_ENDPOINT, PLAIN_HTTP } = settings;
  const [problem] = deploymentProblems({ DYNAMODB_ENDPOINT, PLAIN_HTTP, NODE_ENV: 'production' });
  if (problem) throw new UsageError(`the settings of ${targetName(stage)} are not good: ${problem}`);
  return endpoint;
}

/** What a command works on, for messages. */
export const targetName = (stage: string | undefined): string =>
  stage === undefined ? 'the local data' : `stage ${stage}`;
