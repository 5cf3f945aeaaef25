import { TOKEN_VARIABLES } from '../src/api-config.ts';
import { address, LOG_LEVELS, parseOptions, refuseTakenByNpm, UsageError, wholeNumber } from './arguments.ts';

/** Which servers the local stack stands on, and how much it says. */
export interface ServerOptions {
  /** A DynamoDB of one's own. */
  readonly dynamodbEndpoint: string | undefined;
  /** A Meilisearch of one's own. */
  readonly meilisearch: { readonly host: string; readonly apiKey: string } | undefined;
  readonly logLevel: string;
  /** The variables of search tokens that are set, by their names. */
  readonly searchToken: Readonly<Record<string, string>>;
}

/** What `npm run dev` was asked for. */
export interface DevOptions extends ServerOptions {
  /** Port of the HTTP server. */
  readonly port: number;
  /** Which data to seed an empty table with; undefined when nothing was said about it. */
  readonly seed: number | undefined;
  /** Delete all local data first. */
  readonly reset: boolean;
}

/** The data that an empty table is filled with when nothing else is said. */
export const DEFAULT_SEED = 42;
const DEFAULT_PORT = 4000;

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
  SEARCH_TOKEN_KEY, SEARCH_TOKEN_KEY_UID
                                  give out search tokens (docs/search-token.md)
  LOG_LEVEL                       ${LOG_LEVELS.join(', ')} (warn)
`;

/**
 * Reads command line and environment.
 *
 * @returns undefined when help was asked for
 * @throws {@link UsageError} naming the option, what is wrong and what to give
 */
export function readOptions(argv: readonly string[], env: NodeJS.ProcessEnv): DevOptions | undefined {
  refuseTakenByNpm('npm run dev', OPTIONS, env);
  const { values } = parseOptions(argv, OPTIONS, 'npm run dev -- --help');
  if (values.help) return undefined;
  const servers = readServerOptions(env);
  if (values.reset && (servers.dynamodbEndpoint || servers.meilisearch)) {
    throw new UsageError(
      '--reset deletes local data only; unset DYNAMODB_ENDPOINT and MEILI_HOST, or empty those servers yourself',
    );
  }
  return {
    port: wholeNumber('--port', values.port ?? String(DEFAULT_PORT), 1, 65_535),
    seed: values.seed === undefined ? undefined : wholeNumber('--seed', values.seed, 0, 2 ** 31 - 1),
    reset: values.reset ?? false,
    ...servers,
  };
}

/** Which servers the local stack is to stand on. @throws {@link UsageError} */
export function readServerOptions(env: NodeJS.ProcessEnv): ServerOptions {
  const dynamodbEndpoint = address('DYNAMODB_ENDPOINT', env, 'http://localhost:8000');
  const host = address('MEILI_HOST', env, 'http://localhost:7700');
  const { MEILI_API_KEY: apiKey, LOG_LEVEL: logLevel = 'warn' } = env;
  if (host && !apiKey) throw new UsageError('MEILI_HOST is set, but MEILI_API_KEY is not; give the key of that server');
  if (!LOG_LEVELS.includes(logLevel))
    throw new UsageError(`LOG_LEVEL is "${logLevel}"; give one of ${LOG_LEVELS.join(', ')}`);
  const searchToken = Object.fromEntries(
    TOKEN_VARIABLES.flatMap((name) => (env[name] === undefined ? [] : [[name, env[name]]])),
  );
  return { dynamodbEndpoint, meilisearch: host && apiKey ? { host, apiKey } : undefined, logLevel, searchToken };
}

const OPTIONS = {
  port: { type: 'string' },
  seed: { type: 'string' },
  reset: { type: 'boolean' },
  help: { type: 'boolean', short: 'h' },
} as const;
