import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { createTable } from '../src/entities/core/dynamo-table.ts';
import type { ScannableTable } from '../src/entities/core/table.ts';
import { realLogger } from '../src/logger.ts';
import { realClock } from '../src/runtime.ts';
import { dynamoOptions } from '../src/services.ts';
import { address } from './arguments.ts';
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

/** The table of a stage, or that of the local data, for commands which need nothing else. @throws UsageError */
export async function openTable(
  { stage, envFile }: StageOptions,
  { env, started }: TableCaller,
): Promise<ScannableTable> {
  if (stage === undefined) {
    const log = realLogger({ level: env['LOG_LEVEL'] || 'warn', output: process.stderr });
    const note = (line: string) => void process.stderr.write(`${line}\n`);
    return (await openLocal(pathsIn(DATA_FOLDER), { env, log, note, started })).services.table;
  }
  const settings = { ...namesOf(stage), ...env, ...(envFile === undefined ? {} : await readEnvFile(envFile)) };
  const dynamodbEndpoint = address('DYNAMODB_ENDPOINT', settings, 'http://localhost:8000');
  const client = DynamoDBDocumentClient.from(new DynamoDBClient(dynamoOptions({ dynamodbEndpoint })), {
    marshallOptions: { removeUndefinedValues: true },
  });
  return createTable({ client, name: settings.TABLE_NAME, clock: realClock() });
}

/** What a command works on, for messages. */
export const targetName = (stage: string | undefined): string =>
  stage === undefined ? 'the local data' : `stage ${stage}`;
