import { once } from 'node:events';
import { readdir, readFile } from 'node:fs/promises';
import { type AddressInfo, createServer } from 'node:net';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import type { DynamoDBBatchResponse } from 'aws-lambda';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Persona } from '../dev/identity.ts';
import { Office } from '../src/entities/index.ts';
import { realClock } from '../src/runtime.ts';
import { streamFilters } from '../src/search/indexer/event-filter.ts';
import { type Company, createCompany } from './support/company.ts';
import { startIssuer, type TestIssuer } from './support/issuer.ts';
import { hostFunction, type LambdaFunction } from './support/lambda/function.ts';
import { throughGateway } from './support/lambda/gateway.ts';
import { type Packaged, packaged } from './support/lambda/packaged.ts';
import { makeStageKeys, type StageKeys } from './support/meilisearch-keys.ts';
import { type ParameterStore, startParameterStore } from './support/parameter-store.ts';
import { startRoster, type TestRoster } from './support/roster.ts';
import { type JsonObject, resourcesOf } from './support/stack/template.ts';
import { eventOf, failuresOf, recordOf, showing } from './support/stream-events.ts';

// What is deployed to prod, in processes that speak Lambda's protocol, with the environment of the template.

let zip: Packaged;
let roster: TestRoster;
let acme: Company;
let issuer: TestIssuer;
let keys: StageKeys;
let store: ParameterStore;
const hosted: LambdaFunction[] = [];

beforeAll(async () => {
  [zip, roster, issuer] = await Promise.all([packaged('prod'), startRoster(), startIssuer(realClock())]);
  roster.clock.set(new Date().toISOString());
  [acme, keys] = await Promise.all([
    createCompany(roster, 'acme'),
    makeStageKeys(roster.env['SEARCH_INDEX_PREFIX'] ?? ''),
  ]);
  store = await startParameterStore(parameters());
});

afterAll(async () => {
  await Promise.all(hosted.map((each) => each.stop()));
  await Promise.all([store.stop(), issuer.stop(), roster.stop(), zip.remove()]);
});

/** What a prod stage has in the Parameter Store, but for this test's own servers. */
const parameters = () => ({
  '/roster/prod/meili-host': roster.env['MEILI_HOST'] ?? '',
  '/roster/prod/meili-search-key': keys.search,
  '/roster/prod/meili-admin-key': keys.indexing,
  '/roster/prod/auth-issuer': 'https://issuer.example',
  '/roster/prod/auth-audience': 'roster',
  '/roster/prod/auth-jwks': JSON.stringify({ keys: issuer.keys }),
  '/roster/prod/cursor-secret': 'a secret of prod, of thirty-two characters',
});

/** Starts a function of the zip. @param replaced instead of the template's and the test's own variables; '' for none */
async function host(name: string, replaced: Readonly<Record<string, string>> = {}, timeoutMs?: number) {
  const settings = zip.settingsOf(name);
  const { TABLE_NAME = '', DYNAMODB_ENDPOINT = '', SEARCH_INDEX_PREFIX = '' } = roster.env;
  const env: Record<string, string> = {
    ...settings.env,
    ...store.env,
    TABLE_NAME,
    DYNAMODB_ENDPOINT,
    SEARCH_INDEX_PREFIX,
    ...replaced,
  };
  for (const variable of Object.keys(env)) if (env[variable] === '') delete env[variable];
  const { handler, timeoutMs: usual } = settings;
  const started = await hostFunction({ name, root: zip.root, handler, env, timeoutMs: timeoutMs ?? usual });
  hosted.push(started);
  return started;
}

let shared: Promise<LambdaFunction> | undefined;

/** The API, warm after the first request. */
const api = (): Promise<LambdaFunction> => {
  shared ??= host('graphql');
  return shared;
};

const tokenOf = ({ org, role, employee }: Persona, claims: object = {}): Promise<string> =>
  issuer.sign({ iss: 'https://issuer.example', aud: 'roster', sub: employee ?? role, org, role, employee, ...claims });

/** Sends an operation, and takes answer and status. */
async function ask(token: string, query: string, variables = {}, target = api()) {
  const headers = {
    'content-type': 'application/json',
    accept: 'application/graphql-response+json',
    authorization: `Bearer ${token}`,
  };
  const body = JSON.stringify({ query, variables });
  const request = new Request('https://api.example/graphql', { method: 'POST', headers, body });
  const response = await throughGateway(await target, request);
  return { status: response.status, headers: response.headers, ...JSON.parse(await response.text()) };
}

it('is called for the records of the stream that the indexer needs', () => {
  const mappings: JsonObject[] = resourcesOf(zip.template, 'AWS::Lambda::EventSourceMapping');
  const patterns = mappings.map(({ FilterCriteria }) => Object(FilterCriteria).Filters.map(patternOf));
  expect(patterns).toEqual([streamFilters()]);
});

