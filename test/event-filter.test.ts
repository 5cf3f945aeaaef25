import type { DynamoDBRecord } from 'aws-lambda';
import { beforeAll, describe, expect, it } from 'vitest';
import { readStackFile } from '../dev/stack-file.ts';
import { recordFilter } from '../dev/stream/filter.ts';
import type { TableKey } from '../src/entities/core/statements.ts';
import { Unique } from '../src/entities/core/unique.ts';
import { createItem, deleteItem } from '../src/entities/core/write.ts';
import { Employee, Office } from '../src/entities/index.ts';
import { Marker } from '../src/entities/system/marker.ts';
import { Quarantine } from '../src/entities/system/quarantine.ts';
import { SearchIntent } from '../src/entities/system/search-intent.ts';
import { SearchRun } from '../src/entities/system/search-run.ts';
import { SearchState } from '../src/entities/system/search-state.ts';
import { SearchWriter } from '../src/entities/system/search-writer.ts';
import { searches } from '../src/search/all.ts';
import { streamFilters } from '../src/search/indexer/event-filter.ts';
import { HEARTBEAT_KEY } from '../src/search/indexer/heartbeat.ts';
import { intents } from '../src/search/indexer/intent.ts';
import { identify } from '../src/search/indexer/plan.ts';
import { createCompany } from './support/company.ts';
import { scanTable } from './support/index-equality.ts';
import { NOW, startRoster, type TestRoster } from './support/roster.ts';
import { failuresOf, recordOf } from './support/stream-events.ts';

let roster: TestRoster;
const isWanted = recordFilter(streamFilters());

beforeAll(async () => {
  roster = await startRoster();
  return () => roster.stop();
});

describe('the filter lets pass', () => {
  it.each(searches.map(({ entity }) => [entity.name, entity] as const))(
    '%s, whatever happens to it',
    (_name, entity) => {
      for (const eventName of ['INSERT', 'MODIFY', 'REMOVE'] as const)
        expect(isWanted(recordOf(entity.key('acme', '01k-A_b'), { eventName }))).toBe(true);
    },
  );

  it('expired items that DynamoDB has removed', () => {
    const userIdentity = { type: 'Service', principalId: 'dynamodb.amazonaws.com' };
    expect(isWanted(recordOf(Office.key('acme', '1'), { eventName: 'REMOVE', userIdentity }))).toBe(true);
  });

  it("the stream's own heartbeat", () => {
    expect(isWanted(recordOf(HEARTBEAT_KEY))).toBe(true);
  });

  it('what the indexer takes for an item of an index, and nothing else', async () => {
    await createCompany(roster, 'acme');
    await roster.indexed();
    const rows = await scanTable(roster);
    const passed = rows.filter((row) => isWanted(recordOf(row)));
    expect(passed).toEqual(rows.filter((row) => identify([row]).length > 0));
    expect(passed.length).toBeGreaterThan(5);
    expect(passed.length).toBeLessThan(rows.length);
  });
});

describe('the filter drops', () => {
  it.each<[string, TableKey]>([
    ['guards of unique values', Unique.key('acme', 'employee_email_0')],
    ...[Marker, Quarantine, SearchIntent, SearchRun, SearchState, SearchWriter].map((entity): [string, TableKey] => [
      `the system's ${entity.name}`,
      entity.key('-', 'x'),
    ]),
    ['the note that a heartbeat was seen', Marker.key('-', 'heartbeat-seen')],
    ["a heartbeat of an organization's", Marker.key('acme', 'heartbeat')],
    ['an entity that is not searchable', { pk: '$roster#org_acme#audit_1', sk: '$audit_1' }],
    ['an entity whose name begins like another', { pk: '$roster#org_acme#officer_1', sk: '$officer_1' }],
    ['an item of another service', { pk: '$payroll#org_acme#office_1', sk: '$office_1' }],
  ])('%s', (_case, key) => {
    expect(isWanted(recordOf(key))).toBe(false);
  });

  it.each<[string, Partial<DynamoDBRecord>]>([
    ['no stream part', {}],
    ['no keys', { dynamodb: { SequenceNumber: '1' } }],
    ['the keys of another table', { dynamodb: { Keys: { id: { S: '1' } } } }],
    ['keys of another type', { dynamodb: { Keys: { pk: { N: '1' }, sk: { S: '$office_1' } } } }],
  ])('a record that has %s', (_case, record) => {
    expect(isWanted(record)).toBe(false);
  });
});

it('a pattern that can not be imitated is refused when it is read, not when it is used', () => {
  const pattern = { dynamodb: { Keys: { pk: { S: [{ 'anything-but': 'x' }] } } } };
  // What a file may hold, whatever the type says.
  expect(() => recordFilter([pattern as never])).toThrow(
    'the filter pattern at dynamodb.Keys.pk.S has {"anything-but":"x"}, which can\'t be imitated here',
  );
});

it('the local stack filters as production does', async () => {
  expect((await readStackFile()).eventSource.filterPatterns).toEqual(streamFilters());
});

describe('end to end', () => {
  it('records of the indexer and guards do not call the handler, and are not read again', async () => {
    const batches: DynamoDBRecord[][] = [];
    const start = roster.poller(async ({ Records }) => {
      batches.push(Records);
      return failuresOf();
    });
    start.start();
    await start.caughtUp();
    batches.length = 0;
    const read = start.delivered;
    await roster.services.table.batchWrite([
      intents.put('writer', { items: 'office acme 1' }, new Date(NOW)),
      { Put: { Item: { ...Unique.key('acme', 'office_name_0'), of: '1' } } },
    ]);
    await roster.services.table.batchWrite([intents.delete('writer')]);
    await start.caughtUp();
    expect(batches).toEqual([]);
    expect(start.delivered).toBe(read + 3);
  });

  it('of the records of one transaction only those of searchable items arrive', async () => {
    const seen: TableKey[] = [];
    const poller = roster.poller(async ({ Records }) => {
      seen.push(...Records.map(({ dynamodb }) => ({ pk: dynamodb?.Keys?.['pk']?.S ?? '', sk: '' })));
      return failuresOf();
    });
    poller.start();
    await poller.caughtUp();
    seen.length = 0;
    const office = { name: 'HQ', zip: '1', city: 'Graz', state: 'Steiermark', country: 'AT' };
    const { office: at } = await createItem(roster.services, Office, 'acme', {
      ...office,
      location: { lat: 1, lng: 2 },
    });
    const person = { firstName: 'Ada', lastName: 'L', title: 'T', team: 'engineering', hiredOn: '2020-01-01' } as const;
    const { employee } = await createItem(roster.services, Employee, 'acme', {
      ...person,
      office: at,
      email: 'only@acme.example',
    });
    await deleteItem(roster.services, Employee, { org: 'acme', id: employee });
    await poller.caughtUp();
    const own = [Office.key('acme', at).pk, Employee.key('acme', employee).pk];
    expect(new Set(seen.map(({ pk }) => pk))).toEqual(new Set(own));
  });
});
