import { parseArgs } from 'node:util';

/** What `npm run dev` was asked for. */
export interface DevOptions {
  /** Port of the HTTP server. */
  readonly port: number;
  /** Which data to seed an empty table with. */
  readonly seed: number;
  /** Delete all local data first. */
  readonly reset: boolean;
  /** A DynamoDB of one's own. */
  readonly dynamodbEndpoint: string | undefined;
  /** A Meilisearch of one's own. */
  readonly meilisearch: { readonly host: string; readonly apiKey: string } | undefined;
}

/** The command line or the environment asks for something that can't be. */
export class UsageError extends Error {}

export const HELP = `Starts Roster on this machine: DynamoDB, Meilisearch, the indexer, GraphiQL, example data.

  npm run dev -- [options]

  --port N    port of the HTTP server (4000)
  --seed N    which example data an empty table is filled with (42)
  --reset     delete all local data first
  --help      this text

Environment:
  DYNAMODB_ENDPOINT           use a DynamoDB of your own, such as http://localhost:8000
  MEILI_HOST, MEILI_API_KEY   use a Meilisearch of your own
  DYNOXIDE_BIN, MEILISEARCH_BIN   programs to start instead of the packaged ones
`;

/**
 * Reads command line and environment.
 *
 * @returns undefined when help was asked for
 * @throws {@link UsageError} naming the option, what is wrong and what to give
 */
export function readOptions(argv: readonly string[], env: NodeJS.ProcessEnv): DevOptions | undefined {
  const values = parse(argv);
  if (values.help) return undefined;
  const { DYNAMODB_ENDPOINT: dynamodbEndpoint, MEILI_HOST: host, MEILI_API_KEY: apiKey } = env;
  if (host && !apiKey) throw new UsageError('MEILI_HOST is set, but MEILI_API_KEY is not; give the key of that server');
  if (values.reset && (dynamodbEndpoint || host)) {
    throw new UsageError(
      '--reset deletes local data only; unset DYNAMODB_ENDPOINT and MEILI_HOST, or empty those servers yourself',
    );
  }
  return {
    port: wholeNumber('--port', values.port, 1, 65_535),
    seed: wholeNumber('--seed', values.seed, 0, 2 ** 31 - 1),
    reset: values.reset,
    dynamodbEndpoint: dynamodbEndpoint || undefined,
    meilisearch: host && apiKey ? { host, apiKey } : undefined,
  };
}

function parse(argv: readonly string[]) {
  try {
    return parseArgs({
      args: [...argv],
      options: {
        port: { type: 'string', default: '4000' },
        seed: { type: 'string', default: '42' },
        reset: { type: 'boolean', default: false },
        help: { type: 'boolean', default: false },
      },
    }).values;
  } catch (error) {
    throw new UsageError(`${(error as Error).message}\n\n${HELP}`);
  }
}

function wholeNumber(option: string, text: string, min: number, max: number): number {
  const value = Number(text);
  if (!/^\d+$/.test(text) || value < min || value > max) {
    throw new UsageError(`${option} is "${text}"; give a whole number from ${min} to ${max}`);
  }
  return value;
}