const patternOf = ({ Pattern }: { readonly Pattern: string }) => JSON.parse(Pattern);

it('answers queries by the table: an employee with their tasks, a project of others with its board', async () => {
  const token = await tokenOf(acme.as.employee);
  expect(
    await ask(token, '{ viewer { organization employee { firstName tasks { edges { node { title } } } } } }'),
  ).toMatchObject({ status: 200, data: { viewer: { organization: 'acme', employee: { firstName: 'Ada' } } } });
  const { data } = await ask(
    token,
    'query ($id: ID!) { project(id: $id) { name tasks { edges { node { title } } } } }',
    {
      id: acme.ids.project,
    },
  );
  expect(data.project).toMatchObject({ name: 'Apollo' });
  expect(data.project.tasks.edges).toHaveLength(5);
});

const CREATE = `mutation ($title: String!, $project: ID!) {
  createTask(input: { title: $title, project: $project }) { __typename ... on Task { id version title } }
}`;

it('writes by mutations, and finds what was written once the packaged indexer has had it from the stream', async () => {
  const token = await tokenOf(acme.as.manager);
  const written = await ask(token, CREATE, { title: 'Polish the zeppelin', project: acme.ids.project });
  expect(written).toMatchObject({ status: 200, data: { createTask: { __typename: 'Task', version: 1 } } });
  const indexer = await host('indexStream');
  const poller = roster.poller(async (event) => (await indexer.invoke(event)) as DynamoDBBatchResponse);
  poller.start();
  await poller.caughtUp();
  const { data } = await ask(
    token,
    '{ search(query: "zeppelin") { edges { node { __typename ... on Task { title } } } } }',
  );
  expect(data.search.edges).toEqual([{ node: { __typename: 'Task', title: 'Polish the zeppelin' } }]);
});

it('gives answers of up to 4.5 megabytes, whatever is in them, and an error for larger ones', async () => {
  const token = await tokenOf(acme.as.manager);
  // Text grows to twice its size whenever it is quoted, and Lambda quotes what is quoted already.
  const created = await ask(
    token,
    `mutation ($description: String!, $project: ID!) {
      createTask(input: { title: "Quote", description: $description, project: $project }) { ... on Task { id } }
    }`,
    { description: '"'.repeat(5_000), project: acme.ids.project },
  );
  const { id } = created.data.createTask;
  const ids = Array.from({ length: 100 }, () => id);
  const reading = (times: number) => {
    const fields = Array.from({ length: times }, (_, i) => `a${i}: nodes(ids: $ids) { ... on Task { description } }`);
    return ask(token, `query ($ids: [ID!]!) { ${fields.join(' ')} }`, { ids });
  };
  const { data } = await reading(4);
  expect(Object.values(data).flat()).toEqual(Array.from({ length: 400 }, () => ({ description: '"'.repeat(5_000) })));
  expect(await reading(5)).toMatchObject({ status: 400, errors: [{ extensions: { code: 'ANSWER_TOO_LARGE' } }] });
  expect((await api()).printed).toContain('"codes":["ANSWER_TOO_LARGE"]');
});

it('tells of a batch which records could not be applied, and Lambda to send them again', async () => {
  const indexer = await host('indexStream', { MEILI_HOST: 'http://127.0.0.1:1', MEILI_HOST_PARAMETER: '' });
  const record = recordOf(Office.key('acme', 'someoffice'), showing());
  expect(await indexer.invoke(eventOf(record))).toEqual(failuresOf(record));
});

it('refuses tokens that are none, of another issuer, or have expired', async () => {
  const past = Math.floor(Date.now() / 1_000) - 600;
  const stranger = await startIssuer(realClock());
  const forged = await stranger.sign({
    iss: 'https://issuer.example',
    aud: 'roster',
    sub: 'x',
    org: 'acme',
    role: 'HR',
  });
  await stranger.stop();
  for (const token of ['nonsense', forged, await tokenOf(acme.as.hr, { iat: past - 60, exp: past })])
    expect(await ask(token, '{ viewer { organization } }')).toMatchObject({
      status: 401,
      errors: [{ extensions: { code: 'UNAUTHENTICATED' } }],
    });
});

it('keeps to one organization and to the rights of roles', async () => {
  const { data } = await ask(
    await tokenOf({ org: 'other', role: 'HR' }),
    'query ($id: ID!) { employee(id: $id) { id } }',
    {
      id: acme.ids.ada,
    },
  );
  expect(data.employee).toBeNull();
  const denied = await ask(
    await tokenOf(acme.as.client),
    'query ($id: ID!) { employee(id: $id) { salary { amount } } }',
    {
      id: acme.ids.ada,
    },
  );
  expect(denied.errors).toHaveLength(1);
  expect(denied.errors[0].extensions.code).toBe('FORBIDDEN');
});

