import { readFile } from 'node:fs/promises';
import { importJWK, SignJWT } from 'jose';
import { beforeAll, expect, it } from 'vitest';
import { AUDIENCE, ISSUER } from '../dev/identity.ts';
import { encodeGlobalId } from '../src/schema/electrodb/global-id.ts';
import { type Company, createCompany } from './support/company.ts';
import { startRoster, type TestRoster } from './support/roster.ts';

let roster: TestRoster;
let acme: Company;

beforeAll(async () => {
  roster = await startRoster();
  acme = await createCompany(roster, 'acme');
  return () => roster.stop();
});

/** The one error of an operation. */
async function errorOf(query: string, variables?: Record<string, unknown>) {
  const { status, errors = [] } = await roster.graphql(acme.as.hr, query, variables);
  expect(status).toBeLessThan(500);
  expect(errors).toHaveLength(1);
  const [error] = errors;
  return { message: error?.message ?? '', code: error?.extensions['code'], argument: error?.extensions['argument'] };
}

const GARBAGE = [
  '',
  'x',
  'null',
  '🙂',
  "'; DROP TABLE",
  'T2ZmaWNlOg',
  'T2ZmaWNl',
  'T2ZmaWNlOng=',
  'T2ZmaWNlOiN4',
  'A'.repeat(10_000),
];

