import * as z from 'zod/mini';
import { developmentProblems } from './development.ts';
import { DOOR_VARIABLES, type Doors, doorsOf } from './doors.ts';
import type { Deployment } from './metrics.ts';
import { isList, listOf, oneOf, positive, required, url, within } from './variables.ts';

/** Everything that differs between stages, validated once. */
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
  /** How frontends get to search by themselves; undefined where they may not. */
  readonly searchToken:
    | {
        /** A key of Meilisearch that may search and nothing else; signs the tokens. */
        readonly key: string;
        readonly keyUid: string;
        readonly ttlSeconds: number;
        /** Where browsers reach Meilisearch. */
        readonly host: string;
      }
    | undefined;
  readonly auth: {
    readonly issuer: string;
    /** For whom tokens may be: any of these. */
    readonly audiences: readonly string[];
    /** Address of the issuer's key set, or the key set itself as JSON. */
    readonly jwks: string;
    /** How long a token may be good in all. */
    readonly maxLifetimeSeconds: number;
    /** The names of the claims that issuers call differently. */
    readonly claims: {
      readonly audience: string;
      readonly org: string;
      readonly role: string;
      readonly employee: string;
    };
  };
  /** Encrypts cursors; 32 characters or more. Changing it makes the cursors that clients hold invalid. */
  readonly cursorSecret: string;
  /** The function that rebuilds search indexes in Lambda; undefined where there is none. */
  readonly reindexFunction: string | undefined;
  /** Read capacity units a second that the scheduled comparison of indexes and table may use. */
  readonly doctorMaxRcu: number;
  /** Rows that one operation may read: those of its lists, shown or not, those that it counts, and items by their keys. */
  readonly workBudgetRows: number;
  readonly doors: Doors;
  /** Who may see what their operations cost: those whose role allows it, or everyone, where the data are nobody's. */
  readonly explain: 'role' | 'everyone';
  readonly logLevel: 'debug' | 'info' | 'warn' | 'error' | 'silent';
  /** `emf`: lines that CloudWatch makes metrics of; `log`: plain words in the log at level `debug`. */
  readonly metrics: 'emf' | 'log';
  /** Which deployment the metrics are of. */
  readonly deployment: Deployment;
}

function isKeySet(value: string): boolean {
  if (!value.startsWith('{')) return /^https?:/.test(value) && URL.canParse(value);
  try {
    const { keys } = JSON.parse(value) as { readonly keys?: unknown };
    return Array.isArray(keys);
  } catch {
    // Whatever is wrong with the JSON, it is no key set.
    return false;
  }
}

const Environment = z.object({
  TABLE_NAME: required,
  DYNAMODB_ENDPOINT: z.optional(url('http://localhost:8000')),
  MEILI_HOST: url('https://search.example.com'),
  MEILI_API_KEY: required,
  SEARCH_INDEX_PREFIX: z._default(
    z.string().check(z.regex(/^[A-Za-z0-9_-]*$/, 'may hold letters, digits, "_" and "-"')),
    '',
  ),
  SEARCH_TIMEOUT_MS: positive(2_000),
  SEARCH_AFTER_WRITE_MS: positive(2_000, 10_000),
  SEARCH_WRITE_TIMEOUT_MS: positive(30_000),
  SEARCH_TOKEN_KEY: z.optional(required),
  SEARCH_TOKEN_KEY_UID: z.optional(z.guid('must be the uid of a key, such as 6062abda-a5aa-4414-ac91-ecd7944c0f8d')),
  SEARCH_TOKEN_TTL_SECONDS: z.optional(within(60, 3_600)),
  SEARCH_PUBLIC_HOST: z.optional(url('https://search.example.com')),
  AUTH_ISSUER: required,
  AUTH_AUDIENCE: required.check(z.refine(isList, 'must name one audience, or several with commas between them')),
  AUTH_JWKS: z
    .string()
    .check(z.refine(isKeySet, 'must be the address of a key set, or a key set as JSON such as {"keys": []}')),
  AUTH_MAX_LIFETIME_SECONDS: z._default(within(60, 31_536_000), 86_400),
  AUTH_CLAIM_AUDIENCE: z._default(required, 'aud'),
  AUTH_CLAIM_ORG: z._default(required, 'org'),
  AUTH_CLAIM_ROLE: z._default(required, 'role'),
  AUTH_CLAIM_EMPLOYEE: z._default(required, 'employee'),
  CURSOR_SECRET: z.string().check(z.minLength(32, 'must have 32 characters or more')),
  REINDEX_FUNCTION: z.optional(required),
  DOCTOR_MAX_RCU: positive(1_000),
  WORK_BUDGET_ROWS: positive(10_000),
  ...DOOR_VARIABLES,
  EXPLAIN: oneOf(['role', 'everyone'], 'role'),
  LOG_LEVEL: oneOf(['debug', 'info', 'warn', 'error', 'silent'], 'info'),
  METRICS: oneOf(['emf', 'log'], 'log'),
  SERVICE_NAME: z._default(required, 'roster'),
  STAGE: z._default(required, 'dev'),
});

