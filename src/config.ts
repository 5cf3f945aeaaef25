import * as z from 'zod/mini';
import { deploymentProblems, PLAIN_HTTP_VARIABLES } from './development.ts';
import type { Deployment } from './metrics.ts';
import { listOf, oneOf, positive, required, url } from './variables.ts';

/** Environment variables. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** What all functions need, validated once: everything that differs between stages, but for what is the API's own. */
export interface Config {
  readonly tableName: string;
  /** Another DynamoDB than AWS's own, such as an emulator. */
  readonly dynamodbEndpoint: string | undefined;
  readonly search: {
    readonly host: string;
    readonly apiKey: string;
    /** Put before every index name, so that stages can share a server. */
    readonly indexPrefix: string;
    /** For one search and all of its requests: clients have an answer or an error within 3 seconds where this is 2,500 or less. */
    readonly searchTimeoutMs: number;
    /** How long a search waits for the write that it is to find; half a second more is for its hits. */
    readonly afterWriteMs: number;
    readonly writeTimeoutMs: number;
  };
  /** The function that rebuilds search indexes in Lambda; undefined where there is none. */
  readonly reindexFunction: string | undefined;
  /** Read capacity units a second that the scheduled comparison of indexes and table may use. */
  readonly doctorMaxRcu: number;
  readonly logLevel: 'debug' | 'info' | 'warn' | 'error' | 'silent';
  /** `emf`: lines that CloudWatch makes metrics of; `log`: plain words in the log at level `debug`. */
  readonly metrics: 'emf' | 'log';
  /** Which deployment the metrics are of. */
  readonly deployment: Deployment;
}

/** The variables of {@link Config}. */
export const BASE_VARIABLES = {
  TABLE_NAME: required,
  DYNAMODB_ENDPOINT: z.optional(url('http://localhost:8000')),
  MEILI_HOST: url('https://search.example.com'),
  PLAIN_HTTP: z.optional(
    z
      .string()
      .check(
        z.refine(
          (value) => listOf(value).every((name) => PLAIN_HTTP_VARIABLES.some((each) => each === name)),
          `must name variables, with commas between them: ${PLAIN_HTTP_VARIABLES.join(', ')}`,
        ),
      ),
  ),
  MEILI_API_KEY: required,
  SEARCH_INDEX_PREFIX: z._default(
    z.string().check(z.regex(/^[A-Za-z0-9_-]*$/, 'may hold letters, digits, "_" and "-"')),
    '',
  ),
  SEARCH_TIMEOUT_MS: positive(2_000),
  SEARCH_AFTER_WRITE_MS: positive(2_000, 10_000),
  SEARCH_WRITE_TIMEOUT_MS: positive(30_000),
  REINDEX_FUNCTION: z.optional(required),
  DOCTOR_MAX_RCU: positive(1_000),
  LOG_LEVEL: oneOf(['debug', 'info', 'warn', 'error', 'silent'], 'info'),
  METRICS: oneOf(['emf', 'log'], 'log'),
  SERVICE_NAME: z._default(required, 'roster'),
  STAGE: z._default(required, 'dev'),
} as const;

const Variables = z.object(BASE_VARIABLES);

/** The environment does not describe a working configuration. */
export class ConfigError extends Error {}

/**
 * Reads the configuration of any function from environment variables; docs/configuration.md lists them.
 *
 * @throws {@link ConfigError} naming every variable that is missing or wrong
 */
export const readConfig = (env: Environment): Config => configOf(readBy(Variables, env));

/**
 * Reads variables.
 *
 * @param moreProblems that the variables have with each other
 * @throws {@link ConfigError} with all problems, and with what a deployment must not start with
 */
export function readBy<T extends z.ZodMiniType>(
  variables: T,
  env: Environment,
  moreProblems: readonly string[] = [],
): z.output<T> {
  const result = variables.safeParse(env);
  const problems = (result.error?.issues ?? []).map(({ path, message }) => {
    const name = String(path[0]);
    return `${name} ${env[name] === undefined ? 'is not set' : message}`;
  });
  problems.push(...moreProblems, ...deploymentProblems(env));
  if (!result.success || problems.length > 0) throw new ConfigError(`environment: ${problems.join('; ')}`);
  return result.data;
}

/** What the variables say. */
export const configOf = (value: z.output<typeof Variables>): Config => ({
  tableName: value.TABLE_NAME,
  dynamodbEndpoint: value.DYNAMODB_ENDPOINT,
  search: {
    host: value.MEILI_HOST,
    apiKey: value.MEILI_API_KEY,
    indexPrefix: value.SEARCH_INDEX_PREFIX,
    searchTimeoutMs: value.SEARCH_TIMEOUT_MS,
    afterWriteMs: value.SEARCH_AFTER_WRITE_MS,
    writeTimeoutMs: value.SEARCH_WRITE_TIMEOUT_MS,
  },
  reindexFunction: value.REINDEX_FUNCTION,
  doctorMaxRcu: value.DOCTOR_MAX_RCU,
  logLevel: value.LOG_LEVEL,
  metrics: value.METRICS,
  deployment: { service: value.SERVICE_NAME, stage: value.STAGE },
});