it.each(GARBAGE)('a malformed id (%#) names the argument and the fix', async (id) => {
  for (const query of ['query($id: ID!) { office(id: $id) { id } }', 'query($id: ID!) { node(id: $id) { id } }']) {
    const error = await errorOf(query, { id });
    expect(error).toMatchObject({ code: 'BAD_USER_INPUT', argument: 'id' });
    expect(error.message).toMatch(/^id: .*is not an id of this API; pass one from an object's id field$/);
    expect(error.message.length).toBeLessThan(200);
  }
});

it('an id of another type names both types', async () => {
  const { message } = await errorOf('query($id: ID!) { office(id: $id) { id } }', { id: acme.ids.ada });
  expect(message).toBe('id: is the id of an Employee; pass the id of an Office');
  const hire =
    'mutation($office: ID!) { hireEmployee(input: { office: $office, firstName: "A", lastName: "B", email: "a@b.example", title: "T", team: LEGAL, hiredOn: "2020-01-01" }) { __typename } }';
  expect(await errorOf(hire, { office: acme.ids.ada })).toMatchObject({ argument: 'input.office' });
  expect(
    await errorOf('query($id: ID!) { searchTasks(filter: { project: { eq: $id } }) { totalCount } }', {
      id: acme.ids.ada,
    }),
  ).toMatchObject({
    argument: 'filter.project.eq',
  });
});

it('unknown ids are null, each in its place', async () => {
  const id = encodeGlobalId('Office', 'nowhere');
  const query =
    'query($id: ID!, $known: ID!) { office(id: $id) { id } node(id: $id) { id } nodes(ids: [$id, $known, $id]) { id } }';
  const { data, errors } = await roster.graphql(acme.as.hr, query, { id, known: acme.ids.munich });
  expect(errors).toBeUndefined();
  expect(data).toEqual({ office: null, node: null, nodes: [null, { id: acme.ids.munich }, null] });
});

it.each([
  ['first: -1', 'first', 'is -1; ask for 0 to 100 and page on with after'],
  ['first: 101', 'first', 'is 101; ask for 0 to 100 and page on with after'],
  ['first: 2147483647', 'first', 'is 2147483647; ask for 0 to 100 and page on with after'],
  ['last: -1', 'last', 'is -1; ask for 0 to 100 and page on with before'],
  ['last: 101', 'last', 'is 101; ask for 0 to 100 and page on with before'],
  [
    'first: 1, last: 1',
    'first',
    "can't be combined with last; page forward with first and after, or backward with last and before",
  ],
  [
    'first: 1, before: "x"',
    'before',
    "can't be combined with first; page forward with first and after, or backward with last and before",
  ],
  [
    'last: 1, after: "x"',
    'after',
    "can't be combined with last; page forward with first and after, or backward with last and before",
  ],
])('a page of %s is refused', async (args, argument, problem) => {
  const error = await errorOf(`{ offices(${args}) { edges { node { id } } } }`);
  expect(error).toEqual({ code: 'BAD_USER_INPUT', argument, message: `${argument}: ${problem}` });
});

it('first beyond 32 bits is refused by GraphQL itself', async () => {
  expect((await errorOf('{ offices(first: 2147483648) { edges { node { id } } } }')).message).toMatch(
    /Int cannot represent.*2147483648/,
  );
});

it('an empty page is empty and honest', async () => {
  const { data } = await roster.graphql(
    acme.as.hr,
    '{ offices(first: 0) { edges { node { id } } pageInfo { hasNextPage hasPreviousPage startCursor endCursor } } }',
  );
  expect(data.offices).toEqual({
    edges: [],
    pageInfo: { hasNextPage: true, hasPreviousPage: false, startCursor: null, endCursor: null },
  });
});

it('cursors are bound to field, arguments, and organization, and can not be forged', async () => {
  const umbrella = await createCompany(roster, 'umbrella');
  const query =
    'query($after: String, $country: CountryCode) { offices(after: $after, first: 1, country: $country) { edges { cursor node { name } } } }';
  const cursorOf = async (company: Company, country?: string): Promise<string> =>
    (await roster.graphql(company.as.hr, query, { country })).data.offices.edges[0].cursor;
  const own = await cursorOf(acme);
  expect((await roster.graphql(acme.as.hr, query, { after: own })).data.offices.edges).toHaveLength(1);
  const flipped = [...own].map((letter, i) => `${own.slice(0, i)}${letter === 'A' ? 'B' : 'A'}${own.slice(i + 1)}`);
  const forged = [
    ...flipped,
    own.slice(1),
    `${own}A`,
    `${own}=`,
    '',
    'x',
    '10 KB of garbage '.repeat(640),
    'e30',
    Buffer.from('{}').toString('base64'),
  ];
  for (const after of [...forged, await cursorOf(umbrella), await cursorOf(acme, 'DE')]) {
    const error = await errorOf(query, { after });
    expect(error).toMatchObject({ code: 'BAD_CURSOR', argument: 'after' });
  }
  expect(
    await errorOf('query($after: String) { projects(after: $after) { edges { cursor } } }', { after: own }),
  ).toMatchObject({ code: 'BAD_CURSOR' });
  expect(
    await errorOf('query($after: String) { searchOffices(after: $after) { edges { cursor } } }', { after: own }),
  ).toMatchObject({
    code: 'BAD_CURSOR',
  });
});

it.each([
  '2024-02-30',
  '2023-02-29',
  '2024-13-01',
  '24-01-01',
  '2024-1-1',
  'yesterday',
  '',
  '0999-01-01',
  '2024-01-01T00:00:00Z',
])('the date %s is refused with the form that is wanted', async (hiredOn) => {
  const query = 'mutation($hiredOn: Date!) { updateEmployee(input: { id: "x", hiredOn: $hiredOn }) { __typename } }';
  const error = await errorOf(query, { hiredOn });
  expect(error.code).toBe('BAD_USER_INPUT');
  expect(error.message).toMatch(/\$hiredOn.*Date must be/);
});

it.each(['DEU', 'de', 'XX', '', 'D'])('the country %s is refused', async (country) => {
  const error = await errorOf('query($country: CountryCode) { offices(country: $country) { edges { cursor } } }', {
    country,
  });
  expect(error.message).toMatch(
    /\$country.*must be an ISO 3166-1 alpha-2 country code in upper case, such as DE or US/,
  );
});

it('half of a character is refused in filters, and not sent to the table', async () => {
  const query = 'query($text: String!) { projects(filter: { name: { eq: $text } }) { totalCount } }';
  expect(await errorOf(query, { text: 'x \uD83D y' })).toEqual({
    code: 'BAD_USER_INPUT',
    argument: 'filter.name.eq',
    message: 'filter.name.eq: holds half of a surrogate pair; send valid Unicode',
  });
  const any = 'query($texts: [String!]!) { searchTasks(filter: { title: { in: $texts } }) { totalCount } }';
  expect(await errorOf(any, { texts: ['x', '\uDC69'] })).toMatchObject({ argument: 'filter.title.in' });
});

it('a long value is not repeated by what says that it is wrong', async () => {
  const query = 'query($country: CountryCode) { offices(country: $country) { totalCount } }';
  const { message } = await errorOf(query, { country: 'DE'.repeat(5_000) });
  expect(message).toMatch(/^Variable "\$country" got invalid value "DEDE.*….*DEDE.*ISO 3166.*$/);
  expect(message.length).toBeLessThan(500);
});

it('a gap in the place names what is missing', async () => {
  expect(await errorOf('{ offices(city: "Austin") { edges { cursor } } }')).toMatchObject({
    argument: 'city',
    message: 'city: needs country as well; narrow down from the left',
  });
  expect(await errorOf('{ offices(country: "US", zip: "78701") { edges { cursor } } }')).toMatchObject({
    argument: 'zip',
    message: 'zip: needs state as well; narrow down from the left',
  });
});

it('a number of days that makes no sense is refused', async () => {
  for (const days of [-1, 365, 2147483647]) {
    expect(await errorOf(`{ upcomingBirthdays(withinDays: ${days}) { totalCount } }`)).toMatchObject({
      argument: 'withinDays',
    });
  }
});

it.each(['{', '{}', 'query', '{ nothing }', '{ office }', 'fragment F on Office { id }', '', '{ __typename }}'])(
  'the document %s is a client error',
  async (query) => {
    const { status, errors = [] } = await roster.graphql(acme.as.hr, query);
    expect(status).toBe(400);
    expect(errors[0]?.extensions['code']).toBeTypeOf('string');
  },
);

it('a subscription is a client error', async () => {
  const { message } = await errorOf('subscription { x }');
  expect(message).toMatch(/subscription/);
});

it.each([
  ['selections', `${'{ node(id: "x") { ... on Office '.repeat(200)}{ id }${'} }'.repeat(200)}`],
  ['brackets', `{ nodes(ids: ${'['.repeat(30_000)}${']'.repeat(30_000)}) { id } }`],
  ['depth 5,000', `${'{ a '.repeat(5_000)}${'}'.repeat(5_000)}`],
  ['depth 5,000 behind an escaped block quote', `{ x(a: """ \\""" """) ${'{ a '.repeat(5_000)}${'}'.repeat(5_001)}`],
])('a document nested in %s is refused before it is parsed', async (_what, query) => {
  const { status, errors } = await roster.graphql(acme.as.hr, query);
  expect(status).toBe(400);
  expect(errors?.[0]?.extensions['code']).toBe('DOCUMENT_TOO_DEEP');
});

it('a document of fragments that spread each other is refused for its length', async () => {
  const fragments = Array.from({ length: 3_000 }, (_, i) => `fragment F${i} on Office { ...F${i + 1} }`);
  const { status, errors } = await roster.graphql(
    acme.as.hr,
    `{ offices { edges { node { ...F0 } } } } ${fragments.join(' ')} fragment F3000 on Office { id }`,
  );
  expect(status).toBe(400);
  expect(errors?.[0]?.message).toMatch(/5000 tokens/);
});

it.each([1, 5_000, 100_000])('a variable nested %i deep is a client error', async (depth) => {
  const body = `{"query":"query($d: Date, $c: CountryCode) { offices(country: $c) { edges { cursor } } }","variables":{"c":${'['.repeat(depth)}${']'.repeat(depth)}}}`;
  const response = await post({ authorization: `Bearer ${await roster.token(acme.as.hr)}` }, body);
  expect(response.status).toBe(400);
});

it('more objects than a page are refused, and each malformed id is named', async () => {
  const ids = Array.from({ length: 101 }, () => acme.ids.ada);
  expect(await errorOf('query($ids: [ID!]!) { nodes(ids: $ids) { id } }', { ids })).toMatchObject({ argument: 'ids' });
  const one = await roster.graphql(acme.as.hr, 'query($ids: [ID!]!) { nodes(ids: $ids) { id } }', {
    ids: [acme.ids.ada, 'x', encodeGlobalId('Money', 'x')],
  });
  expect(one.data.nodes).toEqual([{ id: acme.ids.ada }, null, null]);
  expect(one.errors?.map(({ extensions }) => extensions['argument'])).toEqual(['ids[1]', 'ids[2]']);
  expect(one.errors?.[1]?.message).toBe('ids[2]: is of type "Money", which has no objects by id');
});

it('brackets in strings and comments do not count', async () => {
  const text = '{'.repeat(100);
  const { errors } = await roster.graphql(
    acme.as.hr,
    `# ${text}\n{ office(id: "${text}") { id } a: office(id: """${text}""") { id } }`,
  );
  expect(errors?.map(({ extensions }) => extensions['code'])).toEqual(['BAD_USER_INPUT', 'BAD_USER_INPUT']);
});

/** A token signed by the key that Roster trusts, of any claims. */
async function signed(claims: Record<string, unknown>): Promise<string> {
  const { keys } = JSON.parse(roster.env['AUTH_JWKS'] ?? '') as { keys: { kid: string; alg: string }[] };
  const [key] = keys;
  const signer = await importJWK(JSON.parse(await readFile(roster.keyFile, 'utf8')), 'ES256');
  return new SignJWT(claims).setProtectedHeader({ alg: 'ES256', kid: key?.kid ?? '' }).sign(signer);
}

const GOOD = {
  ...{ iss: ISSUER, aud: AUDIENCE, sub: 'somebody', org: 'acme', role: 'HR' },
  iat: Date.parse('2026-06-30T08:00:00Z') / 1_000,
  exp: Date.parse('2026-06-30T10:00:00Z') / 1_000,
};

it('takes a token with all its claims', async () => {
  const response = await post({ authorization: `Bearer ${await signed(GOOD)}` }, '{"query":"{ viewer { role } }"}');
  expect(response.status).toBe(200);
});

it.each([
  ['another issuer', { iss: 'https://issuer.example' }, /claim "iss"/],
  ['no issuer', { iss: undefined }, /claim "iss"/],
  ['another audience', { aud: 'somebody else' }, /claim "aud"/],
  ['no audience', { aud: undefined }, /claim "aud"/],
  ['no expiry', { exp: undefined }, /claim "exp"/],
  ['an expiry a minute ago', { exp: Date.parse('2026-06-30T08:59:00Z') / 1_000 }, /has expired/],
  ['a start in the future', { nbf: Date.parse('2026-06-30T09:05:00Z') / 1_000 }, /claim "nbf"/],
  ['no subject', { sub: undefined }, /claims sub/],
  ['no organization', { org: undefined }, /claims org/],
  ['the system as organization', { org: '-' }, /claims org/],
  ['a list of organizations', { org: ['acme', 'umbrella'] }, /claims org/],
  ['an employee that is no id', { employee: 'a#b' }, /claims employee/],
])('a token with %s gives 401', async (_what, change, reason) => {
  const response = await post(
    { authorization: `Bearer ${await signed({ ...GOOD, ...change })}` },
    '{"query":"{ viewer { role } }"}',
  );
  expect(response.status).toBe(401);
  expect(await response.text()).toMatch(new RegExp(reason.source.replaceAll('"', '\\\\"')));
});

const post = (headers: Record<string, string>, body: string) =>
  roster.fetch('/graphql', {
    method: 'POST',
    headers: { 'content-type': 'application/json', accept: 'application/graphql-response+json', ...headers },
    body,
  });

it('a missing, malformed, expired, foreign or incomplete token gives 401 and says why', async () => {
  const good = await roster.token(acme.as.hr);
  const [header, payload] = good.split('.');
  const secret = new TextEncoder().encode('somebody else');
  const foreign = await new SignJWT({ org: 'acme', role: 'ADMIN' })
    .setProtectedHeader({ alg: 'HS256' })
    .setExpirationTime('1h')
    .sign(secret);
  const none = `${Buffer.from('{"alg":"none"}').toString('base64url')}.${payload}.`;
  roster.clock.set('2026-01-01T00:00:00Z');
  const expired = await roster.token(acme.as.hr);
  roster.clock.set('2026-06-30T09:00:00Z');
  const incomplete = await roster.token({ org: 'a#b', role: 'HR' });
  const roleless = await roster.token({ org: 'acme', role: 'KING' as 'HR' });
  const cases: [string | undefined, RegExp][] = [
    [undefined, /there is no Authorization header/],
    ['Basic abc', /not of the form "Bearer TOKEN"/],
    ['Bearer', /not of the form/],
    ['Bearer garbage', /not of the form/],
    [`Bearer ${header}.${payload}.AAAA`, /is not signed by the key that it names/],
    [`Bearer ${foreign}`, /algorithm that this API does not accept/],
    [`Bearer ${none}`, /not of the form|algorithm/],
    [`Bearer ${expired}`, /has expired; get a new one/],
    [`Bearer ${incomplete}`, /claims org are missing or wrong/],
    [`Bearer ${roleless}`, /claims role are missing or wrong.*CLIENT, EMPLOYEE, MANAGER, HR, ADMIN/],
  ];
  for (const [authorization, reason] of cases) {
    const response = await post(authorization ? { authorization } : {}, '{"query":"{ viewer { role } }"}');
    expect(response.status, authorization).toBe(401);
    expect(response.headers.get('www-authenticate')).toMatch(/^Bearer( error="invalid_token".*)?$/);
    const { errors } = (await response.json()) as { errors: { message: string; extensions: { code: string } }[] };
    expect(errors[0]?.extensions.code).toBe('UNAUTHENTICATED');
    expect(errors[0]?.message).toMatch(reason);
  }
});

it.each([
  '',
  '{',
  'null',
  '[]',
  '"x"',
  '{"query":1}',
  '{"query":null}',
  '{"variables":{}}',
  '{"query":"{viewer{role}}","variables":7}',
  '[{"query":"{viewer{role}}"}]',
])('the body %s is a client error', async (body) => {
  const response = await post({ authorization: `Bearer ${await roster.token(acme.as.hr)}` }, body);
  expect(response.status).toBeGreaterThanOrEqual(400);
  expect(response.status).toBeLessThan(500);
  expect(await response.text()).toMatch(/errors/);
});

it('a body beyond the limit is refused', async () => {
  const body = JSON.stringify({ query: '{ viewer { role } }', variables: { x: 'y'.repeat(1_100_000) } });
  const response = await post({ authorization: `Bearer ${await roster.token(acme.as.hr)}` }, body);
  expect(response.status).toBe(413);
});
