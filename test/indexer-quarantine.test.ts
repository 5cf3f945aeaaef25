import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Row } from '../src/entities/core/statements.ts';
import { Employee, Office } from '../src/entities/index.ts';
import { documentId } from '../src/search/document.ts';
import { employeeSearch, officeSearch } from '../src/search/index.ts';
import { apply } from '../src/search/indexer/apply.ts';
import { quarantineEntries } from '../src/search/indexer/quarantine.ts';
import { type Fault, firstOnly, type Match, meanwhile } from './support/fault-proxy.ts';
import { documentsIn, expectIndexEqualsTable } from './support/index-equality.ts';
import { recordLog } from './support/log.ts';
import { operation, type ProxiedRoster, startProxiedRoster } from './support/proxied-roster.ts';
import { NOW } from './support/roster.ts';

let roster: ProxiedRoster;
const org = 'acme';
let count = 0;

beforeAll(async () => {
  roster = await startProxiedRoster();
  return () => roster.stop();
});

beforeEach(() => {
  count++;
});

type Values = Readonly<Record<string, unknown>>;

const common = { org, version: 1, createdAt: NOW, updatedAt: NOW };
const employeeRow = (id: string, values: Values = {}, inOrg = org): Row =>
  Employee.put({
    ...common,
    org: inOrg,
    employee: id,
    firstName: 'Ada',
    lastName: 'Lovelace',
    email: 'ada@acme.example',
    title: 'Engineer',
    team: 'engineering',
    office: 'hq',
    hiredOn: '2020-01-01',
    ...values,
  }).Put.Item as Row;
const place = { zip: '1', city: 'Graz', state: 'Steiermark', country: 'AT', location: { lat: 47, lng: 15 } };
const officeRow = (id: string, values: Values = {}): Row =>
  Office.put({ ...common, office: id, name: 'Office', ...place, ...values }).Put.Item as Row;

/** Writes rows past all validation, as a script, a console or an older version of Roster would. */
const write = (...rows: readonly Row[]) => roster.services.table.batchWrite(rows.map((Item) => ({ Put: { Item } })));
const applyRows = (...rows: readonly Row[]) => apply(roster.services, rows);
const entryOf = async (id: string) =>
  (await quarantineEntries.list(roster.services.table, 'entries', new Date(NOW))).find(({ itemId }) => itemId === id);
const names = async () => Object.keys(await documentsIn(roster, employeeSearch.open));

const TEAM = 'team is filterable and longer than 468 bytes in lower-case compatibility form (NFKD)';