/** The names of all variables. */
export const VARIABLES: readonly string[] = Object.keys(Environment.shape);

/** Those of search tokens, which are off where none is set. */
export const TOKEN_VARIABLES = [
  'SEARCH_TOKEN_KEY',
  'SEARCH_TOKEN_KEY_UID',
  'SEARCH_TOKEN_TTL_SECONDS',
  'SEARCH_PUBLIC_HOST',
] as const satisfies readonly (keyof typeof Environment.shape)[];

/** The first two make no sense without each other, nor the others without them. */
function missingForTokens(env: Readonly<Record<string, string | undefined>>): string[] {
  const set = TOKEN_VARIABLES.find((name) => env[name] !== undefined);
  const missing = set === undefined ? [] : TOKEN_VARIABLES.slice(0, 2).filter((name) => env[name] === undefined);
  return missing.map((name) => `${name} is not set, but ${set} is: set both, or unset ${set}`);
}

/** The environment does not describe a working configuration. */
export class ConfigError extends Error {}

/**
 * Reads the configuration from environment variables; docs/configuration.md lists them.
 *
 * @throws {@link ConfigError} naming every variable that is missing or wrong
 */
export function readConfig(env: Readonly<Record<string, string | undefined>>): Config {
  const result = Environment.safeParse(env);
  const problems = (result.error?.issues ?? []).map(({ path, message }) => {
    const name = String(path[0]);
    return `${name} ${env[name] === undefined ? 'is not set' : message}`;
  });
  problems.push(...missingForTokens(env), ...developmentProblems(env));
  if (!result.success || problems.length > 0) throw new ConfigError(`environment: ${problems.join('; ')}`);
  const value = result.data;
  return {
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
    searchToken:
      value.SEARCH_TOKEN_KEY !== undefined && value.SEARCH_TOKEN_KEY_UID !== undefined
        ? {
            key: value.SEARCH_TOKEN_KEY,
            keyUid: value.SEARCH_TOKEN_KEY_UID,
            ttlSeconds: value.SEARCH_TOKEN_TTL_SECONDS ?? 900,
            host: value.SEARCH_PUBLIC_HOST ?? value.MEILI_HOST,
          }
        : undefined,
    auth: {
      issuer: value.AUTH_ISSUER,
      audiences: listOf(value.AUTH_AUDIENCE),
      jwks: value.AUTH_JWKS,
      maxLifetimeSeconds: value.AUTH_MAX_LIFETIME_SECONDS,
      claims: {
        audience: value.AUTH_CLAIM_AUDIENCE,
        org: value.AUTH_CLAIM_ORG,
        role: value.AUTH_CLAIM_ROLE,
        employee: value.AUTH_CLAIM_EMPLOYEE,
      },
    },
    cursorSecret: value.CURSOR_SECRET,
    reindexFunction: value.REINDEX_FUNCTION,
    doctorMaxRcu: value.DOCTOR_MAX_RCU,
    workBudgetRows: value.WORK_BUDGET_ROWS,
    doors: doorsOf(value),
    explain: value.EXPLAIN,
    logLevel: value.LOG_LEVEL,
    metrics: value.METRICS,
    deployment: { service: value.SERVICE_NAME, stage: value.STAGE },
  };
}
