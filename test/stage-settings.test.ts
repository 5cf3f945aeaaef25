import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, expect, it } from 'vitest';
import { parse } from 'yaml';
import { parametersOf } from '../dev/search/stage.ts';
import { runSearch, startSearch } from './fixtures/search-command.ts';
import { type ParameterStore, startParameterStore } from './support/parameter-store.ts';
import { startRoster } from './support/roster.ts';

const INCOMPLETE = 'the settings of stage test are not complete: ';
let store: ParameterStore;
let tableOnly: Record<string, string>;

beforeAll(async () => {
  const roster = await startRoster();
  const { MEILI_HOST = '', MEILI_API_KEY = '', ...others } = roster.env;
  store = await startParameterStore({
    '/roster/test/meili-host': MEILI_HOST,
    '/roster/test/meili-admin-key': MEILI_API_KEY,
  });
  const { AWS_ENDPOINT_URL_SSM = '', AWS_REGION, ...credentials } = store.env;
  // As `aws configure` leaves it.
  const home = await mkdtemp(join(tmpdir(), 'roster-home-'));
  await mkdir(join(home, '.aws'));
  const lines = Object.entries(credentials).map(([name, value]) => `${name.toLowerCase()} = ${value}\n`);
  await writeFile(join(home, '.aws/credentials'), `[operator]\n${lines.join('')}`);
  await writeFile(join(home, '.aws/config'), `[profile operator]\nregion = ${AWS_REGION}\n`);
  tableOnly = { ...others, HOME: home, AWS_ENDPOINT_URL_SSM, AWS_EC2_METADATA_DISABLED: 'true' };
  return async () => {
    await store.stop();
    await roster.stop();
    await rm(home, { recursive: true });
  };
});

const STATUS = ['status', '--stage', 'test'];
/** In a process of its own, whose environment is all that AWS's clients know. */
const status = (env: Readonly<Record<string, string>>) => startSearch(STATUS, env);

it('has Meilisearch from the Parameter Store, by a profile of AWS, where nothing else names one', async () => {
  const { code, out } = await status({ ...tableOnly, AWS_PROFILE: 'operator' });
  expect([code, out]).toEqual([0, expect.stringMatching(/The search of stage test:[\s\S]*Search engine: \d+ tasks/)]);
  expect(store.requests).toEqual([['/roster/test/meili-host', '/roster/test/meili-admin-key']]);
});

it('tells what is wrong, and sends no key to a server that it may not be for', async () => {
  const asked = store.requests.length;
  const [nobody, mixed, plain] = await Promise.all([
    status({ ...tableOnly, AWS_REGION: 'eu-central-1' }),
    runSearch(STATUS, { ...tableOnly, MEILI_HOST: 'http://localhost:7700' }),
    runSearch(['status', '--stage', 'dev'], {
      ...tableOnly,
      MEILI_HOST: 'http://search.internal',
      MEILI_API_KEY: 'key',
    }),
  ]);
  const unasked = `${INCOMPLETE}MEILI_HOST and MEILI_API_KEY are not set, and the Parameter Store can't be asked: `;
  expect(nobody.output).toContain(`${unasked}Could not load credentials`);
  expect(mixed.output).toContain(`${INCOMPLETE}MEILI_API_KEY is not set\n`);
  expect(plain.output).toMatch(/^the settings of stage dev are not complete: MEILI_HOST must begin with https:/);
  expect([nobody, mixed, plain].map(({ code }) => code)).toEqual([2, 2, 2]);
  expect(store.requests).toHaveLength(asked);
  store.values.delete('/roster/test/meili-admin-key');
  expect((await status({ ...tableOnly, AWS_PROFILE: 'operator' })).output).toContain(
    `${INCOMPLETE}MEILI_API_KEY_PARAMETER names /roster/test/meili-admin-key, which the Parameter Store does not have`,
  );
});

it('are those that the stack gives to the functions that index', async () => {
  const { provider, functions } = parse(await readFile('serverless.yml', 'utf8'), { merge: true });
  const { MEILI_HOST_PARAMETER, MEILI_API_KEY_PARAMETER } = {
    ...provider.environment,
    ...functions.maintain.environment,
  };
  const said = Object.entries({ MEILI_HOST_PARAMETER, MEILI_API_KEY_PARAMETER });
  const resolved = said.map(([name, value]) => [name, value.replace(/^.*\}/, '/roster/prod')]);
  expect(parametersOf('prod')).toEqual(Object.fromEntries(resolved));
});
