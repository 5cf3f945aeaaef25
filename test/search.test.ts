import { beforeAll, expect, it } from 'vitest';
import { createItem } from '../src/entities/core/write.ts';
import { Task } from '../src/entities/index.ts';
import { decodeGlobalId } from '../src/schema/electrodb/global-id.ts';
import type { SearchCall } from '../src/search/client.ts';
import { taskSearch } from '../src/search/index.ts';
import { indexQuery } from '../src/search/query.ts';
import { type Company, createCompany } from './support/company.ts';
import { documentWriter } from './support/document-writer.ts';
import { NOW, startRoster, type TestRoster } from './support/roster.ts';

let roster: TestRoster;
let acme: Company;
const NAMES = ['München', 'Łódź', 'Straße', 'Пётр', '田中さくら', 'محمد'];

beforeAll(async () => {
  roster = await startRoster();
  acme = await createCompany(roster, 'acme');
  const project = decodeGlobalId(acme.ids.project, 'id').id;
  const values = { project, status: 'open', priority: 'low' } as const;
  for (const title of NAMES) await createItem(roster.services, Task, 'acme', { ...values, title });
  for (let i = 0; i < 30; i++)
    await createItem(roster.services, Task, 'acme', { ...values, title: `Paint wall ${i}`, priority: 'high' });
  await roster.indexed();
  return () => roster.stop();
});

interface Found {
  readonly totalCount: number;
  readonly edges: readonly { readonly cursor: string; readonly node: Record<string, unknown> }[];
  readonly pageInfo: {
    readonly hasNextPage: boolean;
    readonly hasPreviousPage: boolean;
    readonly endCursor: string | null;
  };
}

async function search(field: string, args: string, selection: string): Promise<Found> {
  const query = `{ ${field}(${args}) { totalCount edges { cursor node { ${selection} } } pageInfo { hasNextPage hasPreviousPage endCursor } } }`;
  const { data, errors } = await roster.graphql(acme.as.hr, query);
  expect(errors).toBeUndefined();
  return data[field];
}

const titles = ({ edges }: Found) => edges.map(({ node }) => node['title'] ?? node['name'] ?? node['firstName']);

it.each(NAMES)('finds %s, in full and by its beginning', async (name) => {
  expect(titles(await search('searchTasks', `query: "${name}"`, 'title'))).toContain(name);
  expect(titles(await search('searchTasks', `query: "${[...name].slice(0, 2).join('')}"`, 'title'))).toContain(name);
});

it('forgives typing errors and accents', async () => {
  expect(titles(await search('searchOffices', 'query: "munchen"', 'name'))).toEqual(['Altstadt']);
  expect(titles(await search('searchTasks', 'query: "lnader"', 'title'))).toHaveLength(4);
});

it('lists everything without words', async () => {
  expect((await search('searchTasks', 'first: 1', 'title')).totalCount).toBe(5 + NAMES.length + 30);
});

it('pages through all hits, each once', async () => {
  const seen = new Set<unknown>();
  let after = '';
  for (let i = 1; ; i++) {
    const found = await search('searchTasks', `query: "paint wall", first: 7${after}`, 'id');
    expect(found.pageInfo.hasPreviousPage).toBe(i > 1);
    for (const { node } of found.edges) seen.add(node['id']);
    if (!found.pageInfo.hasNextPage) break;
    after = `, after: "${found.pageInfo.endCursor}"`;
  }
  expect(seen.size).toBe(30);
});

it('goes on behind any edge', async () => {
  const all = await search('searchTasks', 'query: "wall", first: 10', 'title');
  const rest = await search('searchTasks', `query: "wall", first: 7, after: "${all.edges[2]?.cursor}"`, 'title');
  expect(titles(rest)).toEqual(titles(all).slice(3));
});

it('filters, and every filter narrows', async () => {
  expect((await search('searchTasks', 'filter: { priority: { eq: HIGH } }', 'id')).totalCount).toBe(30);
  expect((await search('searchTasks', `filter: { employee: { eq: "${acme.ids.ada}" } }`, 'id')).totalCount).toBe(3);
  expect(
    (await search('searchTasks', `filter: { employee: { eq: "${acme.ids.ada}" }, status: { eq: IN_PROGRESS } }`, 'id'))
      .totalCount,
  ).toBe(1);
  expect(titles(await search('searchEmployees', `filter: { office: { eq: "${acme.ids.austin}" } }`, 'title'))).toEqual([
    'Recruiter',
  ]);
  expect((await search('searchEmployees', 'filter: { title: { eq: "SOFTWARE engineer" } }', 'id')).totalCount).toBe(1);
  expect((await search('searchEmployees', 'filter: { title: { eq: "Software" } }', 'id')).totalCount).toBe(0);
  expect(
    (await search('searchProjects', `filter: { lead: { eq: "${acme.ids.boss}" }, status: { eq: ACTIVE } }`, 'id'))
      .totalCount,
  ).toBe(1);
  expect((await search('searchProjects', 'filter: { status: { eq: DONE } }', 'id')).totalCount).toBe(0);
});

