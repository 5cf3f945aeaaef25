import { readFile } from 'node:fs/promises';
import { beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { readApiConfig } from '../src/api-config.ts';
import { EXPOSED_HEADERS } from '../src/plugins/cors.ts';
import { EXPLAIN_HEADER } from '../src/plugins/explain.ts';
import { PREFLIGHT_HEADER } from '../src/plugins/http-door.ts';
import { createServer } from '../src/server.ts';
import { type Company, createCompany } from './support/company.ts';
import { hang } from './support/fault-proxy.ts';
import { operation, type ProxiedRoster, startProxiedRoster } from './support/proxied-roster.ts';

const SITE = 'https://app.example.com';
const TIMEOUT_MS = 700;
let roster: ProxiedRoster;
let acme: Company;
let authorization: string;

beforeAll(async () => {
  roster = await startProxiedRoster({ CORS_ORIGINS: SITE, OPERATION_TIMEOUT_MS: String(TIMEOUT_MS), ERRORS: 'shown' });
  acme = await createCompany(roster, 'acme');
  authorization = `Bearer ${await roster.token(acme.as.hr)}`;
  return () => roster.stop();
});

const JSON_TYPE = 'application/json';
const QUERY = '{ viewer { organization } }';
const query = (document = QUERY) => JSON.stringify({ query: document });

/** The same data as the outside of another stage sees them. */
function stage(name: string, overrides: Readonly<Record<string, string>> = {}) {
  // Of no issuer of development, with which no such stage starts.
  const issuer = { AUTH_ISSUER: 'https://issuer.example', AUTH_JWKS: 'https://issuer.example/keys' };
  const config = readApiConfig({ ...roster.env, ...issuer, ERRORS: 'masked', STAGE: name, ...overrides });
  const { auth } = roster.services.config;
  const server = createServer({ ...roster.services, config: { ...config, auth } });
  return async (path: string, init?: RequestInit) => server.fetch(new Request(`https://roster.test${path}`, init));
}

type Fetch = ReturnType<typeof stage>;

const post = (fetch: Fetch, body: string, headers: Readonly<Record<string, string>> = {}) =>
  fetch('/graphql', {
    method: 'POST',
    headers: { 'content-type': JSON_TYPE, accept: 'application/graphql-response+json', authorization, ...headers },
    body,
  });

async function codeOf(response: Response): Promise<unknown> {
  const { errors } = (await response.json()) as {
    readonly errors?: { readonly extensions: { readonly code: string } }[];
  };
  return errors?.[0]?.extensions.code;
}

describe('a POST that is not JSON is refused, whatever it says:', () => {
  const form = new URLSearchParams({ query: QUERY });
  it.each([
    ['a form', 'application/x-www-form-urlencoded', form.toString()],
    [
      'a form with files',
      'multipart/form-data; boundary=x',
      `--x\r\nContent-Disposition: form-data; name="operations"\r\n\r\n${query()}\r\n--x--\r\n`,
    ],
    ['text', 'text/plain', query()],
    ['a document', 'application/graphql', QUERY],
    ['JSON of another kind', 'application/graphql+json', query()],
    ['JSON of another encoding', 'application/json; charset=utf-16', query()],
    ['nothing said', '', query()],
    ['two types', 'application/json, text/plain', query()],
  ])('%s', async (_what, contentType, body) => {
    for (const accept of [JSON_TYPE, 'application/graphql-response+json']) {
      const response = await post(roster.fetch, body, { 'content-type': contentType, accept });
      expect(response.status).toBe(415);
      expect(await codeOf(response)).toBe('UNSUPPORTED_MEDIA_TYPE');
    }
  });

  it.each(['application/json', 'application/json; charset=utf-8', 'application/json;charset="UTF-8"'])(
    'and %s is answered',
    async (contentType) => {
      expect((await post(roster.fetch, query(), { 'content-type': contentType })).status).toBe(200);
    },
  );
});

describe('a GET', () => {
  const path = `/graphql?query=${encodeURIComponent(QUERY)}`;

  it('needs a header of its own but in development, which links and forms can not send', async () => {
    const headers = { authorization, accept: JSON_TYPE };
    expect((await roster.fetch(path, { headers })).status).toBe(200);
    const prod = stage('prod');
    const refused = await prod(path, { headers });
    expect([refused.status, await codeOf(refused)]).toEqual([400, 'PREFLIGHT_REQUIRED']);
    const answered = await prod(path, { headers: { ...headers, [PREFLIGHT_HEADER]: '1' } });
    expect(await answered.json()).toEqual({ data: { viewer: { organization: 'acme' } } });
    expect((await stage('prod', { PREFLIGHT_HEADER: 'optional' })(path, { headers })).status).toBe(200);
  });
});

describe('the schema', () => {
  const introspection = query('{ __schema { types { name } } }');
  const misspelt = query('{ viewr { organization } }');
  const wrongValue = JSON.stringify({
    query: 'query($t: Team!) { searchEmployees(query: "", filter: { team: { eq: $t } }) { totalCount } }',
    variables: { t: 'ENGINERING' },
  });

  it.each(['dev', 'test'])('can be asked for in stage %s, where errors suggest names', async (name) => {
    const fetch = stage(name);
    expect((await post(fetch, introspection)).status).toBe(200);
    expect(await (await post(fetch, misspelt)).text()).toMatch(/Did you mean/);
  });

  it.each(['prod', 'staging'])('is told nobody in stage %s, be it by introspection or by suggestions', async (name) => {
    const fetch = stage(name);
    expect((await post(fetch, introspection)).status).toBe(400);
    expect((await post(fetch, query('{ __type(name: "Query") { name } }'))).status).toBe(400);
    for (const body of [misspelt, wrongValue]) {
      const answer = await (await post(fetch, body)).text();
      expect(answer).toMatch(/errors/);
      expect(answer).not.toMatch(/Did you mean/);
    }
    expect((await post(fetch, query('{ viewer { __typename } }'))).status).toBe(200);
    expect((await post(stage(name, { INTROSPECTION: 'on' }), introspection)).status).toBe(200);
  });
});

describe('pages of other sites', () => {
  const preflight = (fetch: Fetch, origin: string) =>
    fetch('/graphql', {
      method: 'OPTIONS',
      headers: { origin, 'access-control-request-method': 'POST', 'access-control-request-headers': 'authorization' },
    });

  it('may ask where they are listed', async () => {
    const { headers } = await preflight(roster.fetch, SITE);
    expect(headers.get('access-control-allow-origin')).toBe(SITE);
    expect(headers.get('access-control-allow-headers')).toContain('authorization');
    expect((await post(roster.fetch, query(), { origin: SITE })).headers.get('access-control-allow-origin')).toBe(SITE);
  });

  it.each(['https://evil.example', 'null', `${SITE}.evil.example`, 'http://app.example.com'])(
    '%s may not',
    async (origin) => {
      for (const response of [await preflight(roster.fetch, origin), await post(roster.fetch, query(), { origin })])
        expect(response.headers.get('access-control-allow-origin')).toBeNull();
    },
  );

  it('may send what the API asks for, and read what it tells, through API Gateway, which answers them by itself', async () => {
    const stack = parse(await readFile('serverless.yml', 'utf8'));
    const [{ extensions }] = stack.resources;
    const [, { AllowHeaders, ExposeHeaders }] = extensions.HttpApi.Properties.CorsConfiguration['Fn::If'];
    expect(AllowHeaders).toEqual(['content-type', 'authorization', EXPLAIN_HEADER, PREFLIGHT_HEADER]);
    expect(ExposeHeaders).toEqual(EXPOSED_HEADERS);
    const { headers } = await post(roster.fetch, query(), { origin: SITE });
    expect(headers.get('access-control-expose-headers')).toBe(EXPOSED_HEADERS.join(', '));
  });

  it.each(['*', 'app.example.com', `${SITE}/`, `${SITE},`])('CORS_ORIGINS=%s is refused', (value) => {
    expect(() => readApiConfig({ ...roster.env, CORS_ORIGINS: value })).toThrow(
      'CORS_ORIGINS must be origins such as https://app.example.com, with commas between them',
    );
  });
});

it.each([
  ['an answer', () => post(roster.fetch, query())],
  ['a refusal', () => post(roster.fetch, '{')],
  ['another address', () => roster.fetch('/elsewhere')],
])('%s says that browsers must neither keep nor show it', async (_what, ask) => {
  const { headers } = await ask();
  expect(Object.fromEntries(headers)).toMatchObject({
    'cache-control': 'no-store',
    'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
    'referrer-policy': 'no-referrer',
    'strict-transport-security': 'max-age=63072000; includeSubDomains',
    'x-content-type-options': 'nosniff',
    'x-frame-options': 'DENY',
    'x-request-id': expect.stringMatching(/^[\w-]{36}$/),
  });
});

it('a request keeps the id that it came with, where it looks like one', async () => {
  const idOf = async (id: string) =>
    (await post(roster.fetch, query(), { 'x-request-id': id })).headers.get('x-request-id');
  expect(await idOf('JKJaXmPLvHcESHA=')).toBe('JKJaXmPLvHcESHA=');
  for (const id of ['', 'short', 'x'.repeat(65), 'with "quotes" in it']) expect(await idOf(id)).not.toBe(id);
});

describe('what went wrong on our side', () => {
  const fail = async (fetch: Fetch) => {
    roster.dynamodb.inject(operation('GetItem'), async () => ({
      status: 400,
      body: Buffer.from('{"__type":"com.amazonaws.dynamodb.v20120810#ValidationException","message":"secret detail"}'),
    }));
    const response = await post(fetch, JSON.stringify({ query: '{ node(id: "T2ZmaWNlOm5vbmU") { id } }' }));
    expect(response.status).toBe(200);
    const { errors } = (await response.json()) as { errors: { message: string; extensions: object }[] };
    return { id: response.headers.get('x-request-id'), error: errors[0] };
  };

  it('is told developers, with the id of the request', async () => {
    const { id, error } = await fail(roster.fetch);
    expect(error?.message).toBe(
      `something went wrong on our side (ValidationException: secret detail); quote ${id} to report it`,
    );
    expect(error?.extensions).toMatchObject({ code: 'INTERNAL_SERVER_ERROR', requestId: id });
  });

  it.each(['prod', 'staging', 'dev'])('is told nobody else in stage %s', async (name) => {
    const { id, error } = await fail(stage(name));
    expect(error?.message).toBe(`something went wrong on our side; quote ${id} to report it`);
  });
});

describe('a deployed process does not start with', () => {
  const GOOD = {
    ...{ AUTH_ISSUER: 'https://issuer.example', AUTH_JWKS: 'https://issuer.example/keys' },
    ERRORS: 'masked',
  };
  const LAMBDA = { AWS_LAMBDA_FUNCTION_NAME: 'graphql' };

  it.each([
    ['NODE_ENV is "development"', { ...LAMBDA, NODE_ENV: 'development' }],
    ['NODE_ENV is "development"', { STAGE: 'prod', NODE_ENV: 'development' }],
    ['ERRORS is "shown"', { ...LAMBDA, ERRORS: 'shown' }],
    ['ERRORS is "shown"', { STAGE: 'prod', ERRORS: 'shown' }],
    ['EXPLAIN is "everyone"', { NODE_ENV: 'production', EXPLAIN: 'everyone' }],
  ])('%s, as in %j', (problem, unsafe) => {
    const env = { ...roster.env, ...GOOD };
    expect(readApiConfig({ ...env, ...LAMBDA }).doors.showsErrors).toBe(false);
    expect(() => readApiConfig({ ...env, ...unsafe })).toThrow(problem);
  });
});

describe('an answer that is larger than answers may be', () => {
  const small: Fetch = (path, init) => stage('test', { MAX_ANSWER_BYTES: '400' })(path, init);

  const reading = (points: number) =>
    `{ ${Array.from({ length: points }, (_, i) => `a${i}: viewer { organization }`).join(' ')} }`;

  it('is an error, under both media types', async () => {
    for (const accept of [JSON_TYPE, 'application/graphql-response+json']) {
      expect((await post(small, query(reading(10)), { accept })).status).toBe(200);
      const response = await post(small, query(reading(20)), { accept });
      expect(response.status).toBe(400);
      expect(await response.json()).toEqual({
        errors: [
          {
            message: 'the answer has 600 bytes where 400 are allowed; ask for smaller pages, or for fewer fields',
            extensions: { code: 'ANSWER_TOO_LARGE' },
          },
        ],
      });
    }
  });

  it('says of a mutation that it has been executed', async () => {
    const { ids } = acme;
    const many = Array.from({ length: 30 }, (_, i) => `t${i}: title`).join(' ');
    const change = `mutation { updateTask(input: { id: "${ids.task}", title: "Done all the same" }) { ... on Task { ${many} } } }`;
    const response = await post(small, query(change));
    expect(await response.json()).toMatchObject({
      errors: [{ message: expect.stringContaining('the mutation has been executed') }],
    });
    const read = await post(roster.fetch, query(`{ task(id: "${ids.task}") { title } }`));
    expect(await read.json()).toMatchObject({ data: { task: { title: 'Done all the same' } } });
  });

  it('is no other for errors, however many', async () => {
    const denied = Array.from({ length: 5 }, (_, i) => `e${i}: employee(id: "${acme.ids.boss}") { salary { amount } }`);
    const client = `Bearer ${await roster.token(acme.as.client)}`;
    const response = await post(small, query(`{ ${denied.join(' ')} }`), { authorization: client });
    expect(await codeOf(response)).toBe('ANSWER_TOO_LARGE');
  });
});

describe('an operation that takes too long', () => {
  const ids = (document: string) => JSON.stringify({ query: document, variables: { id: acme.ids.ada } });

  it('ends with an error by which clients know that they may try again', async () => {
    roster.dynamodb.inject(operation('GetItem'), hang);
    const response = await post(
      roster.fetch,
      ids('query($id: ID!) { employee(id: $id) { firstName } viewer { role } }'),
    );
    expect(response.status).toBe(503);
    expect(await response.json()).toEqual({
      errors: [
        {
          message: 'the operation took longer than 0.7 seconds; try again, or ask for less at a time',
          extensions: { code: 'DEADLINE_EXCEEDED', retryable: true },
        },
      ],
    });
  });

  it('says of a mutation that some of it may be done, and does nothing of it any more', async () => {
    roster.dynamodb.inject(operation('UpdateItem'), hang);
    roster.dynamodb.requests.length = 0;
    const change = (name: string) => `updateEmployee(input: { id: $id, firstName: "${name}" }) { __typename }`;
    const response = await post(roster.fetch, ids(`mutation($id: ID!) { a: ${change('A')} b: ${change('B')} }`));
    expect(response.status).toBe(503);
    expect(await response.json()).toMatchObject({
      errors: [
        {
          message: expect.stringContaining('some of it may have been done: read before you try again'),
          extensions: { code: 'DEADLINE_EXCEEDED', retryable: false },
        },
      ],
    });
    const names = roster.dynamodb.requests.filter(operation('UpdateItem')).map(({ body }) => body);
    expect(names.some((body) => body.includes('"B"'))).toBe(false);
  });

  it.each([
    ['Query', 'query($id: ID!) { employee(id: $id) { reports { edges { node { office { name } } } } } }', 'boss'],
    ['GetItem', 'mutation($id: ID!) { updateTask(input: { id: $id, status: DONE }) { __typename } }', 'task'],
  ] as const)('sends nothing more than the %s that was under way', async (first, document, id) => {
    const answered = Promise.withResolvers<void>();
    const release = roster.dynamodb.inject(operation(first), async (_request, forward) => {
      const answer = await forward();
      await answered.promise;
      return answer;
    });
    const body = JSON.stringify({ query: document, variables: { id: acme.ids[id] } });
    expect((await post(roster.fetch, body)).status).toBe(503);
    release();
    roster.dynamodb.requests.length = 0;
    answered.resolve();
    // What runs on behalf of these comes later than what the answered call led to.
    for (const name of ['ada', 'bob'] as const) {
      const later = { query: 'query($id: ID!) { employee(id: $id) { firstName } }', variables: { id: acme.ids[name] } };
      expect((await post(roster.fetch, JSON.stringify(later))).status).toBe(200);
    }
    const sent = roster.dynamodb.requests.map(({ operation: asked }) => asked?.split('.')[1]);
    expect(sent).toEqual(['GetItem', 'GetItem']);
  });
});
