import type { ServerResponse } from 'node:http';
import { beforeEach, expect, it } from 'vitest';
import { readApiConfig } from '../src/api-config.ts';
import { ConfigError } from '../src/config.ts';
import { ssmAddress, ssmParameters } from '../src/parameter-store.ts';
import { madeOf, withParameters } from '../src/parameters.ts';
import { createServer } from '../src/server.ts';
import { createApiServices } from '../src/services.ts';
import { startIssuer } from './support/issuer.ts';
import { recordLog } from './support/log.ts';
import { type ParameterStore, startParameterStore } from './support/parameter-store.ts';
import { NOW, testClock } from './support/roster.ts';

const NAMED = {
  MEILI_API_KEY_PARAMETER: '/roster/test/meili-search-key',
  CURSOR_SECRET_PARAMETER: '/roster/test/cursor-secret',
};
const VALUES = {
  '/roster/test/meili-search-key': 'the-first-key-of-meilisearch',
  '/roster/test/cursor-secret': 'the-first-secret-of-all-cursors!',
};

let store: ParameterStore;

beforeEach(async () => {
  store = await startParameterStore(VALUES);
  return () => store.stop();
});

/** Stands still but for who waits before another attempt, which takes a second and a bit. */
function waitingClock() {
  const clock = testClock();
  const backOff = async () => clock.set(new Date(clock.monotonicMs() + 1_001).toISOString());
  return { ...clock, backOff, monotonicMs: () => clock.monotonicMs() + 0.25 };
}

/** The environment of a process, where `after` says how many minutes of its time have passed. */
function openEnvironment(env: Readonly<Record<string, string>> = NAMED, random = () => 0) {
  const clock = waitingClock();
  const log = recordLog();
  const all = { ...store.env, ...env };
  const read = withParameters({ env: all, fetchParameters: ssmParameters(all, clock), clock, log, random });
  const after = (minutes: number) => clock.set(new Date(Date.parse(NOW) + minutes * 60_000).toISOString());
  return { read, after, clock, log };
}

const refuse = (status: number, type: string) => (response: ServerResponse) =>
  void response.writeHead(status).end(JSON.stringify({ __type: type }));

it('takes each variable from the parameter that is named for it, all by one request', async () => {
  const { read } = openEnvironment({ ...NAMED, TABLE_NAME: 'roster', OTHER_PARAMETER: '/not/a/variable/of/roster' });
  expect(await read()).toMatchObject({
    MEILI_API_KEY: 'the-first-key-of-meilisearch',
    CURSOR_SECRET: 'the-first-secret-of-all-cursors!',
    TABLE_NAME: 'roster',
  });
  expect(store.requests.map((names) => names.toSorted())).toEqual([Object.values(NAMED).toSorted()]);
});

it('asks nobody when nothing is named', async () => {
  const { read } = openEnvironment({ MEILI_API_KEY: 'key' });
  expect(await read()).toMatchObject({ MEILI_API_KEY: 'key' });
  expect(store.requests).toEqual([]);
});

it('asks for more than ten by several requests, and for what two variables share once', async () => {
  const variables = 'TABLE_NAME MEILI_HOST MEILI_API_KEY AUTH_ISSUER AUTH_AUDIENCE AUTH_JWKS CURSOR_SECRET STAGE'
    .concat(' SEARCH_TOKEN_KEY SEARCH_TOKEN_KEY_UID SERVICE_NAME LOG_LEVEL')
    .split(' ');
  for (const name of variables) store.values.set(name, `the value of ${name}`);
  const named = Object.fromEntries(variables.map((name) => [`${name}_PARAMETER`, name]));
  const { read } = openEnvironment({ ...named, METRICS_PARAMETER: 'STAGE' });
  expect(await read()).toMatchObject({ LOG_LEVEL: 'the value of LOG_LEVEL', METRICS: 'the value of STAGE' });
  expect(store.requests.map(({ length }) => length)).toEqual([10, 2]);
});

it.each([
  ['eu-central-1', 'https://ssm.eu-central-1.amazonaws.com'],
  ['us-gov-west-1', 'https://ssm.us-gov-west-1.amazonaws.com'],
  ['cn-north-1', 'https://ssm.cn-north-1.amazonaws.com.cn'],
])('asks that of its region: %s', (region, address) => {
  expect(ssmAddress(region)).toBe(address);
});

it('keeps values for five minutes, and has new ones after that', async () => {
  const { read, after } = openEnvironment();
  const [first, together] = await Promise.all([read(), read()]);
  store.values.set('/roster/test/meili-search-key', 'the-second-key-of-meilisearch');
  after(4.9);
  // The very same object: nothing is made anew for it.
  expect([together, await read()].every((each) => each === first)).toBe(true);
  expect(store.requests).toHaveLength(1);
  after(5);
  expect(await read()).toMatchObject({ MEILI_API_KEY: 'the-second-key-of-meilisearch' });
  after(10);
  expect(await read()).toBe(await read());
  expect(store.requests).toHaveLength(3);
});

it('asks up to a minute sooner, so that processes that have started together do not ask together', async () => {
  const { read, after } = openEnvironment(NAMED, () => 0.5);
  await read();
  after(4.4);
  await read();
  expect(store.requests).toHaveLength(1);
  after(4.5);
  await read();
  expect(store.requests).toHaveLength(2);
});

