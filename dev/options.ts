import { parseArgs } from 'node:util';

/** What `npm run dev` was asked for. */
export interface DevOptions {
  /** Port of the HTTP server. */
  readonly port: number;
  /** Which data to seed an empty table with; undefined when nothing was said about it. */
  readonly seed: number | undefined;
  /** Delete all local data first. */
  readonly reset: boolean;
  /** A DynamoDB of one's own. */
  readonly dynamodbEndpoint: string | undefined;
  /** A Meilisearch of one's own. */
  readonly meilisearch: { readonly host: string; readonly apiKey: string } | undefined;
  readonly logLevel: string;
}

/** The command line or the environment asks for something that can't be. The message says what to do instead. */
export class UsageError extends Error {}

/** The data that an empty table is filled with when nothing else is said. */
export const DEFAULT_SEED = 42;
const DEFAULT_PORT = 4000;
const LOG_LEVELS = ['debug', 'info', 'warn', 'error', 'silent'];

export const HELP = `Starts Roster on this machine: DynamoDB, Meilisearch, the indexer, GraphiQL, example data.

  npm run dev -- [options]

  --port N    port of the HTTP server (${DEFAULT_PORT})
  --seed N    which example data an empty table is filled with (${DEFAULT_SEED})
  --reset     delete all local data first
  --help      this text

Environment:
  DYNAMODB_ENDPOINT               use a DynamoDB of your own, such as http://localhost:8000
  MEILI_HOST, MEILI_API_KEY       use a Meilisearch of your own
  DYNOXIDE_BIN, MEILISEARCH_BIN   programs to start instead of the packaged ones
  LOG_LEVEL                       ${LOG_LEVELS.join(', ')} (warn)
`;

/**
 * Reads command line and environment.
 *
 * @returns undefined when help was asked for
 * @throws {@link UsageError} naming the option, what is wrong and what to give
 */
export function readOptions(argv: readonly string[], env: NodeJS.ProcessEnv): DevOptions | undefined {
  refuseTakenByNpm(env);
  const values = parse(argv);
  if (values.help) return undefined;
  const dynamodbEndpoint = address('DYNAMODB_ENDPOINT', env, 'http://localhost:8000');
  const host = address('MEILI_HOST', env, 'http://localhost:7700');
  const { MEILI_API_KEY: apiKey, LOG_LEVEL: logLevel = 'warn' } = env;
  if (host && !apiKey) throw new UsageError('MEILI_HOST is set, but MEILI_API_KEY is not; give the key of that server');
  if (values.reset && (dynamodbEndpoint || host)) {
    throw new UsageError(
      '--reset deletes local data only; unset DYNAMODB_ENDPOINT and MEILI_HOST, or empty those servers yourself',
    );
  }
  if (!LOG_LEVELS.includes(logLevel))
    throw new UsageError(`LOG_LEVEL is "${logLevel}"; give one of ${LOG_LEVELS.join(', ')}`);
  return {
    port: wholeNumber('--port', values.port ?? String(DEFAULT_PORT), 1, 65_535),
    seed: values.seed === undefined ? undefined : wholeNumber('--seed', values.seed, 0, 2 ** 31 - 1),
    reset: values.reset ?? false,
    dynamodbEndpoint,
    meilisearch: host && apiKey ? { host, apiKey } : undefined,
    logLevel,
  };
}

const OPTIONS = {
  port: { type: 'string' },
  seed: { type: 'string' },
  reset: { type: 'boolean' },
  help: { type: 'boolean', short: 'h' },
} as const;

/** Without the `--`, npm takes an option for its own, and what it was meant for is not told. */
function refuseTakenByNpm(env: NodeJS.ProcessEnv): void {
  const taken = Object.keys(OPTIONS).find((name) => env['npm_lifecycle_event'] && env[`npm_config_${name}`]);
  if (taken) throw new UsageError(`npm has taken --${taken} for itself; put -- before it: npm run dev -- --${taken}`);
}

function parse(argv: readonly string[]) {
  // "--seed -1" is a wrong number, not an option called "-1".
  const args = argv.join('\0').replace(/(?<=^|\0)(--\w+)\0(?=-\d)/g, '$1=');
  try {
    return parseArgs({ args: args === '' ? [] : args.split('\0'), options: OPTIONS }).values;
  } catch (error) {
    throw new UsageError(`${(error as Error).message}; "npm run dev -- --help" lists the options`);
  }
}

function wholeNumber(option: string, text: string, min: number, max: number): number {
  const value = Number(text);
  if (!/^\d+$/.test(text) || value < min || value > max) {
    throw new UsageError(`${option} is "${text}"; give a whole number from ${min} to ${max}`);
  }
  return value;
}

function address(name: string, env: NodeJS.ProcessEnv, example: string): string | undefined {
  const text = env[name];
  if (text && !/^https?:$/.test(URL.parse(text)?.protocol ?? ''))
    throw new UsageError(`${name} is "${text}"; give an address such as ${example}`);
  return text || undefined;
}
