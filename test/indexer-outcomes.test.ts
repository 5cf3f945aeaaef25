import type { DynamoDBRecord } from 'aws-lambda';
import { beforeAll, describe, expect, it } from 'vitest';
import { indexStream } from '../handler.ts';
import type { Row } from '../src/entities/core/statements.ts';
import { Office, Project } from '../src/entities/index.ts';
import { documentId } from '../src/search/document.ts';
import { officeSearch, projectSearch } from '../src/search/index.ts';
import { quarantineEntries } from '../src/search/indexer/quarantine.ts';
import { documentsIn, expectIndexEqualsTable } from './support/index-equality.ts';
import { NOW, startRoster, type TestRoster } from './support/roster.ts';
import { eventOf, failuresOf, recordOf } from './support/stream-events.ts';

// The rows of the table of outcomes in docs/indexing.md that no other file of these tests is about.

let roster: TestRoster;
const org = 'acme';

beforeAll(async () => {
  roster = await startRoster();
  return () => roster.stop();
});

const managed = { org, version: 1, createdAt: NOW, updatedAt: NOW };
const place = { zip: '1', city: 'Graz', state: 'Steiermark', country: 'AT', location: { lat: 47, lng: 15 } };
const officePut = (office: string) => Office.put({ ...managed, office, name: 'Office', ...place });
const projectPut = (project: string) => Project.put({ ...managed, project, name: 'Project', status: 'active' });
const deliver = (...records: readonly DynamoDBRecord[]) => indexStream(eventOf(...records));
const isIndexed = async (id: string) => documentId(org, id) in (await documentsIn(roster, officeSearch.open));
const isProjectIndexed = async (id: string) => documentId(org, id) in (await documentsIn(roster, projectSearch.open));
const quarantined = async () =>
  (await quarantineEntries.list(roster.services.table, 'entries', new Date(NOW))).map(({ itemId }) => itemId);

async function indexedOffice(id: string): Promise<Row> {
  const { Put } = officePut(id);
  await roster.services.table.batchWrite([{ Put }]);
  await deliver(recordOf(Office.key(org, id)));
  expect(await isIndexed(id)).toBe(true);
  return Put.Item as Row;
}

describe('an item is what its key says: the index has it as readers see it', () => {
  it.each<[string, (row: Row) => Row]>([
    ['marked as another entity', (row) => ({ ...row, __edb_e__: 'warehouse' })],
    ['marked as another version of its entity', (row) => ({ ...row, __edb_v__: '2' })],
    ['marked as nothing', ({ __edb_e__: _entity, __edb_v__: _version, ...row }) => row as Row],
  ])('%s', async (_case, change) => {
    const row = await indexedOffice('marked');
    await roster.services.table.batchWrite([{ Put: { Item: { ...change(row), name: 'Marked' } } }]);
    expect(await deliver(recordOf(row))).toEqual(failuresOf());
    expect(await quarantined()).toEqual([]);
    await expectIndexEqualsTable(roster);
    const { data } = await roster.graphql(
      { org, role: 'CLIENT' },
      '{ searchOffices(query: "marked") { edges { node { name } } } }',
    );
    expect(data.searchOffices.edges).toEqual([{ node: { name: 'Marked' } }]);
  });
});

it('an item stops being searchable with what of it was searched: a word that is gone finds nothing', async () => {
  const row = await indexedOffice('fading');
  const found = async (word: string) =>
    (await roster.graphql({ org, role: 'CLIENT' }, `{ searchOffices(query: "${word}") { totalCount } }`)).data
      .searchOffices.totalCount;
  const write = (values: Readonly<Record<string, unknown>>) =>
    roster.services.table.batchWrite([{ Put: { Item: { ...row, ...values } } }]);
  await write({ street: 'Xylophone' });
  await deliver(recordOf(row));
  expect(await found('xylophone')).toBe(1);
  await write({});
  await deliver(recordOf(row));
  expect(await found('xylophone')).toBe(0);
});

it('the records of one transaction are as good one by one, in whatever order and batches they come', async () => {
  const { Put: office } = officePut('together');
  const { Put: project } = projectPut('together');
  await roster.services.table.write([{ Put: office }, { Put: project }]);
  expect(await deliver(recordOf(Project.key(org, 'together')))).toEqual(failuresOf());
  // An index follows its own items, and does not wait for those of another one.
  expect([await isProjectIndexed('together'), await isIndexed('together')]).toEqual([true, false]);
  expect(await deliver(recordOf(Office.key(org, 'together')))).toEqual(failuresOf());
  await expectIndexEqualsTable(roster);
});

it('an item that can be parsed no more is out of the index and in quarantine, and back when it is mended', async () => {
  const row = await indexedOffice('broken');
  await roster.services.table.batchWrite([{ Put: { Item: { ...row, location: 'here' } } }, projectPut('neighbour')]);
  expect(await deliver(recordOf(row), recordOf(Project.key(org, 'neighbour')))).toEqual(failuresOf());
  expect([await isIndexed('broken'), await isProjectIndexed('neighbour'), await quarantined()]).toEqual([
    false,
    true,
    ['broken'],
  ]);
  await roster.services.table.batchWrite([{ Put: { Item: row } }]);
  expect(await deliver(recordOf(row))).toEqual(failuresOf());
  expect([await isIndexed('broken'), await quarantined()]).toEqual([true, []]);
  await expectIndexEqualsTable(roster);
});
