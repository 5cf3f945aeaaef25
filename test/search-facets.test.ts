import { beforeAll, describe, expect, it } from 'vitest';
import type { Role } from '../src/auth/viewer.ts';
import { Employee, Office, Project, Task } from '../src/entities/index.ts';
import { encodeGlobalId } from '../src/schema/electrodb/global-id.ts';
import { indexTable } from './support/document-writer.ts';
import { NOW, startRoster, type TestRoster } from './support/roster.ts';

let roster: TestRoster;
const common = { org: 'acme', version: 1, createdAt: NOW, updatedAt: NOW };
// Each letter comes to nine bytes in the form that Meilisearch counts, which cuts off at 468.
const LONG = '각'.repeat(119);
const CUT = `${'각'.repeat(44)}…`;
const CITIES = ['Łódź', 'Café', 'Cafeteria', 'München', 'Munster', '東京', 'Łomża'];
const CURRENCIES = ['EUR', 'EUR', 'USD'] as const;

const office = (i: number, city: string) =>
  Office.put({
    ...common,
    office: `o${i}`,
    name: `Office ${i}`,
    zip: '1',
    city,
    state: 'S',
    country: 'DE',
    location: { lat: i, lng: 0 },
  });
const employee = (i: number, title: string, office: string) =>
  Employee.put({
    ...common,
    employee: `e${i}`,
    firstName: `Ada ${i}`,
    lastName: 'Example',
    email: `e${i}@example.com`,
    title,
    team: i < 3 ? 'sales' : 'legal',
    office,
    hiredOn: `202${i}-02-28`,
    ...(i < 3 ? { salary: { amount: (i + 1) * 3_000_000_000, currency: CURRENCIES[i] ?? 'EUR' } } : {}),
  });
const task = (i: number, title: string, values: Partial<Parameters<typeof Task.put>[0]> = {}) =>
  Task.put({ ...common, task: `t${i}`, title, project: 'p', status: 'open', priority: 'low', ...values });

beforeAll(async () => {
  roster = await startRoster();
  await roster.services.table.batchWrite([
    ...CITIES.map((city, i) => office(i, city)),
    employee(0, 'Café Manager', 'o0'),
    employee(1, 'Café Manager', 'o0'),
    employee(2, 'Cafeteria Manager', 'o1'),
    employee(3, `${LONG}a`, 'o1'),
    employee(4, `${LONG}b`, 'gone'),
    Project.put({ ...common, project: 'p', name: 'Painting', status: 'active' }),
    ...Array.from({ length: 30 }, (_, i) =>
      task(i, `Paint wall ${i}`, {
        status: i % 3 === 0 ? 'done' : 'in-progress',
        ...(i > 0 ? { points: i, dueOn: `2026-07-${String(i).padStart(2, '0')}` } : {}),
      }),
    ),
  ]);
  await indexTable(roster);
  return () => roster.stop();
});

const ask = (query: string, role: Role = 'EMPLOYEE', variables = {}) =>
  roster.graphql({ org: 'acme', role }, query, variables);

/** The facets of a search, of which no hit is shown. */
async function facets(field: string, selection: string, role?: Role) {
  const { data, errors } = await ask(`{ found: ${field} { facets { ${selection} } } }`, role);
  expect(errors).toBeUndefined();
  return data.found.facets;
}

const counts = (values: readonly { readonly value: unknown; readonly count: number }[]) =>
  values.map(({ value, count }) => [value, count]);

