import { beforeAll, expect, it } from 'vitest';
import { type Company, createCompany } from './support/company.ts';
import { startRoster, type TestRoster } from './support/roster.ts';

let roster: TestRoster;
let acme: Company;

beforeAll(async () => {
  roster = await startRoster();
  acme = await createCompany(roster, 'acme');
  await roster.indexed();
  return () => roster.stop();
});

/** The one error of an operation, which must be the caller's fault and name the argument. */
async function refusalOf(query: string, variables?: Record<string, unknown>): Promise<string> {
  const { status, errors = [] } = await roster.graphql(acme.as.hr, query, variables);
  expect(status).toBe(200);
  expect(errors).toHaveLength(1);
  const [error] = errors;
  expect(error?.extensions['code']).toBe('BAD_USER_INPUT');
  expect(error?.message.split(': ')[0]).toBe(error?.extensions['argument']);
  return error?.message ?? '';
}

const SEARCHES = ['search', 'searchTasks', 'searchOffices', 'searchEmployees', 'searchProjects'];

it.each<[string, string, string]>([
  ['of 501 characters', 'x'.repeat(501), 'has 501 characters; give 500 at most'],
  ['of 10 KB', 'long words '.repeat(931), 'has 10241 characters; give 500 at most'],
  ['of emoji, each of which counts twice', '🙂'.repeat(251), 'has 502 characters; give 500 at most'],
  ['with a line break', 'a\nb', 'holds a control character or line break; remove it'],
  ['with a null character', 'a\0', 'holds a control character or line break; remove it'],
  ['with a tab', '\t', 'holds a control character or line break; remove it'],
  ['with an escape', '\u001b[31m', 'holds a control character or line break; remove it'],
  ['with a C1 control', 'a\u0085b', 'holds a control character or line break; remove it'],
  ['with the first half of a surrogate pair', 'a\ud800', 'holds half of a surrogate pair; send valid Unicode'],
  ['with the second half of a surrogate pair', '\udc00a', 'holds half of a surrogate pair; send valid Unicode'],
  ['with a pair the wrong way round', '\udc00\ud800', 'holds half of a surrogate pair; send valid Unicode'],
])('a query %s is refused everywhere', async (_what, text, problem) => {
  for (const field of SEARCHES) {
    const type = field === 'search' ? 'String!' : 'String';
    const query = `query($text: ${type}) { ${field}(query: $text) { totalCount } }`;
    expect(await refusalOf(query, { text })).toBe(`query: ${problem}`);
  }
});

it('a query as long as may be is taken, whatever it is made of', async () => {
  for (const text of [
    'x'.repeat(500),
    '"'.repeat(500),
    'a '.repeat(250),
    '-"a" '.repeat(100),
    '🙂'.repeat(250),
    '',
    ' ',
  ]) {
    const selection = SEARCHES.map((field) => `${field}(query: $text) { totalCount }`).join(' ');
    const { errors } = await roster.graphql(acme.as.hr, `query($text: String!) { ${selection} }`, { text });
    expect(errors).toBeUndefined();
  }
});

const deep = (levels: number): object => (levels === 1 ? { team: { eq: 'LEGAL' } } : { not: deep(levels - 1) });
const wide = (count: number) => ({ title: { in: Array.from({ length: count }, (_, i) => `t${i}`) } });
const ABSENCE = 'is null, which is no condition; leave it out, or ask for absence by `exists: false`';

