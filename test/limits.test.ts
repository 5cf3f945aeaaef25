import { buildSchema, parse } from 'graphql';
import { beforeAll, describe, expect, it } from 'vitest';
import { sizeOf } from '../src/plugins/document-size.ts';
import { costOf } from '../src/schema/cost.ts';
import { schema } from '../src/schema/index.ts';
import { CANONICAL_OTHERS } from './fixtures/canonical-others.ts';
import { CANONICAL_READS } from './fixtures/canonical-reads.ts';
import { type Company, createCompany } from './support/company.ts';
import { startRoster, type TestRoster } from './support/roster.ts';

let roster: TestRoster;
let acme: Company;

beforeAll(async () => {
  roster = await startRoster();
  acme = await createCompany(roster, 'acme');
  return () => roster.stop();
});

describe('a document is refused before anything is read for it when it has too many', () => {
  const times = (count: number, part: (i: number) => string) =>
    Array.from({ length: count }, (_, i) => part(i)).join(' ');
  const lists = (levels: number) => JSON.parse(`${'['.repeat(levels)}${']'.repeat(levels)}`);
  const nested = (levels: number, leaf: string) => `${'manager { '.repeat(levels)}${leaf}${' }'.repeat(levels)}`;
  const chain = (length: number) =>
    times(length, (i) => `fragment F${i} on Employee { manager { ...F${i + 1} m: manager { ...F${i + 1} } } }`);

  it.each([
    [
      'levels of fields',
      `{ viewer { employee { ${nested(18, 'id')} } } }`,
      'DOCUMENT_TOO_DEEP',
      /21 levels of fields where 20 are/,
    ],
    [
      'levels by fragments',
      `{ viewer { employee { ...F0 } } } ${chain(30)} fragment F30 on Employee { id }`,
      'DOCUMENT_TOO_DEEP',
      /63 levels/,
    ],
    ['aliases', `{ ${times(101, (i) => `a${i}: viewer { role }`)} }`, 'TOO_MANY_ALIASES', /101 aliases where 100 are/],
    [
      'directives',
      `{ viewer { ${times(51, () => 'role @include(if: true)')} } }`,
      'TOO_MANY_DIRECTIVES',
      /51 directives where 50 are/,
    ],
    [
      'values in full pages',
      '{ projects(first: 100) { edges { node { tasks(first: 100) { edges { node { id title status priority points version project { id } employee { id name: firstName } } } } } } } }',
      'OPERATION_TOO_COSTLY',
      /could hold \d+ values where 100000 are allowed; ask for smaller pages/,
    ],
    [
      'values by fragments that multiply',
      `{ viewer { employee { ...F0 } } } ${times(4, (i) => `fragment F${i} on Employee { reports(first: 100) { edges { node { ...F${i + 1} } } } }`)} fragment F4 on Employee { id }`,
      'OPERATION_TOO_COSTLY',
      /values/,
    ],
  ])('%s', async (_what, query, code, message) => {
    roster.calls.length = 0;
    for (const accept of ['application/json', 'application/graphql-response+json']) {
      const { status, errors } = await roster.graphql(acme.as.hr, query, {}, { accept });
      expect(errors?.[0]?.message).toMatch(message);
      expect([status, errors?.[0]?.extensions['code']]).toEqual([400, code]);
    }
    expect(roster.calls).toEqual([]);
  });

  it.each([5_000, 30_000])('brackets (%i deep), by a guard before the parser', async (depth) => {
    const documents = [
      `${'{ a '.repeat(depth)}${'}'.repeat(depth)}`,
      `{ nodes(ids: ${'['.repeat(depth)}${']'.repeat(depth)}) { id } }`,
      '{'.repeat(depth),
      `{ a(b: ${'{ c: '.repeat(depth)}1${'}'.repeat(depth)}) }`,
    ];
    for (const accept of ['application/json', 'application/graphql-response+json'])
      for (const document of documents) {
        const { status, errors } = await roster.graphql(acme.as.hr, document, {}, { accept });
        expect([status, errors?.[0]?.extensions['code']]).toEqual([400, 'DOCUMENT_TOO_DEEP']);
        expect(errors?.[0]?.message).toMatch(
          /^the document is nested \d+ levels deep where 60 are allowed; split it into several$/,
        );
      }
  });

  it.each([
    [
      'values of variables',
      Array(4_999).fill({}),
      'TOO_MANY_VALUES',
      /over 5000 values, which is the limit; send fewer/,
    ],
    ['levels of a variable', lists(60), 'VARIABLES_TOO_DEEP', /over 60 levels deep, which is the limit; flatten it$/],
  ])('%s', async (_what, and, code, message) => {
    const query = 'query ($filter: TaskSearchFilter) { searchTasks(filter: $filter) { totalCount } }';
    for (const accept of ['application/json', 'application/graphql-response+json']) {
      const { status, errors } = await roster.graphql(acme.as.hr, query, { filter: { and } }, { accept });
      expect(errors?.[0]?.message).toMatch(message);
      expect([status, errors?.[0]?.extensions['code']]).toEqual([400, code]);
    }
  });

  // The variable and its list are two of each.
  it.each([
    ['values of variables', Array(4_998).fill({})],
    ['levels of a variable', lists(59)],
  ])('and not as many %s as may be', async (_what, and) => {
    const query = 'query ($filter: TaskSearchFilter) { searchTasks(filter: $filter) { totalCount } }';
    const { errors } = await roster.graphql(acme.as.hr, query, { filter: { and } });
    expect(errors?.map(({ extensions }) => extensions['code'])).toEqual(['BAD_USER_INPUT']);
  });

  it('operations, for batches are not taken', async () => {
    const headers = { 'content-type': 'application/json', authorization: `Bearer ${await roster.token(acme.as.hr)}` };
    const body = JSON.stringify([{ query: '{ viewer { role } }' }, { query: '{ viewer { role } }' }]);
    const response = await roster.fetch('/graphql', { method: 'POST', headers, body });
    expect(response.status).toBe(400);
    expect(await response.text()).toMatch(/batching is not supported/i);
  });
});