describe('facets', () => {
  it('count all that match, beyond the page', async () => {
    const { data } = await ask('{ searchTasks(first: 1) { edges { cursor } facets { status { value count } } } }');
    expect(data.searchTasks.edges).toHaveLength(1);
    expect(counts(data.searchTasks.facets.status)).toEqual([
      ['IN_PROGRESS', 20],
      ['DONE', 10],
    ]);
  });

  it('follow filters and words', async () => {
    const { status } = await facets(
      'searchTasks(query: "paint", filter: { points: { lte: 3 } })',
      'status { value count }',
    );
    expect(counts(status)).toEqual([
      ['IN_PROGRESS', 2],
      ['DONE', 1],
    ]);
    const none = await facets('searchTasks(filter: { points: { gt: 99 } })', 'status { value } points { min max }');
    expect(none).toEqual({ status: [], points: null });
  });

  it('tell ranges as the table has their values, null where none is', async () => {
    expect(await facets('searchTasks', 'points { min max } dueOn { min max }')).toEqual({
      points: { min: 1, max: 29 },
      dueOn: { min: '2026-07-01', max: '2026-07-29' },
    });
    expect(await facets('searchEmployees', 'hiredOn { min max }')).toEqual({
      hiredOn: { min: '2020-02-28', max: '2024-02-28' },
    });
    expect(await facets('searchProjects', 'dueOn { min max }')).toEqual({ dueOn: null });
  });

  it('show references as objects, null where the object is gone', async () => {
    const found = await facets('searchEmployees', 'office { count value { id city } }');
    expect(found.office).toEqual([
      { count: 2, value: { id: encodeGlobalId('Office', 'o0'), city: 'Łódź' } },
      { count: 2, value: { id: encodeGlobalId('Office', 'o1'), city: 'Café' } },
      { count: 1, value: null },
    ]);
  });

  it('are as many as asked for, equal counts by their values', async () => {
    const { city } = await facets('searchOffices', 'city(first: 3) { value count }');
    expect(counts(city)).toEqual([
      ['Cafeteria', 1],
      ['Café', 1],
      ['Munster', 1],
    ]);
    for (const first of [0, 101]) {
      const { data, errors } = await ask(`{ searchOffices { totalCount facets { city(first: ${first}) { value } } } }`);
      expect(errors?.[0]).toMatchObject({ extensions: { code: 'BAD_USER_INPUT', argument: 'facets.city.first' } });
      expect(data.searchOffices).toBeNull();
    }
  });

  it.each<[string, string[]]>([
    ['cafe', ['Cafeteria', 'Café']],
    ['CAFÉ', ['Cafeteria', 'Café']],
    ['Lo', ['Łomża', 'Łódź']],
    ['łÓ', ['Łomża', 'Łódź']],
    ['mun', ['Munster', 'München']],
    ['東', ['東京']],
    ['x', []],
  ])('begin with %s whatever their case and accents', async (startsWith, values) => {
    const { city } = await facets('searchOffices', `city(startsWith: "${startsWith}") { value count }`);
    expect(counts(city)).toEqual(values.map((value) => [value, 1]));
  });

  it('can be asked for by several beginnings at once, and have none without letters or digits', async () => {
    const beginnings = 'a: city(startsWith: "caf") { value } b: city(startsWith: "m") { value } c: city { value }';
    const found = await facets('searchOffices', beginnings);
    expect([found.a, found.b, found.c].map((values) => values.length)).toEqual([2, 2, CITIES.length]);
    const { errors } = await ask('{ searchOffices { facets { city(startsWith: "-") { value } } } }');
    expect(errors?.[0]).toMatchObject({ extensions: { code: 'BAD_USER_INPUT', argument: 'facets.city.startsWith' } });
  });

  it('count text that is longer than Meilisearch tells apart, cut off', async () => {
    const { all, some } = await facets(
      'searchEmployees',
      'all: title { value count } some: title(startsWith: "각각") { value count }',
    );
    expect(counts(all)).toEqual([
      ['Café Manager', 2],
      [CUT, 2],
      ['Cafeteria Manager', 1],
    ]);
    expect(counts(some)).toEqual([[CUT, 2]]);
  });
});

describe('facets of everything', () => {
  it('are by type, none for types that were not searched', async () => {
    const found = await facets(
      'search(query: "paint")',
      'task { status { value count } points { min max } } project { status { value count } } employee { team { value } }',
    );
    expect(found).toEqual({
      task: {
        status: [
          { value: 'IN_PROGRESS', count: 20 },
          { value: 'DONE', count: 10 },
        ],
        points: { min: 1, max: 29 },
      },
      project: { status: [{ value: 'ACTIVE', count: 1 }] },
      employee: { team: [] },
    });
    expect(
      await facets('search(query: "paint", types: [PROJECT])', 'task { status { value } points { min } }'),
    ).toEqual({
      task: { status: [], points: null },
    });
  });

  it.each([
    [
      'those of restricted attributes, which it could not tell',
      'salaryAmount { min }',
      'Cannot query field "salaryAmount"',
    ],
    ['beginnings, each of which takes a search', 'title(startsWith: "a") { value }', 'Unknown argument "startsWith"'],
  ])('are all but %s', async (_which, facet, problem) => {
    const { status, errors } = await ask(`{ search(query: "example") { facets { employee { ${facet} } } } }`, 'HR');
    expect(status).toBe(400);
    expect(errors?.map(({ message }) => message)).toEqual([expect.stringContaining(problem)]);
  });
});

describe('restricted facets', () => {
  const pay = 'salaryAmount { min max } salaryCurrency { value count }';

  it('are for those who may read them all', async () => {
    expect(await facets('searchEmployees', pay, 'HR')).toEqual({
      salaryAmount: { min: 3_000_000_000, max: 9_000_000_000 },
      salaryCurrency: [
        { value: 'EUR', count: 2 },
        { value: 'USD', count: 1 },
      ],
    });
  });

  it.each(['EMPLOYEE', 'MANAGER'] as const)('are null and an error to %s, beside all else', async (role) => {
    const query = `{ searchEmployees { totalCount facets { team { value count } ${pay} } edges { node { id } } } }`;
    const { data, errors = [] } = await ask(query, role);
    expect(errors.map(({ path, extensions }) => [path?.join('.'), extensions['code']])).toEqual([
      ['searchEmployees.facets.salaryAmount', 'FORBIDDEN'],
      ['searchEmployees.facets.salaryCurrency', 'FORBIDDEN'],
    ]);
    expect(data.searchEmployees).toMatchObject({
      totalCount: 5,
      facets: {
        salaryAmount: null,
        salaryCurrency: null,
        team: [
          { value: 'SALES', count: 3 },
          { value: 'LEGAL', count: 2 },
        ],
      },
    });
    expect(data.searchEmployees.edges).toHaveLength(5);
  });
});
