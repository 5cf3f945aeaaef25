import { readFile } from 'node:fs/promises';
import { parseEnv } from 'node:util';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { ConfigError, type Environment, readConfig } from '../../src/config.ts';
import { ssmParameters } from '../../src/parameter-store.ts';
import { withParameters } from '../../src/parameters.ts';
import { type Logger, realClock } from '../../src/runtime.ts';
import { LOG_LEVELS, UsageError } from '../arguments.ts';

/** What serverless.yml says by itself, so that nobody need. */
export const namesOf = (stage: string) => ({
  TABLE_NAME: `roster-${stage}`,
  SEARCH_INDEX_PREFIX: `roster-${stage}-`,
});

/** Where the Parameter Store has what these commands need, as serverless.yml tells the functions that index. */
export const parametersOf = (stage: string) => ({
  MEILI_HOST_PARAMETER: `/roster/${stage}/meili-host`,
  MEILI_API_KEY_PARAMETER: `/roster/${stage}/meili-admin-key`,
});

/**
 * The configuration of a stage: serverless.yml's names, then the environment, then the file, and Meilisearch from the
 * Parameter Store where neither of them names any. What a deployment must not start with is refused here, too: keys go the
 * same way.
 *
 * @throws UsageError naming what is missing or wrong, and what to do
 */
export async function readStage(
  stage: string,
  envFile: string | undefined,
  { env, log }: { readonly env: NodeJS.ProcessEnv; readonly log: Logger },
) {
  const file = envFile === undefined ? {} : await readEnvFile(envFile);
  const given: NodeJS.ProcessEnv = { ...namesOf(stage), LOG_LEVEL: 'warn', ...env, ...file, STAGE: stage };
  // A deployment, whatever its name.
  given['NODE_ENV'] = 'production';
  if (!LOG_LEVELS.includes(given['LOG_LEVEL'] ?? '')) given['LOG_LEVEL'] = 'warn';
  try {
    // One of them alone is a mistake: a key must not be sent to another server than its own.
    const isNamed = given['MEILI_HOST'] !== undefined || given['MEILI_API_KEY'] !== undefined;
    const settings = isNamed ? given : await withSecrets({ ...parametersOf(stage), ...given }, log);
    return { config: readConfig(settings), settings };
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    throw new UsageError(
      `the settings of stage ${stage} are not complete: ${error.message.replace('environment: ', '')}\n` +
        'Set the variables, or give a file that sets them by --env-file. Where neither has MEILI_HOST nor MEILI_API_KEY, both are read from the Parameter Store.',
      { cause: error },
    );
  }
}

/** @throws ConfigError saying why the Parameter Store does not give them */
async function withSecrets(named: Environment, log: Logger): Promise<Environment> {
  const clock = realClock();
  const identity = await ownIdentity();
  const fetchParameters = ssmParameters({ ...named, ...identity }, clock);
  return withParameters({ env: named, fetchParameters, clock, log })();
}

/** Whose terminal this is, as AWS's own clients find out: by the environment, a profile, or single sign-on. */
async function ownIdentity(): Promise<Environment> {
  const { region, credentials } = new DynamoDBClient().config;
  try {
    const AWS_REGION = await region();
    const { accessKeyId, secretAccessKey, sessionToken } = await credentials();
    return {
      AWS_REGION,
      AWS_ACCESS_KEY_ID: accessKeyId,
      AWS_SECRET_ACCESS_KEY: secretAccessKey,
      AWS_SESSION_TOKEN: sessionToken,
    };
  } catch (cause) {
    const { message } = cause as Error;
    throw new ConfigError(
      `MEILI_HOST and MEILI_API_KEY are not set, and the Parameter Store can't be asked: ${message}`,
      { cause },
    );
  }
}

/** The variables that a file sets. @throws UsageError */
export async function readEnvFile(file: string) {
  try {
    return parseEnv(await readFile(file, 'utf8'));
  } catch (error) {
    throw new UsageError(`--env-file ${file} can't be read: ${(error as Error).message}`, { cause: error });
  }
}