it.each([...CANONICAL_READS, ...CANONICAL_OTHERS])('leaves room for $name', ({ query }) => {
  const document = parse(query.replaceAll(/\$\w+/g, 'x'), { maxTokens: 1_000 });
  const { depth, aliases, directives } = sizeOf(document);
  expect(depth).toBeLessThanOrEqual(13);
  expect(aliases + directives).toBeLessThanOrEqual(20);
  expect(costOf({ schema, document })).toBeLessThanOrEqual(20_000);
});

describe('the cost', () => {
  const costs = buildSchema(`
    interface Thing { id: ID!, parts(first: Int, last: Int): Parts! }
    type A implements Thing { id: ID!, parts(first: Int, last: Int): Parts!, tags: [String!]!, notes: [Note!] }
    type Note { text: String }
    type Parts { edges: [Edge!]!, totalCount: Int! }
    type Edge { cursor: String!, node: A! }
    type Query { a: A, thing: Thing, nodes(ids: [ID!]!): [Thing]!, facet(first: Int! = 7): [Note!]! }
  `);
  const cost = (query: string, variableValues: Readonly<Record<string, unknown>> = {}) =>
    costOf({ schema: costs, document: parse(query), variableValues });

  it.each([
    ['a value', '{ a { id } }', 2],
    ['a list of values, which has no size', '{ a { id tags } }', 3],
    ['a page of 20 where nothing is said', '{ a { parts { edges { cursor } } } }', 2 + 1 + 20],
    [
      'a page from the start',
      '{ a { parts(first: 3) { edges { cursor node { id } } totalCount } } }',
      2 + 1 + 1 + 3 * 3,
    ],
    ['a page from the end', '{ a { parts(last: 4) { edges { cursor } } } }', 2 + 1 + 4],
    ['no more than a page', '{ a { parts(first: 1000000) { edges { cursor } } } }', 2 + 1 + 100],
    ['no less than nothing', '{ a { parts(first: -5) { edges { cursor } } } }', 2 + 1],
    ['ids', '{ nodes(ids: ["1", "2", "3"]) { id } }', 1 + 3],
    ['a default', '{ facet { text } }', 1 + 7],
    ['a small list', '{ a { notes { text } } }', 2 + 5],
    [
      'pages within pages',
      '{ a { parts(first: 10) { edges { node { parts(first: 10) { edges { cursor } } } } } } }',
      3 + 10 * 3 + 100,
    ],
    ['all fragments', '{ thing { id ... on A { tags ...F } } } fragment F on Thing { id }', 4],
    [
      'a fragment wherever it is spread',
      '{ a { ...F parts(first: 2) { edges { node { ...F } } } } } fragment F on A { id tags }',
      1 + 2 + 2 + 2 + 4,
    ],
    [
      'nothing for what is skipped',
      '{ a { id @skip(if: true) ... @include(if: false) { tags } notes @skip(if: false) { text } } }',
      2 + 5,
    ],
    ['introspection, once', '{ __schema { types { name } } a { __typename } }', 3],
  ])('counts %s', (_what, query, expected) => {
    expect(cost(query)).toBe(expected);
  });

  it('takes sizes from variables, and is not known where these are wrong', () => {
    const query =
      'query($n: Int, $ids: [ID!]!) { a { parts(first: $n) { edges { cursor } } } nodes(ids: $ids) { id } }';
    expect(cost(query, { n: 6, ids: ['1'] })).toBe(2 + 1 + 6 + 1 + 1);
    expect(cost(query, { n: 'six', ids: ['1'] })).toBeUndefined();
    expect(cost('query A { a { id } } query B { a { id } }')).toBeUndefined();
  });

  it('of fragments that double sixty times over is worked out at once', () => {
    const fragments = Array.from(
      { length: 60 },
      (_, i) => `fragment F${i} on Query { ...F${i + 1} ... on Query { ...F${i + 1} } }`,
    );
    expect(cost(`{ ...F0 } ${fragments.join(' ')} fragment F60 on Query { a { id } }`)).toBe(2 * 2 ** 60);
  });
});
