import type { APIGatewayProxyEventV2 } from 'aws-lambda';
import { beforeAll, expect, it } from 'vitest';
import { answer } from '../src/lambda.ts';
import { type Company, createCompany } from './support/company.ts';
import { hang } from './support/fault-proxy.ts';
import { contextOf } from './support/lambda/context.ts';
import { operation, type ProxiedRoster, startProxiedRoster } from './support/proxied-roster.ts';

let roster: ProxiedRoster;
let acme: Company;
let graphql: typeof import('../handler.ts').graphql;

beforeAll(async () => {
  roster = await startProxiedRoster();
  // The handler's own clock is real, and so must the token's be.
  roster.clock.set(new Date().toISOString());
  acme = await createCompany(roster, 'acme');
  ({ graphql } = await import('../handler.ts'));
  return () => roster.stop();
});

/** An event as an HTTP API sends it, payload format 2.0. */
function event(method: string, path: string, overrides: Partial<APIGatewayProxyEventV2> = {}): APIGatewayProxyEventV2 {
  const [rawPath = '', rawQueryString = ''] = path.split('?');
  return {
    version: '2.0',
    routeKey: `${method} ${rawPath}`,
    rawPath,
    rawQueryString,
    headers: {},
    isBase64Encoded: false,
    requestContext: {
      accountId: '123456789012',
      apiId: 'api',
      domainName: 'api.execute-api.eu-central-1.amazonaws.com',
      domainPrefix: 'api',
      http: { method, path: rawPath, protocol: 'HTTP/1.1', sourceIp: '203.0.113.1', userAgent: 'test' },
      requestId: 'JKJaXmPLvHcESHA=',
      routeKey: `${method} ${rawPath}`,
      stage: '$default',
      time: '30/Jun/2026:09:00:00 +0000',
      timeEpoch: 1782810000000,
    },
    ...overrides,
  };
}

/** Calls the handler as Lambda does. @param leftMs what is left of its 29 seconds */
const call = (request: APIGatewayProxyEventV2, leftMs = 29_000) => graphql(request, contextOf(leftMs));

const QUERY = '{ viewer { organization employee { firstName } } }';
const EXPECTED = { data: { viewer: { organization: 'acme', employee: { firstName: 'Ada' } } } };

async function headers(): Promise<Record<string, string>> {
  return { 'content-type': 'application/json', authorization: `Bearer ${await roster.token(acme.as.employee)}` };
}

it('answers a POST', async () => {
  const result = await call(
    event('POST', '/graphql', { headers: await headers(), body: JSON.stringify({ query: QUERY }) }),
  );
  expect(result.statusCode).toBe(200);
  expect(result.headers?.['content-type']).toMatch(/json/);
  expect(JSON.parse(result.body ?? '')).toEqual(EXPECTED);
});

it('answers a POST whose body is in base64', async () => {
  const body = Buffer.from(JSON.stringify({ query: QUERY })).toString('base64');
  const result = await call(event('POST', '/graphql', { headers: await headers(), body, isBase64Encoded: true }));
  expect(JSON.parse(result.body ?? '')).toEqual(EXPECTED);
});

it("carries API Gateway's id of the request, whatever the client calls it", async () => {
  const claimed = event('GET', '/health', { headers: { 'x-request-id': 'somebody-elses' } });
  expect((await call(claimed)).headers?.['x-request-id']).toBe('JKJaXmPLvHcESHA=');
});

it('answers a GET', async () => {
  const result = await call(event('GET', `/graphql?query=${encodeURIComponent(QUERY)}`, { headers: await headers() }));
  expect(JSON.parse(result.body ?? '')).toEqual(EXPECTED);
});

it('refuses a mutation by GET', async () => {
  const query = encodeURIComponent('mutation { deleteTask(input: { id: "x" }) { __typename } }');
  expect((await call(event('GET', `/graphql?query=${query}`, { headers: await headers() }))).statusCode).toBe(405);
});

it('is healthy without a token, and nothing else is', async () => {
  expect((await call(event('GET', '/health'))).statusCode).toBe(200);
  const json = { 'content-type': 'application/json' };
  const refused = await call(event('POST', '/graphql', { headers: json, body: JSON.stringify({ query: QUERY }) }));
  expect(refused).toMatchObject({ statusCode: 401, headers: { 'www-authenticate': 'Bearer' } });
  expect(JSON.parse(refused.body ?? '').errors[0].extensions.code).toBe('UNAUTHENTICATED');
});

it('serves no GraphiQL', async () => {
  const result = await call(event('GET', '/graphql', { headers: { accept: 'text/html' } }));
  expect(result.statusCode).toBe(406);
  expect(result.body).not.toContain('<html');
});

it('gives cookies and repeated headers in the shape that API Gateway takes', async () => {
  const echo = {
    fetch: async (request: Request) => {
      const seen = {
        cookie: request.headers.get('cookie'),
        url: request.url,
        method: request.method,
        body: await request.text(),
      };
      return new Response(JSON.stringify(seen), {
        status: 201,
        headers: [
          ['set-cookie', 'a=1'],
          ['set-cookie', 'b=2'],
          ['x-y', '1'],
          ['x-y', '2'],
        ],
      });
    },
  };
  const result = await answer(echo, event('PUT', '/p?a=1&a=2', { cookies: ['c=3', 'd=4'], body: 'ü' }), {
    remainingMs: 29_000,
    log: roster.services.log,
  });
  expect(result).toMatchObject({ statusCode: 201, cookies: ['a=1', 'b=2'], headers: { 'x-y': '1, 2' } });
  expect(result.headers).not.toHaveProperty('set-cookie');
  expect(JSON.parse(result.body ?? '')).toEqual({
    cookie: 'c=3; d=4',
    url: 'https://api.execute-api.eu-central-1.amazonaws.com/p?a=1&a=2',
    method: 'PUT',
    body: 'ü',
  });
});

it('answers 400 to what is no request', async () => {
  const result = await call(event('POST', '/graphql', { headers: { 'bad name': 'x' } }));
  expect(result).toMatchObject({ statusCode: 400, headers: { 'x-request-id': 'JKJaXmPLvHcESHA=' } });
  expect(result.body).toMatch(/^bad request: /);
});

it.each([
  ['in time where Lambda has less time left than operations may take', 1_300, 'longer than 0.3 seconds'],
  ['at once where Lambda has none left', 900, 'longer than 0 seconds'],
])('answers %s', async (_when, leftMs, message) => {
  roster.dynamodb.inject(operation('GetItem'), hang);
  const query = `{ node(id: "${acme.ids.ada}") { id } }`;
  const post = event('POST', '/graphql', { headers: await headers(), body: JSON.stringify({ query }) });
  const result = await call(post, leftMs);
  expect(result.statusCode).toBe(503);
  expect(JSON.parse(result.body ?? '').errors).toMatchObject([
    { message: expect.stringContaining(message), extensions: { code: 'DEADLINE_EXCEEDED' } },
  ]);
});