it('compares salaries of one currency, both bounds included', async () => {
  const count = async (min: number, max: number, currency = 'EUR') =>
    (
      await search(
        'searchEmployees',
        `filter: { salary: { currency: { eq: "${currency}" }, amount: { gte: ${min}, lte: ${max} } } }`,
        'id',
      )
    ).totalCount;
  expect(await count(9_000_000, 9_000_000)).toBe(3);
  expect(await count(0, 8_999_999)).toBe(0);
  expect(await count(9_000_001, 9_007_199_254_740_991)).toBe(0);
  expect(await count(0, 9_007_199_254_740_991, 'USD')).toBe(0);
});

it('finds offices near a point, nearest first, none beyond the distance', async () => {
  const near = (lat: number, lng: number, meters: number) =>
    search('searchOffices', `near: { point: { lat: ${lat}, lng: ${lng} }, withinMeters: ${meters} }`, 'name');
  expect(titles(await near(48.137, 11.575, 20_000))).toEqual(['Altstadt', 'Campus']);
  expect(titles(await near(48.249, 11.651, 20_000))).toEqual(['Campus', 'Altstadt']);
  expect(titles(await near(48.137, 11.575, 5_000))).toEqual(['Altstadt']);
  expect(titles(await near(30.267, -97.743, 20_000_000))).toEqual(['Congress', 'Campus', 'Altstadt']);
});

it('ranks everything together, of the types that are asked for', async () => {
  const any = '__typename ... on Node { id }';
  const found = await search('search', 'query: "lander"', any);
  expect(new Set(found.edges.map(({ node }) => node['__typename']))).toEqual(new Set(['Task']));
  const people = await search('search', 'query: "engineer"', any);
  expect(people.edges.map(({ node }) => node['__typename'])).toContain('Employee');
  expect((await search('search', 'query: "engineer", types: [TASK, PROJECT]', any)).edges).toEqual([]);
  expect((await search('search', 'query: "engineer", types: []', any)).totalCount).toBe(0);
});

it('no word and no filter value is taken for a filter', async () => {
  const hostile = [
    '" OR org EXISTS OR "',
    "' OR 1=1",
    '\\',
    '\\" OR title EXISTS',
    'a) OR (org EXISTS',
    '$',
    'org = acme',
    '\n',
    '"""',
  ];
  const query =
    'query($text: String!) { searchEmployees(filter: { title: { eq: $text } }) { totalCount } words: searchEmployees(query: $text, first: 100) { totalCount } }';
  for (const text of hostile) {
    const { data, errors } = await roster.graphql(acme.as.hr, query, { text });
    const refused = text === '\n' ? 'query: holds a control character or line break; remove it' : undefined;
    expect(errors?.[0]?.message, text).toBe(refused);
    if (refused) continue;
    expect(data.searchEmployees.totalCount, text).toBe(0);
    expect(data.words.totalCount).toBeLessThanOrEqual(3);
  }
});

it('a title of any script can be filtered by', async () => {
  const title = '각'.repeat(60);
  await roster.graphql(
    acme.as.hr,
    'mutation($id: ID!, $title: String!) { updateEmployee(input: { id: $id, title: $title }) { __typename } }',
    { id: acme.ids.bob, title },
  );
  await roster.indexed();
  expect(
    (await search('searchEmployees', `filter: { title: { eq: "${title}" } }`, 'id')).edges.map(
      ({ node }) => node['id'],
    ),
  ).toEqual([acme.ids.bob]);
});

it('ends after 1,000 hits, and says what pages further', async () => {
  const at = '2026-01-01T00:00:00.000Z';
  const rows = Array.from({ length: 1_050 }, (_, i) =>
    Task.put({
      org: 'many',
      task: `t${i}`,
      title: `Nail ${i}`,
      project: 'p',
      status: 'open',
      priority: 'low',
      version: 1,
      createdAt: at,
      updatedAt: at,
    }),
  );
  await roster.services.table.batchWrite(rows);
  await roster.indexed();
  // A page size that does not divide the window ends with it all the same.
  const uneven = await roster.graphql(
    { org: 'many', role: 'HR' },
    '{ search(query: "nail", first: 30) { totalCount } }',
  );
  expect(uneven.data.search.totalCount).toBe(1_000);
  const query = `query($after: String, $first: Int!) { searchTasks(first: $first, after: $after) {
    totalCount edges { node { id } } pageInfo { hasNextPage endCursor } } }`;
  const ask = (first: number, after?: string) => roster.graphql({ org: 'many', role: 'HR' }, query, { first, after });
  const seen = new Set<string>();
  let after: string | undefined;
  for (let page = 1; page <= 12; page++) {
    const { totalCount, edges, pageInfo } = (await ask(90, after)).data.searchTasks;
    expect(totalCount).toBe(1_000);
    for (const { node } of edges) seen.add(node.id);
    // There are more, behind the last page too: only not for a search.
    expect(pageInfo.hasNextPage).toBe(true);
    after = pageInfo.endCursor;
  }
  expect(seen.size).toBe(1_000);
  const [error] = (await ask(1, after)).errors ?? [];
  expect(error?.extensions).toMatchObject({ code: 'BAD_USER_INPUT', argument: 'first' });
  expect(error?.message).toMatch(
    /beyond the first 1000 hits, where searches end; narrow the search, or page a table query/,
  );
});

