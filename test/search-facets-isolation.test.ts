import { beforeAll, expect, it } from 'vitest';
import { officeSearch } from '../src/search/index.ts';
import { documentWriter } from './support/document-writer.ts';
import { startRoster, type TestRoster } from './support/roster.ts';

let roster: TestRoster;
beforeAll(async () => {
  roster = await startRoster();
  return () => roster.stop();
});

/** Indexes offices that the table does not have, which facets do not ask. */
async function indexOffices(org: string, cities: readonly string[]): Promise<void> {
  const { host, apiKey, indexPrefix } = roster.services.config.search;
  const documents = cities.map((city, i) =>
    officeSearch.open.document({ org, id: `o${i}` }, { city, country: 'DE' }, undefined),
  );
  expect(await documentWriter({ host, apiKey, indexPrefix }).write(officeSearch.open, documents, [])).toEqual(
    new Map(),
  );
}

/** The cities of an organization's offices and how many are in each. */
async function citiesOf(org: string, args: string): Promise<unknown[][]> {
  const query = `{ searchOffices { facets { city(${args}) { value count } } } }`;
  const { data, errors } = await roster.graphql({ org, role: 'CLIENT' }, query);
  expect(errors).toBeUndefined();
  return data.searchOffices.facets.city.map((each: { value: string; count: number }) => [each.value, each.count]);
}

const repeated = (count: number, values: readonly string[]) =>
  Array.from({ length: count }, (_, i) => values[i % values.length] ?? '');

it('values are spelled as the organization does, also among thousands', async () => {
  // What Meilisearch takes for one, first and last in another organization.
  await indexOffices('CROWD', ['CAFE NOIR', 'cafe noir', 'MUNCHEN']);
  await indexOffices('crowd', repeated(3_200, ['Café Noir', 'München']));
  await indexOffices('zoo', ['Cafe Noir', 'munchen']);
  const [cafe, munich] = [
    ['Café Noir', 1_600],
    ['München', 1_600],
  ];
  expect(await citiesOf('crowd', 'first: 10')).toEqual([cafe, munich]);
  expect(await citiesOf('crowd', 'first: 10, startsWith: "CAF"')).toEqual([cafe]);
  expect(await citiesOf('CROWD', 'first: 10')).toEqual([
    [expect.stringMatching(/^cafe noir$/i), 2],
    ['MUNCHEN', 1],
  ]);
});

it('values of equal count stand in one order, whatever other organizations have', async () => {
  const own = Array.from({ length: 60 }, (_, i) => `Town ${String(i).padStart(2, '0')}`);
  await indexOffices('even', own);
  const ordered = own.map((city) => [city, 1]);
  expect(await citiesOf('even', 'first: 100')).toEqual(ordered);
  // Meilisearch looks for what is frequent in groups of values, which those of all organizations make together.
  await indexOffices(
    'odd',
    own.flatMap((city, i) => repeated((i * 7) % 11, [`${city}a`, `${city}b`, city])),
  );
  expect(await citiesOf('even', 'first: 100')).toEqual(ordered);
  expect(await citiesOf('even', 'first: 7')).toEqual(ordered.slice(0, 7));
});