it.each<[string, object, string]>([
  ['nested too deep', deep(21), 'filter: is nested deeper than 20 levels; flatten it'],
  ['of too many values', wide(1_001), 'filter: has 1001 conditions and values; give 1000 at most'],
  [
    'of too many conditions',
    { or: Array.from({ length: 1_001 }, () => deep(2)) },
    'filter: has 1001 conditions and values; give 1000 at most',
  ],
  [
    'of too many conditions that are none',
    { and: Array.from({ length: 1_001 }, (_, i) => (i % 2 === 0 ? {} : { or: [] })) },
    'filter: has 1001 conditions and values; give 1000 at most',
  ],
  ['without a condition on an attribute', { title: null }, `filter.title: ${ABSENCE}`],
  ['without a value to compare with', { title: { eq: null } }, `filter.title.eq: ${ABSENCE}`],
  ['without a value in a map', { salary: { amount: { gte: null } } }, `filter.salary.amount.gte: ${ABSENCE}`],
  ['without existence', { or: [{}, { team: { exists: null } }] }, `filter.or[1].team.exists: ${ABSENCE}`],
  ['without parts', { and: [{ or: null }] }, `filter.and[0].or: ${ABSENCE}`],
  ['without what it denies', { not: { not: null } }, `filter.not.not: ${ABSENCE}`],
])('a filter %s is refused', async (_what, filter, message) => {
  const query = 'query($filter: EmployeeSearchFilter) { searchEmployees(filter: $filter) { totalCount } }';
  expect(await refusalOf(query, { filter })).toBe(message);
});

it('a filter as deep and as wide as may be is taken', async () => {
  const query = 'query($filter: EmployeeSearchFilter) { searchEmployees(filter: $filter) { totalCount } }';
  for (const [filter, count] of [
    [deep(20), 3],
    [wide(1_000), 0],
  ] as const)
    expect((await roster.graphql(acme.as.hr, query, { filter })).data).toEqual({
      searchEmployees: { totalCount: count },
    });
});

it('a key of an order is given once: more would decide nothing, and take long', async () => {
  const query = 'query($orderBy: [EmployeeSearchOrder!]) { searchEmployees(orderBy: $orderBy) { totalCount } }';
  const orderBy = [{ by: 'TITLE' }, { by: 'LAST_NAME' }, { by: 'TITLE', order: 'DESC' }];
  expect(await refusalOf(query, { orderBy })).toBe(
    'orderBy[2].by: is that of orderBy[0], which decides alone; give each key once',
  );
});

const METERS = 'give 1 to 20000000 meters';
const LAT = 'give degrees from -90 to 90';
const LNG = 'give degrees from -180 to 180';

it.each([
  ['near: { point: { lat: 90.0001, lng: 0 } }', 'near.point.lat', `is 90.0001; ${LAT}`],
  ['near: { point: { lat: -91, lng: 0 } }', 'near.point.lat', `is -91; ${LAT}`],
  ['near: { point: { lat: 0, lng: 180.5 } }', 'near.point.lng', `is 180.5; ${LNG}`],
  ['near: { point: { lat: 0, lng: -1e300 } }', 'near.point.lng', `is -1e+300; ${LNG}`],
  ['near: { point: { lat: 0, lng: 0 }, withinMeters: 0 }', 'near.withinMeters', `is 0; ${METERS}`],
  ['near: { point: { lat: 0, lng: 0 }, withinMeters: -1 }', 'near.withinMeters', `is -1; ${METERS}`],
  ['near: { point: { lat: 0, lng: 0 }, withinMeters: 20000001 }', 'near.withinMeters', `is 20000001; ${METERS}`],
  [
    'within: { northEast: { lat: 1, lng: 0 }, southWest: { lat: 2, lng: 0 } }',
    'within.northEast.lat',
    'is south of southWest.lat, 2; exchange them',
  ],
  [
    'within: { northEast: { lat: 95, lng: 0 }, southWest: { lat: 2, lng: 0 } }',
    'within.northEast.lat',
    `is 95; ${LAT}`,
  ],
  [
    'within: { northEast: { lat: 5, lng: 0 }, southWest: { lat: -95, lng: 0 } }',
    'within.southWest.lat',
    `is -95; ${LAT}`,
  ],
  [
    'within: { northEast: { lat: 5, lng: 181 }, southWest: { lat: 2, lng: 0 } }',
    'within.northEast.lng',
    `is 181; ${LNG}`,
  ],
  [
    'within: { northEast: { lat: 5, lng: 1 }, southWest: { lat: 2, lng: -181 } }',
    'within.southWest.lng',
    `is -181; ${LNG}`,
  ],
])('a place of %s is refused', async (args, argument, problem) => {
  expect(await refusalOf(`{ searchOffices(${args}) { totalCount } }`)).toBe(`${argument}: ${problem}`);
});