it('a hit whose item is gone is left out', async () => {
  const [first] = (await search('searchTasks', 'query: "paint wall 29"', 'id')).edges;
  await roster.graphql(acme.as.hr, 'mutation($id: ID!) { deleteTask(input: { id: $id }) { __typename } }', {
    id: first?.node['id'],
  });
  const ids = (await search('searchTasks', 'query: "paint wall 29", first: 100', 'id')).edges.map(
    ({ node }) => node['id'],
  );
  expect(ids).not.toContain(first?.node['id']);
  // The tests that follow count what is in the index.
  await roster.indexed();
});

it('pages on behind hits that are all gone', async () => {
  // Documents without items, as between a deletion and its way through the stream.
  const ghosts = Array.from({ length: 12 }, (_, i) => ({ id: `ghosts_t${i}`, org: 'ghosts', title: `Boo ${i}` }));
  const { host, apiKey, indexPrefix } = roster.services.config.search;
  await documentWriter({ host, apiKey, indexPrefix }).write(taskSearch.open, ghosts, []);
  const query =
    'query($after: String) { searchTasks(first: 5, after: $after) { edges { cursor } pageInfo { hasNextPage endCursor } } }';
  let after: string | undefined;
  // Each page is filled up once, and so gets past ten of the fifteen.
  for (const hasNextPage of [true, false]) {
    const { data } = await roster.graphql({ org: 'ghosts', role: 'HR' }, query, { after });
    expect(data.searchTasks.edges).toEqual([]);
    expect(data.searchTasks.pageInfo.hasNextPage).toBe(hasNextPage);
    after = data.searchTasks.pageInfo.endCursor;
  }
});

it('observers are told of searches, and of nothing else', async () => {
  const [outer, inner]: SearchCall[][] = [[], []];
  const { search } = roster.services;
  const observed = search.observed(() => (call) => outer?.push(call)).observed(() => (call) => inner?.push(call));
  expect(await observed.healthy()).toBe(true);
  expect(outer).toEqual([]);
  const query = indexQuery(taskSearch, { org: 'acme', now: new Date(NOW), text: 'lander' }, { limit: 2 });
  expect(await observed.query([query, query])).toEqual(await search.query([query, query]));
  expect(outer).toEqual([
    { operation: 'multi-search', queries: [query, query], hits: 4, total: 8, processingMs: expect.any(Number) },
  ]);
  const page = { offset: 1, limit: 2 };
  // A query in a federated search may have no limit of its own.
  await observed.federate([query], page).catch(() => undefined);
  expect(outer?.[1]).toMatchObject({ operation: 'federated', page, hits: 0, error: 'MeilisearchApiError' });
  expect(inner).toEqual(outer);
});

it('reads no more than is selected: no hits for a count, no items for a place, no wide attributes for a title', async () => {
  const ask = async (field: string) => {
    roster.calls.length = 0;
    const headers = { 'x-roster-explain': '1' };
    const { data, errors, extensions } = await roster.graphql(acme.as.admin, `{ ${field} }`, {}, headers);
    expect(errors).toBeUndefined();
    const limit = extensions.explain.calls[0].queries[0].limit;
    return { limit, found: Object.values<Found>(data)[0], sent: roster.calls.map(({ operation }) => operation) };
  };
  for (const field of ['searchTasks(query: "wall")', 'search(query: "wall")']) {
    const { found } = await ask(`${field} { totalCount edges { cursor } }`);
    expect(found?.totalCount).toBeGreaterThan(20);
    const counted = { totalCount: found?.totalCount };
    expect(await ask(`${field} { totalCount }`)).toEqual({ limit: 0, found: counted, sent: [] });
    const place = await ask(`${field} { pageInfo { hasNextPage endCursor } }`);
    expect(place).toMatchObject({ found: { pageInfo: { hasNextPage: true } }, sent: [] });
    await ask(`${field} { edges { node { ... on Task { title } } } }`);
    expect(roster.calls).toMatchObject([{ operation: 'BatchGetItem' }]);
    expect(roster.calls[0]?.attributes).not.toContain('description');
    await ask(`${field} { edges { node { ... on Task { description } } } }`);
    expect(roster.calls[0]).not.toHaveProperty('attributes');
  }
  expect((await ask('upcomingBirthdays { totalCount }')).sent).toEqual([]);
});

it('hits come with the children that are selected of them', async () => {
  roster.trips.length = 0;
  const found = await search('searchProjects', 'query: "apollo"', 'name tasks(first: 1) { edges { node { title } } }');
  expect(titles(found)).toEqual(['Apollo']);
  expect(roster.trips.map((trip) => trip.map(({ pattern }) => pattern))).toEqual([['project with task.board']]);
});
