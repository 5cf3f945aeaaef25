import { beforeAll, expect, it } from 'vitest';
import { Office } from '../src/entities/index.ts';
import { officeSearch } from '../src/search/index.ts';
import { apply } from '../src/search/indexer/apply.ts';
import { documentsIn, expectIndexEqualsTable } from './support/index-equality.ts';
import { NOW, startRoster, type TestRoster } from './support/roster.ts';

let roster: TestRoster;
const org = 'acme';
const hr = { org, role: 'HR' } as const;

beforeAll(async () => {
  roster = await startRoster();
  return () => roster.stop();
});

// No poller runs here: its handler goes by the real clock and would bring back what these tests let expire.
const applyOffices = (...offices: string[]) =>
  apply(
    roster.services,
    offices.map((office) => Office.key(org, office)),
  );
const applied = (count: number) => ({ applied: count, quarantined: [], failed: [] });

/** An office that is gone at a time, as a script or another writer of the table may make it. */
async function write(office: string, expires: string): Promise<void> {
  const { Item } = Office.put({
    org,
    office,
    name: `Popup ${office}`,
    zip: '1',
    city: 'Graz',
    state: 'Steiermark',
    country: 'AT',
    location: { lat: 47, lng: 15 },
    version: 1,
    createdAt: NOW,
    updatedAt: NOW,
    expires: Date.parse(expires) / 1_000,
  }).Put;
  await roster.services.table.batchWrite([{ Put: { Item } }]);
}

const found = async (): Promise<string[]> => {
  const query = '{ search(query: "popup") { edges { node { ... on Office { name } } } } searchOffices { totalCount } }';
  const { data, errors } = await roster.graphql(hr, query);
  expect(errors).toBeUndefined();
  const names: string[] = data.search.edges.map(({ node }: { node: { name: string } }) => node.name);
  expect(data.searchOffices.totalCount).toBe(names.length);
  return names.sort();
};

it('an item is found until it expires, and no moment longer, whatever the stream says', async () => {
  await write('a', '2100-01-01T00:00:00Z');
  await write('b', '2100-01-01T00:00:01Z');
  expect(await applyOffices('a', 'b')).toEqual(applied(2));
  await expectIndexEqualsTable(roster);
  roster.clock.set('2099-12-31T23:59:59.999Z');
  expect(await found()).toEqual(['Popup a', 'Popup b']);
  roster.clock.set('2100-01-01T00:00:00Z');
  expect(await found()).toEqual(['Popup b']);
  // Nothing has been written: the documents are still there.
  expect(Object.keys(await documentsIn(roster, officeSearch.open))).toHaveLength(2);
});

it('an expired item that is applied leaves the index, and comes back when its time is extended', async () => {
  roster.clock.set(NOW);
  await write('c', '2100-01-01T00:00:00Z');
  const indexed = async () => Object.keys(await documentsIn(roster, officeSearch.open)).includes('acme_c');
  await applyOffices('c');
  expect(await indexed()).toBe(true);
  roster.clock.set('2100-01-01T00:00:00Z');
  expect(await applyOffices('c')).toEqual(applied(1));
  expect(await indexed()).toBe(false);
  await write('c', '2200-01-01T00:00:00Z');
  await applyOffices('c');
  expect(await indexed()).toBe(true);
});

it('an item that had expired when it was written is never in the index', async () => {
  await write('d', '2020-01-01T00:00:00Z');
  expect(await applyOffices('d')).toEqual(applied(1));
  expect(await documentsIn(roster, officeSearch.open)).not.toHaveProperty('acme_d');
});