it('goes on with what it has for an hour while the Parameter Store is away, and then with nothing', async () => {
  const { read, after, log } = openEnvironment();
  const first = await read();
  store.answerBy((response) => response.destroy());
  after(6);
  expect(await read()).toBe(first);
  // Two seconds of attempts, and then none for ten.
  expect(store.requests).toHaveLength(3);
  expect(await read()).toBe(first);
  expect(store.requests).toHaveLength(3);
  expect(log.entries).toEqual([
    {
      level: 'error',
      msg: 'Secrets could not be fetched; those from before are used.',
      reason: expect.stringContaining('/roster/test/cursor-secret'),
    },
  ]);
  after(59.9);
  expect(await read()).toBe(first);
  after(60.1);
  await expect(read()).rejects.toThrow(ConfigError);
});

it('gives up after seven seconds of attempts where it has nothing, and has the next request ask anew', async () => {
  const { read } = openEnvironment();
  store.answerBy((response) => response.destroy());
  await expect(read()).rejects.toThrow(
    /^the Parameter Store did not give \/roster\/test\/\S+, \/roster\S+: it did not answer: (?!fetch failed)/,
  );
  expect(store.requests).toHaveLength(7);
  store.answerBy();
  expect(await read()).toMatchObject({ MEILI_API_KEY: 'the-first-key-of-meilisearch' });
});

it('waits for no answer longer than there is time', async () => {
  store.answerBy(() => undefined);
  const fetchParameters = ssmParameters(store.env, waitingClock());
  await expect(fetchParameters(['a'], 20)).rejects.toThrow(
    'it did not answer: The operation was aborted due to timeout',
  );
});

it('stops when a parameter is taken away, and says which', async () => {
  const { read, after } = openEnvironment();
  await read();
  store.values.delete('/roster/test/meili-search-key');
  after(5);
  await expect(read()).rejects.toThrow(
    'environment: MEILI_API_KEY_PARAMETER names /roster/test/meili-search-key, which the Parameter Store does not have; put it there',
  );
});

it('refuses a variable that is given in both ways', async () => {
  const { read } = openEnvironment({ ...NAMED, CURSOR_SECRET: 'x'.repeat(32) });
  await expect(read()).rejects.toThrow(
    'environment: CURSOR_SECRET and CURSOR_SECRET_PARAMETER are both set; unset one of them',
  );
  expect(store.requests).toEqual([]);
});

it.each([
  ['a throttled request', refuse(400, 'ThrottlingException')],
  ['an error of the service', refuse(500, 'InternalServerError')],
  ['a connection that is reset', (response: ServerResponse) => void response.destroy()],
])('asks again after %s', async (_what, answer) => {
  let left = 5;
  store.answerBy((response) => {
    if (--left === 0) store.answerBy();
    answer(response);
  });
  const { read } = openEnvironment();
  expect(await read()).toMatchObject({ MEILI_API_KEY: 'the-first-key-of-meilisearch' });
  expect(store.requests).toHaveLength(6);
});

it.each([
  ['a refusal', refuse(400, 'AccessDeniedException'), /: it answered 400: {"__type":"AccessDeniedException"}$/],
  [
    'an answer of another kind',
    (response: ServerResponse) => void response.end('{"Parameters":[{"Value":"a-secret"}]}'),
    /: its answer is not one of GetParameters$/,
  ],
])('does not ask again after %s, and quotes no value', async (_what, answer, message) => {
  store.answerBy(answer);
  const { read } = openEnvironment();
  await expect(read()).rejects.toThrow(message);
  await expect(read()).rejects.not.toThrow('a-secret');
  expect(store.requests).toHaveLength(1);
});

it('accepts tokens by the key set of the day: those of the old one end with it', async () => {
  const issuer = await startIssuer(testClock());
  await issuer.stop();
  const env = {
    ...NAMED,
    AUTH_JWKS_PARAMETER: '/roster/test/auth-jwks',
    AUTH_ISSUER: 'https://issuer.example',
    AUTH_AUDIENCE: 'roster',
    TABLE_NAME: 'none',
    MEILI_HOST: 'http://127.0.0.1:1',
  };
  const publish = () => store.values.set('/roster/test/auth-jwks', JSON.stringify({ keys: issuer.keys.slice(-1) }));
  publish();
  const { read, after, clock, log } = openEnvironment(env);
  const getServer = madeOf(read, (values) => createServer(createApiServices(readApiConfig(values), { clock, log })));
  const claims = { iss: 'https://issuer.example', aud: 'roster', sub: 'somebody', org: 'acme', role: 'HR' };
  const statusOf = async (token: string) => {
    const headers = {
      'content-type': 'application/json',
      accept: 'application/graphql-response+json',
      authorization: `Bearer ${token}`,
    };
    const body = JSON.stringify({ query: '{ viewer { organization } }' });
    const request = new Request('http://roster.test/graphql', { method: 'POST', headers, body });
    return (await (await getServer()).fetch(request)).status;
  };
  const old = await issuer.sign(claims);
  await issuer.rotate();
  const recent = await issuer.sign(claims);
  expect([await statusOf(old), await statusOf(recent)]).toEqual([200, 401]);
  publish();
  after(5);
  expect([await statusOf(old), await statusOf(recent)]).toEqual([401, 200]);
});
