import { readFile } from 'node:fs/promises';
import { parseEnv } from 'node:util';
import { ConfigError, readConfig } from '../../src/config.ts';
import { LOG_LEVELS, UsageError } from '../arguments.ts';

/** What serverless.yml says by itself, so that nobody need. */
export const namesOf = (stage: string) => ({
  TABLE_NAME: `roster-${stage}`,
  SEARCH_INDEX_PREFIX: `roster-${stage}-`,
});

/**
 * The configuration of a stage: serverless.yml's names, then the environment, then the file. What a deployment must not
 * start with is refused here, too: keys go the same way.
 *
 * @throws UsageError naming what is missing or wrong, and what to do
 */
export async function readStage(stage: string, envFile: string | undefined, env: NodeJS.ProcessEnv) {
  const file = envFile === undefined ? {} : await readEnvFile(envFile);
  const settings: NodeJS.ProcessEnv = { ...namesOf(stage), LOG_LEVEL: 'warn', ...env, ...file, STAGE: stage };
  if (!LOG_LEVELS.includes(settings['LOG_LEVEL'] ?? '')) settings['LOG_LEVEL'] = 'warn';
  try {
    return { config: readConfig(settings), settings };
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    throw new UsageError(
      `the settings of stage ${stage} are not complete: ${error.message.replace('environment: ', '')}\n` +
        'Set the variables, or give a file that sets them by --env-file. They are not read from the Parameter Store yet.',
      { cause: error },
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
