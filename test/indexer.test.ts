import { isNonNullType } from 'graphql';
import { beforeAll, describe, expect, it } from 'vitest';
import { encodePart } from '../src/entities/core/keys.ts';
import { decodeGlobalId } from '../src/schema/electrodb/global-id.ts';
import { schema } from '../src/schema/index.ts';
import { searches } from '../src/search/all.ts';
import { BUCKET, bucketOf, documentId } from '../src/search/define.ts';
import { employeeSearch, officeSearch } from '../src/search/index.ts';
import { type Company, createCompany } from './support/company.ts';
import { documentsIn, expectIndexEqualsTable, searchEngine, uidOf } from './support/index-equality.ts';
import { startRoster, type TestRoster } from './support/roster.ts';

let roster: TestRoster;
let acme: Company;

beforeAll(async () => {
  roster = await startRoster();
  acme = await createCompany(roster, 'acme');
  await createCompany(roster, 'ACME');
  await roster.indexed();
  return () => roster.stop();
});

/** Runs a mutation as administrator. @returns the global id of its object */
async function mutate(name: string, input: Readonly<Record<string, unknown>>): Promise<string> {
  const type = schema.getMutationType()?.getFields()[name]?.args[0]?.type;
  expect(isNonNullType(type), `${name} takes an input`).toBe(true);
  const query = `mutation($input: ${type}) {
    ${name}(input: $input) { __typename ... on Node { id } ... on Error { message } } }`;
  const { data, errors } = await roster.graphql(acme.as.admin, query, { input });
  expect(errors).toBeUndefined();
  expect(data[name]).toMatchObject({ id: expect.any(String) });
  return data[name].id;
}

interface Lifecycle {
  readonly create: readonly [string, () => Readonly<Record<string, unknown>>];
  readonly updates: readonly (readonly [string, () => Readonly<Record<string, unknown>>])[];
  readonly remove: string;
}

const office = { name: 'Harbour', zip: '20095', city: 'Hamburg', state: 'Hamburg', country: 'DE' };
const employee = {
  firstName: 'Grace',
  lastName: 'Hopper',
  title: 'Admiral',
  team: 'ENGINEERING',
  hiredOn: '2024-02-29',
};

const lifecycles: Readonly<Record<string, Lifecycle>> = {
  office: {
    create: ['createOffice', () => ({ ...office, location: { lat: 53.55, lng: 9.99 } })],
    updates: [
      ['updateOffice', () => ({ name: 'Docks', street: 'Elbe 1', country: 'AT', location: { lat: -90, lng: 180 } })],
      ['updateOffice', () => ({ street: null })],
    ],
    remove: 'closeOffice',
  },
  employee: {
    create: [
      'hireEmployee',
      () => ({
        ...employee,
        email: 'grace@acme.example',
        office: acme.ids.munich,
        birthday: '1906-12-09',
        salary: { amount: 1, currency: 'USD' },
      }),
    ],
    updates: [
      ['updateEmployee', () => ({ lastName: 'Murray', salary: null, birthday: null, email: 'murray@acme.example' })],
      ['transferEmployee', () => ({ office: acme.ids.austin, manager: acme.ids.boss, team: 'LEGAL' })],
    ],
    remove: 'dismissEmployee',
  },
  project: {
    create: ['createProject', () => ({ name: 'Gemini', description: 'Two seats', dueOn: '2026-12-31' })],
    updates: [['updateProject', () => ({ name: 'Mercury', status: 'PAUSED', description: null, lead: acme.ids.ada })]],
    remove: 'deleteProject',
  },
  task: {
    create: ['createTask', () => ({ title: 'Count down', project: acme.ids.project, dueOn: '2026-07-01' })],
    updates: [
      ['updateTask', () => ({ title: 'Count up', priority: 'URGENT', dueOn: null })],
      ['assignTask', () => ({ employee: acme.ids.bob })],
      ['completeTask', () => ({})],
    ],
    remove: 'deleteTask',
  },
};

it('every searchable entity has its mutations here', () => {
  expect(Object.keys(lifecycles).sort()).toEqual(searches.map(({ entity }) => entity.name).sort());
});

describe.each(searches.map((search) => [search.entity.name, search] as const))('%s', (name, { indexes }) => {
  it('is in its indexes from creation to deletion, as the table has it', async () => {
    const { create, updates, remove } = lifecycles[name] as Lifecycle;
    const id = await mutate(create[0], create[1]());
    const document = documentId('acme', decodeGlobalId(id, 'id').id);
    const versions = async () =>
      Promise.all(indexes.map(async (index) => (await documentsIn(roster, index))[document]));
    await roster.indexed();
    await expectIndexEqualsTable(roster);
    let before = await versions();
    for (const [mutation, input] of updates) {
      await mutate(mutation, { id, ...input() });
      await roster.indexed();
      await expectIndexEqualsTable(roster);
      const after = await versions();
      // A change that no document shows would prove nothing here.
      expect(after).not.toEqual(before);
      before = after;
    }
    expect(before).not.toContain(undefined);
    await mutate(remove, { id });
    await roster.indexed();
    await expectIndexEqualsTable(roster);
    expect(await versions()).toEqual(indexes.map(() => undefined));
  });
});

it('a document holds what is declared, encoded for Meilisearch, and nothing else', async () => {
  const [ada, munich] = [acme.ids.ada, acme.ids.munich].map((id) => decodeGlobalId(id, 'id').id);
  const open = {
    id: `acme_${ada}`,
    org: 'acme',
    version: 1,
    firstName: 'Ada',
    lastName: 'Example',
    email: 'ada@acme.example',
    title: 'Software Engineer',
    titleSlug: 'software-engineer',
    team: 'engineering',
    office: munich,
    hiredOn: 20200715,
    hireMonthDay: 715,
    [BUCKET]: bucketOf(`acme_${ada}`),
  };
  expect((await documentsIn(roster, employeeSearch.open))[open.id]).toEqual(open);
  const closed = { ...open, birthMonthDay: 105, salary: { amount: 9_000_000, currency: 'EUR' } };
  expect((await documentsIn(roster, employeeSearch.restricted ?? employeeSearch.open))[open.id]).toEqual(closed);
  expect((await documentsIn(roster, officeSearch.open))[`acme_${munich}`]).toMatchObject({
    _geo: { lat: 48.137, lng: 11.575 },
    city: 'München',
  });
  // Names of organizations that differ in case alone stay apart, though Meilisearch folds it.
  const orgs = Object.values(await documentsIn(roster, officeSearch.open)).map(({ org }) => org);
  expect(new Set(orgs)).toEqual(new Set(['acme', encodePart('ACME')]));
});

it('restricted attributes are in no open index, neither by name nor by value', async () => {
  const pay = { birthday: '1987-03-21', salary: { amount: 87_654_321, currency: 'CHF' } };
  await mutate('updateEmployee', { id: acme.ids.ada, ...pay });
  await roster.indexed();
  const secrets = /salary|birth|87654321|CHF|1987|0?321\b/i;
  for (const { open, restricted } of searches) {
    const index = searchEngine(roster).index(uidOf(roster, open));
    const documents = Object.values(await documentsIn(roster, open)).map(({ id: _id, ...rest }) => rest);
    const { fieldDistribution } = await index.getStats();
    expect(JSON.stringify([documents, fieldDistribution, await index.getSettings()])).not.toMatch(secrets);
    for (const query of ['87654321', 'CHF', '1987', '321']) expect((await index.search(query)).hits).toEqual([]);
    if (restricted) expect(JSON.stringify(await documentsIn(roster, restricted))).toMatch(secrets);
  }
});