it('says nothing of what went wrong inside, in prod', async () => {
  const broken = host('graphql', { DYNAMODB_ENDPOINT: 'http://127.0.0.1:1' });
  const answer = await ask(
    await tokenOf(acme.as.hr),
    'query ($id: ID!) { employee(id: $id) { id } }',
    { id: acme.ids.ada },
    broken,
  );
  expect(answer.errors).toHaveLength(1);
  expect(JSON.stringify(answer)).not.toMatch(/127\.0\.0\.1|ECONNREFUSED|at .*\.mjs/);
  expect((await broken).printed).toContain('ECONNREFUSED');
  // Nor of the schema.
  const { data, errors } = await ask(await tokenOf(acme.as.hr), '{ __schema { types { name } } }');
  expect([data, errors.length > 0]).toEqual([undefined, true]);
});

it('takes bodies in base64, cookies, and headers and query keys that are given twice', async () => {
  const headers = new Headers({
    'content-type': 'application/json',
    cookie: 'a=1; b=2',
    authorization: `Bearer ${await tokenOf(acme.as.employee)}`,
    'graphql-require-preflight': '1',
  });
  headers.append('accept', 'text/plain;q=0.1');
  headers.append('accept', 'application/json');
  const query = '{ viewer { organization } }';
  const get = new Request(`https://api.example/graphql?query=${encodeURIComponent(query)}&tag=a&tag=b`, { headers });
  expect(await (await throughGateway(await api(), get)).json()).toEqual({ data: { viewer: { organization: 'acme' } } });
  // A type that API Gateway takes for no text, which is refused by its name and not for want of a body.
  const binary = new Request('https://api.example/graphql', {
    method: 'POST',
    headers: { ...Object.fromEntries(headers), 'content-type': 'application/octet-stream' },
    body: gzipSync(JSON.stringify({ query })),
  });
  expect((await throughGateway(await api(), binary)).status).toBe(415);
});

it('is healthy and ready, for anybody', async () => {
  for (const path of ['/health', '/ready'])
    expect((await throughGateway(await api(), new Request(`https://api.example${path}`))).status).toBe(200);
});

it('is ended by Lambda when it takes too long, and has a new process for the next request', async () => {
  // Takes connections and never answers.
  const silent = createServer(() => undefined).listen(0, '127.0.0.1');
  await once(silent, 'listening');
  const port = (silent.address() as AddressInfo).port;
  const slow = await host('graphql', { AWS_ENDPOINT_URL_SSM: `http://127.0.0.1:${port}` }, 1_000);
  const health = () => throughGateway(slow, new Request('https://api.example/health'));
  expect([(await health()).status, (await health()).status, slow.starts]).toEqual([500, 500, 2]);
  await expect(slow.invoke({})).rejects.toThrow('Task timed out after 1.00 seconds');
  silent.close();
});

it('imports from the zip what maintains, compares and rebuilds the indexes, and knows how much time is left', async () => {
  const [maintain, doctor, reindex] = await Promise.all([host('maintain'), host('doctor'), host('reindex')]);
  expect(await maintain.invoke({})).toBeTypeOf('object');
  expect(await doctor.invoke({})).toBeTypeOf('object');
  expect(await reindex.invoke({})).toMatchObject({ outcome: 'current' });
});

it('has its secrets in no template, no file of the zip and no line of a log', async () => {
  const secrets = Object.entries(parameters()).flatMap(([name, value]) =>
    /-(key|secret|jwks)$/.test(name) ? [value] : [],
  );
  expect(secrets).toHaveLength(4);
  const files = (await readdir(zip.root, { recursive: true, withFileTypes: true })).filter((file) => file.isFile());
  const texts = await Promise.all(files.map(({ parentPath, name }) => readFile(join(parentPath, name), 'utf8')));
  const everything = [JSON.stringify(zip.template), ...texts, ...hosted.map(({ printed }) => printed)];
  expect(files.every(({ name }) => name.endsWith('.mjs'))).toBe(true);
  expect(hosted.some(({ printed }) => printed.includes('"level":"INFO"'))).toBe(true);
  for (const secret of secrets) {
    expect(secret.length).toBeGreaterThan(20);
    expect(
      everything.filter((text) => text.includes(secret) || text.includes(JSON.stringify(secret).slice(1, -1))),
    ).toEqual([]);
  }
  // What is decrypted at deployment would be in the template of the account.
  expect(JSON.stringify(zip.template)).not.toContain('{{resolve:');
});
