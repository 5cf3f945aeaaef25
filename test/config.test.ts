import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { readApiConfig, VARIABLES } from '../src/api-config.ts';
import { BASE_VARIABLES, ConfigError, readConfig } from '../src/config.ts';

const GOOD = {
  TABLE_NAME: 'roster-test',
  MEILI_HOST: 'http://localhost:7700',
  MEILI_API_KEY: 'key',
  AUTH_ISSUER: 'https://issuer.example',
  AUTH_AUDIENCE: 'roster',
  AUTH_JWKS: 'https://issuer.example/.well-known/jwks.json',
  CURSOR_SECRET: 'x'.repeat(32),
};

it('takes defaults where there are any', () => {
  expect(readApiConfig(GOOD)).toMatchObject({
    dynamodbEndpoint: undefined,
    search: { indexPrefix: '', searchTimeoutMs: 2_000, afterWriteMs: 2_000, writeTimeoutMs: 30_000 },
    workBudgetRows: 10_000,
    explain: 'role',
    logLevel: 'info',
  });
});

const LIMITS = {
  bodyBytes: 1_000_000,
  answerBytes: 4_500_000,
  tokens: 5_000,
  depth: 20,
  aliases: 100,
  directives: 50,
  values: 5_000,
  cost: 100_000,
};

it.each([
  [undefined, true],
  ['dev', true],
  ['test', true],
  ['prod', false],
  ['staging', false],
])('of stage %s, the doors are open: %s', (STAGE, isOpen) => {
  expect(readApiConfig({ ...GOOD, STAGE }).doors).toEqual({
    limits: { ...LIMITS, timeoutMs: 25_000 },
    introspection: isOpen,
    preflight: !isOpen,
    corsOrigins: [],
    operations: 'any',
    showsErrors: false,
  });
});

it('names everything that is missing', () => {
  expect(() => readApiConfig({})).toThrow(ConfigError);
  for (const name of Object.keys(GOOD))
    expect(() => readApiConfig({ ...GOOD, [name]: undefined })).toThrow(`${name} is not set`);
});

it.each([
  ['MEILI_HOST', 'localhost', 'must be a URL such as https://search.example.com'],
  ['DYNAMODB_ENDPOINT', 'localhost:8000', 'must be a URL such as http://localhost:8000'],
  ['CURSOR_SECRET', 'short', 'must have 32 characters or more'],
  ['SEARCH_TIMEOUT_MS', '0', 'must be 1 or more'],
  ['SEARCH_AFTER_WRITE_MS', '0', 'must be 1 or more'],
  ['SEARCH_AFTER_WRITE_MS', '10001', 'must be 10000 or less'],
  ['SEARCH_INDEX_PREFIX', 'a b', 'may hold letters, digits, "_" and "-"'],
  ['TABLE_NAME', '', 'must not be empty'],
  ['EXPLAIN', 'nobody', 'must be one of role, everyone'],
  ['SEARCH_TOKEN_KEY', '', 'must not be empty'],
  ['SEARCH_TOKEN_KEY_UID', 'mine', 'must be the uid of a key, such as 6062abda-a5aa-4414-ac91-ecd7944c0f8d'],
  ['SEARCH_TOKEN_TTL_SECONDS', '59', 'must be 60 or more'],
  ['SEARCH_TOKEN_TTL_SECONDS', '3601', 'must be 3600 or less'],
  ['SEARCH_TOKEN_TTL_SECONDS', '15 minutes', 'must be a whole number'],
  ['SEARCH_PUBLIC_HOST', 'search.example.com', 'must be a URL such as https://search.example.com'],
  ['OPERATION_TIMEOUT_MS', '28001', 'must be 28000 or less'],
  ['MAX_ANSWER_BYTES', '4500001', 'must be 4500000 or less'],
  ['MAX_DEPTH', '0', 'must be 1 or more'],
  ['INTROSPECTION', 'yes', 'must be one of on, off'],
  ['PREFLIGHT_HEADER', 'no', 'must be one of required, optional'],
  ['OPERATIONS', 'trusted', 'must be one of any, registered'],
  ['ERRORS', 'all', 'must be one of masked, shown'],
  ['LOG_LEVEL', 'loud', 'must be one of debug, info, warn, error, silent'],
])('%s=%s is refused', (name, value, problem) => {
  expect(() => readApiConfig({ ...GOOD, [name]: value })).toThrow(`${name} ${problem}`);
});

const TOKENS = { SEARCH_TOKEN_KEY: 'key', SEARCH_TOKEN_KEY_UID: '6062abda-a5aa-4414-ac91-ecd7944c0f8d' };

it('gives out search tokens when it has a key for them, of 15 minutes and for MEILI_HOST unless told otherwise', () => {
  expect(readApiConfig(GOOD).searchToken).toBeUndefined();
  const { SEARCH_TOKEN_KEY: key, SEARCH_TOKEN_KEY_UID: keyUid } = TOKENS;
  expect(readApiConfig({ ...GOOD, ...TOKENS }).searchToken).toEqual({
    key,
    keyUid,
    ttlSeconds: 900,
    host: GOOD.MEILI_HOST,
  });
  const others = { SEARCH_TOKEN_TTL_SECONDS: '60', SEARCH_PUBLIC_HOST: 'https://search.example.com' };
  expect(readApiConfig({ ...GOOD, ...TOKENS, ...others }).searchToken).toMatchObject({
    ttlSeconds: 60,
    host: 'https://search.example.com',
  });
});

