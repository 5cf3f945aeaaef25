import * as z from 'zod/mini';
import { BASE_VARIABLES, type Config, configOf, type Environment, readBy } from './config.ts';
import { apiDeploymentProblems } from './development.ts';
import { DOOR_VARIABLES, type Doors, doorsOf } from './doors.ts';
import { isList, listOf, oneOf, positive, required, url, within } from './variables.ts';

/** What the API needs beside {@link Config}: it has callers, tokens, cursors and limits. */
export interface ApiConfig extends Config {
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
  /** Rows that one operation may read: those of its lists, shown or not, those that it counts, and items by their keys. */
  readonly workBudgetRows: number;
  readonly doors: Doors;
  /** Who may see what their operations cost: those whose role allows it, or everyone, where the data are nobody's. */
  readonly explain: 'role' | 'everyone';
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

const Variables = z.object({
  ...BASE_VARIABLES,
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
  WORK_BUDGET_ROWS: positive(10_000),
  ...DOOR_VARIABLES,
  EXPLAIN: oneOf(['role', 'everyone'], 'role'),
});

/** The names of all variables; those that are not among {@link BASE_VARIABLES} are the API's own. */
export const VARIABLES: readonly string[] = Object.keys(Variables.shape);

/** Those of search tokens, which are off where none is set. */
export const TOKEN_VARIABLES = [
  'SEARCH_TOKEN_KEY',
  'SEARCH_TOKEN_KEY_UID',
  'SEARCH_TOKEN_TTL_SECONDS',
  'SEARCH_PUBLIC_HOST',
] as const satisfies readonly (keyof typeof Variables.shape)[];

/** The first two make no sense without each other, nor the others without them. */
function missingForTokens(env: Environment): string[] {
  const set = TOKEN_VARIABLES.find((name) => env[name] !== undefined);
  const missing = set === undefined ? [] : TOKEN_VARIABLES.slice(0, 2).filter((name) => env[name] === undefined);
  return missing.map((name) => `${name} is not set, but ${set} is: set both, or unset ${set}`);
}

/**
 * Reads the configuration of the API from environment variables; docs/configuration.md lists them.
 *
 * @throws ConfigError naming every variable that is missing or wrong
 */
export function readApiConfig(env: Environment): ApiConfig {
  const value = readBy(Variables, env, [...missingForTokens(env), ...apiDeploymentProblems(env)]);
  return {
    ...configOf(value),
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
    workBudgetRows: value.WORK_BUDGET_ROWS,
    doors: doorsOf(value),
    explain: value.EXPLAIN,
  };
}