describe('an item that can not be indexed is listed with its reason, and holds nobody up', () => {
  const cases: [string, (id: string) => Row, string][] = [
    ['a team that filters would see cut off', (id) => ({ ...employeeRow(id), team: 'x'.repeat(469) }), TEAM],
    [
      'a salary too large to be exact',
      (id) => ({ ...employeeRow(id), salary: { amount: 2n ** 60n, currency: 'EUR' } }),
      'salary.amount is beyond ±2^53, where numbers lose precision',
    ],
    ['a date that is none', (id) => employeeRow(id, { birthday: 'yes' }), 'birthday is no number that JSON can hold'],
    [
      'a number for a date',
      (id) => ({ ...employeeRow(id), birthday: 19_900_101 }),
      expect.stringMatching(/^can't be made a document: .*not a function/) as unknown as string,
    ],
    [
      'binary for text',
      (id) => ({ ...employeeRow(id), lastName: new Uint8Array([1, 2]) }),
      'lastName is neither text, number, truth value nor null',
    ],
    [
      'a point off the globe',
      (id) => officeRow(id, { location: { lat: 91, lng: 0 } }),
      '_geo.lat is not degrees from -90 to 90',
    ],
    [
      'a point without longitude',
      (id) => ({ ...officeRow(id), location: { lat: 1 } }),
      '_geo.lng is not degrees from -180 to 180',
    ],
    [
      'an id too long for Meilisearch',
      (id) => employeeRow(`${id}-${'X'.repeat(200)}`),
      'id is not 1 to 511 letters, digits, "-" and "_"',
    ],
    [
      'an id that no reader takes',
      (id) => ({ ...employeeRow('probe'), pk: employeeRow('probe').pk.replace('probe', `${id}ä`), employee: `${id}ä` }),
      'its organization or id holds more than letters, digits, "-" and "_"',
    ],
  ];

  it.each(cases)('%s', async (_case, make, reason) => {
    const row = make(`bad-${count}`);
    const neighbours = [employeeRow(`good-${count}`), officeRow(`good-${count}`)];
    await write(row, ...neighbours);
    const log = recordLog();
    const result = await apply({ ...roster.services, log }, [row, ...neighbours]);
    const search = [employeeSearch, officeSearch].find(({ entity }) => entity.identify(row));
    const item = { entity: search?.entity.name, ...search?.entity.identify(row), reason };
    expect(result).toEqual({ applied: 2, quarantined: [item], failed: [] });
    expect(await entryOf(String(item.id))).toMatchObject({
      itemEntity: item.entity,
      itemOrg: org,
      reason,
      attempts: 1,
    });
    expect(log.entries).toMatchObject([{ level: 'warn', ...item }]);
    await expectIndexEqualsTable(roster);
    // Tried again for as long as the record comes back.
    await applyRows(row);
    expect((await entryOf(String(item.id)))?.attempts).toBe(2);
  });

  it.runIf(process.env['ROSTER_TEST_DYNAMODB'] === 'local')(
    'half a surrogate pair, which DynamoDB Local keeps',
    async () => {
      const row = employeeRow(`bad-${count}`, { lastName: 'half \ud83d' });
      await write(row);
      expect((await applyRows(row)).quarantined).toMatchObject([{ reason: 'lastName holds half of a surrogate pair' }]);
    },
  );
});

describe('what is odd but can be indexed is indexed', () => {
  it.each<[string, (id: string) => Row]>([
    ['a team of just as many bytes as filters can hold', (id) => ({ ...employeeRow(id), team: 'X'.repeat(468) })],
    ['an attribute of nobody', (id) => ({ ...employeeRow(id), nickname: 'Countess' })],
    ['more in a point than Meilisearch takes', (id) => ({ ...officeRow(id), location: { lat: 1, lng: 2, alt: 3 } })],
    ['no attributes but the required', (id) => employeeRow(id)],
    ['a salary at the limit', (id) => employeeRow(id, { salary: { amount: 2 ** 53 - 1, currency: 'EUR' } })],
  ])('%s', async (_case, make) => {
    const row = make(`odd-${count}`);
    await write(row);
    expect(await applyRows(row)).toEqual({ applied: 1, quarantined: [], failed: [] });
    await expectIndexEqualsTable(roster);
  });
});

describe('an item leaves quarantine', () => {
  const bad = (id: string): Row => ({ ...employeeRow(id), team: 'x'.repeat(500) });
  const enter = async (id: string) => {
    await write(bad(id));
    await applyRows(bad(id));
    expect(await entryOf(id)).toBeDefined();
  };

  it.each<[string, (id: string) => Promise<unknown>, boolean]>([
    ['when it is mended', (id) => write(employeeRow(id)), true],
    [
      'when it is deleted',
      (id) => roster.services.table.batchWrite([{ Delete: { Key: Employee.key(org, id) } }]),
      false,
    ],
    ['when it expires', (id) => write({ ...bad(id), expires: Date.parse(NOW) / 1_000 - 1 }), false],
  ])('%s', async (_case, change, isIndexed) => {
    const id = `leaving-${count}`;
    await enter(id);
    await change(id);
    expect(await applyRows(bad(id))).toEqual({ applied: 1, quarantined: [], failed: [] });
    expect(await entryOf(id)).toBeUndefined();
    expect((await names()).includes(documentId(org, id))).toBe(isIndexed);
  });

  it('and was in the index before: it is out of it while it can not be indexed', async () => {
    const id = `changing-${count}`;
    await write(employeeRow(id));
    await applyRows(bad(id));
    expect(await names()).toContain(documentId(org, id));
    await enter(id);
    expect(await names()).not.toContain(documentId(org, id));
  });

  it.each<[string, number]>([
    ['is entered', 1],
    ['has been read again', 2],
  ])('when it is mended before it %s, by whoever looks last', async (_case, reads) => {
    const id = `mended-${count}`;
    await write(bad(id));
    // Somebody else sees the mended item and finds no entry to clear.
    const mend = async () => {
      await write(employeeRow(id));
      expect(await applyRows(bad(id))).toMatchObject({ applied: 1 });
    };
    let seen = 0;
    const isRead: Match = (request) => operation('BatchGetItem')(request) && request.body.includes(`#employee_${id}`);
    roster.dynamodb.inject(isRead, async (_request, forward) => {
      const answer = await forward();
      seen++;
      if (seen === reads) await mend();
      return answer;
    });
    const { quarantined } = await applyRows(bad(id));
    expect(quarantined).toEqual(reads === 1 ? [] : [expect.objectContaining({ id })]);
    expect(await entryOf(id)).toBeUndefined();
    expect(await names()).toContain(documentId(org, id));
  });

  it('and not because an older state of it was seen', async () => {
    const id = `worse-${count}`;
    await write(employeeRow(id));
    await applyRows(bad(id));
    const worsen = async () => {
      await write(bad(id));
      await applyRows(bad(id));
    };
    roster.dynamodb.inject(operation('BatchGetItem'), firstOnly(meanwhile(worsen)));
    expect((await applyRows(bad(id))).quarantined).toHaveLength(1);
    expect(await entryOf(id)).toBeDefined();
    expect(await names()).not.toContain(documentId(org, id));
  });
});

it('several that only the engine refuses, next to each other in one batch: all are listed, and the rest is done', async () => {
  const bad = [1, 2].map((n) => employeeRow(`poison-${n}-${count}`, { title: 'poison' }));
  const gone = employeeRow(`gone-${count}`);
  const office = officeRow(`neighbour-${count}`);
  await write(...bad, gone, office);
  await applyRows(gone);
  await roster.services.table.batchWrite([{ Delete: { Key: Employee.key(org, `gone-${count}`) } }]);
  // Half of a surrogate pair, which no check sees that comes before it.
  const spoil: Fault = ({ body }, forward) => forward(body.replaceAll('"poison"', '"\\ud800"'));
  const heal = roster.meilisearch.inject(roster.writesTo(employeeSearch.open), spoil);
  const { applied, quarantined, failed } = await applyRows(gone, ...bad, office);
  heal();
  expect([applied, quarantined.map(({ id }) => id), failed]).toEqual([2, bad.map((row) => row['employee']), []]);
  for (const { id, reason } of quarantined) expect(await entryOf(id)).toMatchObject({ reason, attempts: 1 });
  // Nothing is left of what the index was asked, either.
  expect((await names()).filter((name) => /poison|gone/.test(name))).toEqual([]);
  expect(Object.keys(await documentsIn(roster, officeSearch.open))).toContain(documentId(org, `neighbour-${count}`));
  expect(await applyRows(...bad)).toEqual({ applied: 2, quarantined: [], failed: [] });
  await expectIndexEqualsTable(roster);
});

it('quarantine is found by key: a secondary index that lags does not matter', async () => {
  roster.dynamodb.requests.length = 0;
  await applyRows(employeeRow('anybody'));
  expect(roster.dynamodb.requests.map(({ operation: name }) => name?.split('.')[1])).not.toContain('Query');
});