it.each(['NaN', 'Infinity', '"1"', 'null'])('the degrees %s are refused by GraphQL itself', async (lat) => {
  const query = `{ searchOffices(near: { point: { lat: ${lat}, lng: 0 } }) { totalCount } }`;
  const { status, errors } = await roster.graphql(acme.as.hr, query);
  expect(status).toBe(400);
  expect(errors?.[0]?.message).toContain(lat);
});

const NO_LETTERS =
  'has nothing but blanks and punctuation, which do not count; give a letter, a digit or a symbol, or leave it out';

it.each([
  ['title(first: 0)', 'facets.title.first: is 0; ask for 1 to 100'],
  ['title(first: -1)', 'facets.title.first: is -1; ask for 1 to 100'],
  ['team(first: 101)', 'facets.team.first: is 101; ask for 1 to 100'],
  ['salaryCurrency(first: 2147483647)', 'facets.salaryCurrency.first: is 2147483647; ask for 1 to 100'],
  ['title(startsWith: "")', `facets.title.startsWith: ${NO_LETTERS}`],
  ['title(startsWith: " -!\\" ")', `facets.title.startsWith: ${NO_LETTERS}`],
])('the facet %s is refused', async (facet, message) => {
  expect(await refusalOf(`{ searchEmployees { facets { ${facet} { count } } } }`)).toBe(message);
});

it('the facet of a beginning that is no text is refused', async () => {
  const query = 'query($text: String) { searchEmployees { facets { title(startsWith: $text) { count } } } }';
  expect(await refusalOf(query, { text: 'a\ud800' })).toBe(
    'facets.title.startsWith: holds half of a surrogate pair; send valid Unicode',
  );
});

it('what a facet is refused for is found before anything is sent', async () => {
  const headers = { 'x-roster-explain': '1' };
  for (const facet of ['title(first: 0)', 'title(startsWith: "-")']) {
    const query = `{ searchEmployees { edges { node { id } } facets { ${facet} { count } } } }`;
    const { errors, extensions } = await roster.graphql(acme.as.admin, query, {}, headers);
    expect(errors).toHaveLength(1);
    expect(extensions.explain.calls).toEqual([]);
  }
});

it('more beginnings of facets than a search takes are refused', async () => {
  const facets = (count: number) =>
    Array.from({ length: count }, (_, i) => `f${i}: title(startsWith: "${i}") { count }`).join(' ');
  expect(await refusalOf(`{ searchEmployees { facets { ${facets(11)} } } }`)).toBe(
    'facets: look for 11 beginnings of values, each of which takes a search of its own; give 10 at most',
  );
  const { errors } = await roster.graphql(acme.as.hr, `{ searchEmployees { facets { ${facets(10)} } } }`);
  expect(errors).toBeUndefined();
});

it.each([-1, 101, 2_147_483_647])('salaries within %i per cent are refused', async (withinPercent) => {
  const query = `query($withinPercent: Int!) { comparableSalaries(title: "CEO", country: "DE", salary: { amount: 1, currency: "EUR" },
    withinPercent: $withinPercent) { totalCount } }`;
  expect(await refusalOf(query, { withinPercent })).toBe(`withinPercent: is ${withinPercent}; give 0 to 100`);
});

it.each([...SEARCHES, 'upcomingBirthdays'])('a page of %s below 0 or above 100 is refused', async (field) => {
  const query = field === 'search' ? 'query: "a", ' : '';
  for (const first of [-1, 101])
    expect(await refusalOf(`{ ${field}(${query}first: ${first}) { totalCount } }`)).toBe(
      `first: is ${first}; ask for 0 to 100 and page on with after`,
    );
});
