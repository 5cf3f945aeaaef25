import { readFile } from 'node:fs/promises';
import { expect, it } from 'vitest';
import { ConfigError, readConfig, VARIABLES } from '../src/config.ts';

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
  expect(readConfig(GOOD)).toMatchObject({
    dynamodbEndpoint: undefined,
    search: { indexPrefix: '', searchTimeoutMs: 2_000, writeTimeoutMs: 30_000 },
    workBudgetRows: 10_000,
    explain: 'role',
    logLevel: 'info',
  });
});

it('names everything that is missing', () => {
  expect(() => readConfig({})).toThrow(ConfigError);
  for (const name of Object.keys(GOOD))
    expect(() => readConfig({ ...GOOD, [name]: undefined })).toThrow(`${name} is not set`);
});

it.each([
  ['MEILI_HOST', 'localhost', 'must be a URL such as https://search.example.com'],
  ['DYNAMODB_ENDPOINT', 'localhost:8000', 'must be a URL such as http://localhost:8000'],
  ['CURSOR_SECRET', 'short', 'must have 32 characters or more'],
  ['SEARCH_TIMEOUT_MS', '0', 'must be 1 or more'],
  ['SEARCH_INDEX_PREFIX', 'a b', 'may hold letters, digits, "_" and "-"'],
  ['TABLE_NAME', '', 'must not be empty'],
  ['EXPLAIN', 'nobody', 'must be one of role, everyone'],
  ['LOG_LEVEL', 'loud', 'must be one of debug, info, warn, error, silent'],
])('%s=%s is refused', (name, value, problem) => {
  expect(() => readConfig({ ...GOOD, [name]: value })).toThrow(`${name} ${problem}`);
});

it('docs/configuration.md lists every variable, and no other', async () => {
  const rows = (await readFile('docs/configuration.md', 'utf8')).matchAll(/^\| `([A-Z_]+)` \|/gm);
  expect([...rows].map(([, name]) => name).sort()).toEqual(VARIABLES.toSorted());
});
