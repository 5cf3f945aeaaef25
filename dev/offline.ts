import { join } from 'node:path';
import { readApiConfig, VARIABLES } from '../src/api-config.ts';
import { UsageError } from './arguments.ts';
import { DATA_FOLDER, pathsIn } from './paths.ts';
import { isDevRunning, runningEnvironment } from './running.ts';

/** What `serverless.yml` gives a function for environment: text, and what only CloudFormation can make text of. */
export type TemplateEnvironment = Readonly<Record<string, unknown>>;

/**
 * What `sls offline` puts around every function. It says that it is Lambda, where neither the issuer of development nor
 * shown errors are accepted; this machine is none. And nothing that a function sends may reach an account of AWS, whosever
 * credentials the terminal has.
 */
const NOT_LAMBDA = {
  AWS_LAMBDA_FUNCTION_NAME: '',
  AWS_PROFILE: '',
  AWS_ACCESS_KEY_ID: 'local',
  AWS_SECRET_ACCESS_KEY: 'local',
  AWS_SESSION_TOKEN: '',
};

/**
 * The settings of functions on this machine: those of `npm run dev`, where it runs on the data of this project, and then
 * whichever variables of Roster's the terminal has.
 *
 * @throws UsageError where there is no table on this machine: functions would use one of AWS
 */
export async function localSettings(
  projectDir: string,
  env: NodeJS.ProcessEnv,
): Promise<Readonly<Record<string, string>>> {
  const paths = pathsIn(join(projectDir, DATA_FOLDER));
  const running = (await isDevRunning(paths)) ? await runningEnvironment(paths) : {};
  const own = VARIABLES.flatMap((name) => (env[name] === undefined ? [] : [[name, env[name]]]));
  const settings: Record<string, string> = { METRICS: 'log', ...running, ...Object.fromEntries(own) };
  if (!settings['DYNAMODB_ENDPOINT'])
    throw new UsageError(
      'there are no servers to work on: start "npm run dev" in another terminal, or set DYNAMODB_ENDPOINT, MEILI_HOST and all else that docs/configuration.md says has no default',
    );
  return settings;
}

/**
 * The environment of a function on this machine: what the template says as far as it is text, but for where the Parameter
 * Store has what, and {@link localSettings} instead of it.
 *
 * @param lambdaUrl where functions call each other
 * @throws ConfigError naming what is missing or wrong, or not for the stage
 */
export function offlineEnvironment(
  template: TemplateEnvironment,
  settings: Readonly<Record<string, string>>,
  lambdaUrl: string,
): Record<string, string> {
  const said = Object.entries(template).filter(
    (each): each is [string, string] => typeof each[1] === 'string' && !each[0].endsWith('_PARAMETER'),
  );
  const env = {
    ...Object.fromEntries(said),
    ...settings,
    ...NOT_LAMBDA,
    AWS_ENDPOINT_URL_LAMBDA: lambdaUrl,
    NODE_OPTIONS: '--enable-source-maps',
  };
  // All that is local is given to all.
  readApiConfig(env);
  return env;
}