it.each([
  ['SEARCH_TOKEN_KEY', { SEARCH_TOKEN_KEY_UID: TOKENS.SEARCH_TOKEN_KEY_UID }, 'SEARCH_TOKEN_KEY_UID'],
  ['SEARCH_TOKEN_KEY_UID', { SEARCH_TOKEN_KEY: 'key' }, 'SEARCH_TOKEN_KEY'],
  ['SEARCH_TOKEN_KEY', { SEARCH_TOKEN_TTL_SECONDS: '60' }, 'SEARCH_TOKEN_TTL_SECONDS'],
  ['SEARCH_TOKEN_KEY_UID', { SEARCH_PUBLIC_HOST: 'https://search.example.com' }, 'SEARCH_PUBLIC_HOST'],
])('search tokens lack %s where there is only %j', (missing, given, set) => {
  const problem = `${missing} is not set, but ${set} is: set both, or unset ${set}`;
  expect(() => readApiConfig({ ...GOOD, ...given })).toThrow(problem);
  // Together with whatever else is wrong.
  expect(() => readApiConfig({ ...GOOD, ...given, TABLE_NAME: undefined })).toThrow(
    /TABLE_NAME is not set; .*SEARCH_TOKEN/,
  );
});

describe('an address without encryption', () => {
  const SECURE = { ...GOOD, MEILI_HOST: 'https://search.example', AWS_LAMBDA_FUNCTION_NAME: 'graphql' };

  it.each([
    ['MEILI_HOST', 'http://search.internal:7700'],
    ['MEILI_HOST', 'HTTP://10.0.0.1'],
    ['DYNAMODB_ENDPOINT', 'http://localhost.example.com'],
    ['AUTH_JWKS', 'http://issuer.example/keys'],
    ['SEARCH_PUBLIC_HOST', 'http://search.example'],
  ])('%s=%s is for development', (name, value) => {
    const env = { ...SECURE, ...(name === 'SEARCH_PUBLIC_HOST' && TOKENS), [name]: value };
    expect(() => readApiConfig(env)).toThrow(new RegExp(`^environment: ${name} must begin with https:, or [^;]*(;|$)`));
    expect(readApiConfig({ ...env, AWS_LAMBDA_FUNCTION_NAME: undefined })).toBeDefined();
  });

  it.each(['http://localhost:7700', 'http://127.0.0.1', 'http://[::1]:7700'])('%s is this machine', (MEILI_HOST) => {
    expect(readApiConfig({ ...SECURE, MEILI_HOST }).search.host).toBe(MEILI_HOST);
  });

  it('is for other functions no more than for the API, and for both where PLAIN_HTTP names its variable', () => {
    const plain = { ...SECURE, MEILI_HOST: 'http://search.internal', DYNAMODB_ENDPOINT: 'http://table.internal' };
    const problem = /MEILI_HOST must begin with https:.*in PLAIN_HTTP; DYNAMODB_ENDPOINT must begin with https:/;
    expect(() => readConfig(plain)).toThrow(problem);
    expect(() => readConfig({ ...plain, PLAIN_HTTP: 'MEILI_HOST' })).toThrow(/^environment: DYNAMODB_ENDPOINT/);
    const both = { ...plain, PLAIN_HTTP: 'MEILI_HOST, DYNAMODB_ENDPOINT' };
    expect(readApiConfig(both)).toMatchObject(readConfig(both));
    expect(readApiConfig({ ...both, ...TOKENS, SEARCH_PUBLIC_HOST: 'https://search.example' })).toBeDefined();
    expect(() => readApiConfig({ ...both, ...TOKENS })).toThrow(/^environment: SEARCH_PUBLIC_HOST must begin with/);
    // Keys of an issuer and what browsers are sent are nobody's to name.
    expect(() => readConfig({ ...SECURE, PLAIN_HTTP: 'AUTH_JWKS' })).toThrow(
      'PLAIN_HTTP must name variables, with commas between them: MEILI_HOST, DYNAMODB_ENDPOINT',
    );
  });
});

const OWN = VARIABLES.filter((name) => !(name in BASE_VARIABLES));

it('docs/configuration.md lists every variable where it belongs, and no other', async () => {
  const [, ...sections] = (await readFile('docs/configuration.md', 'utf8')).split(/^## /m);
  const [all = [], api = []] = ['All functions', 'The API'].map((title) => {
    const section = sections.find((each) => each.startsWith(`${title}\n`)) ?? '';
    return [...section.matchAll(/^\| `([A-Z_]+)` \|/gm)].map(([, name]) => name).sort();
  });
  expect(all).toEqual(Object.keys(BASE_VARIABLES).sort());
  expect(api).toEqual(OWN.toSorted());
});

it('functions that have no callers need nothing of the API, and are given nothing of it', async () => {
  const { TABLE_NAME, MEILI_HOST, MEILI_API_KEY } = GOOD;
  expect(readConfig({ TABLE_NAME, MEILI_HOST, MEILI_API_KEY })).toMatchObject({ tableName: TABLE_NAME });
  expect(() => readConfig({})).toThrow(
    /^environment: TABLE_NAME is not set; MEILI_HOST is not set; MEILI_API_KEY is not set$/,
  );
  const { functions } = parse(await readFile('serverless.yml', 'utf8'), { merge: true });
  const { graphql, ...others } = functions as Record<string, { environment: object }>;
  const given = (each?: { environment: object }) =>
    Object.keys(each?.environment ?? {}).map((name) => name.replace(/_PARAMETER$/, ''));
  expect(given(graphql)).toEqual(expect.arrayContaining(['AUTH_JWKS', 'CURSOR_SECRET']));
  expect(
    Object.values(others)
      .flatMap(given)
      .filter((name) => OWN.includes(name)),
  ).toEqual([]);
});
