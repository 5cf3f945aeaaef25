import { beforeAll, beforeEach, expect, it } from 'vitest';
import type { Persona } from '../dev/identity.ts';
import { Employee, Office } from '../src/entities/index.ts';
import { indexTable } from './support/document-writer.ts';
import { NOW, startRoster, type TestRoster } from './support/roster.ts';

let roster: TestRoster;
const HR: Persona = { org: 'acme', role: 'HR' };
const OFFICES = 1_100;
const common = { org: 'acme', version: 1, createdAt: NOW, updatedAt: NOW };

const office = (i: number) =>
  Office.put({
    ...common,
    office: `o${i}`,
    name: `Branch ${i}`,
    zip: String(i).padStart(5, '0'),
    city: 'Berlin',
    state: 'Berlin',
    country: i === 0 ? 'AT' : 'DE',
    location: { lat: 52, lng: 13 },
  });
const employee = (firstName: string, branch: number) =>
  Employee.put({
    ...common,
    employee: firstName.toLowerCase(),
    firstName,
    lastName: 'Example',
    email: `${firstName.toLowerCase()}@acme.example`,
    title: 'Clerk',
    team: 'sales',
    office: `o${branch}`,
    hiredOn: '2020-01-01',
    salary: { amount: 5_000_000 + branch, currency: 'EUR' },
  });

beforeAll(async () => {
  roster = await startRoster();
  const { table } = roster.services;
  await table.batchWrite([employee('Abroad', 0), employee('First', 1), employee('Last', OFFICES)]);
  await indexTable(roster);
  // Which no index needs to know.
  await table.batchWrite(Array.from({ length: OFFICES + 1 }, (_, i) => office(i)));
  return () => roster.stop();
});

beforeEach(() => {
  roster.calls.length = 0;
});

const ask = (title: string, amount = 5_000_000) =>
  roster.graphql(
    HR,
    `query($title: String!, $amount: SafeInt!) {
      comparableSalaries(title: $title, country: "DE", salary: { amount: $amount, currency: "EUR" }) {
        edges { node { firstName } }
      }
    }`,
    { title, amount },
  );

it('are those of all offices of a country, however many: these are no conditions of the client’s', async () => {
  const { data, errors } = await ask('clerk');
  expect(errors).toBeUndefined();
  expect(data.comparableSalaries.edges).toEqual([{ node: { firstName: 'First' } }, { node: { firstName: 'Last' } }]);
  expect(roster.calls.map(({ operation, limit }) => [operation, limit])).toEqual([
    ['Query', 1_000],
    ['Query', 1_000],
    ['BatchGetItem', undefined],
  ]);
});

it.each([
  ['', 5, 'title: must have 1 to 120 characters'],
  ['x'.repeat(10_240), 5, 'title: must have 1 to 120 characters'],
  ['a\0', 5, 'title: holds a control character or line break; remove it'],
  ['a\ud800', 5, 'title: holds half of a surrogate pair; send valid Unicode'],
  ['Clerk', -1, 'salary.amount: must be a whole number from 0 to 9007199254740991'],
])('of the title %j and the amount %i are refused: no employee has them', async (title, amount, message) => {
  const { errors = [] } = await ask(title, amount);
  expect(errors.map((error) => error.message)).toEqual([message]);
  expect(errors[0]?.extensions).toMatchObject({ code: 'BAD_USER_INPUT', argument: message.split(':')[0] });
  expect(roster.calls).toEqual([]);
});

it('pages on when an office has opened meanwhile', async () => {
  const page = async (after?: string) => {
    const query = `query($after: String) {
      comparableSalaries(
        title: "Clerk", country: "DE", salary: { amount: 5000000, currency: "EUR" }, first: 1, after: $after
      ) { edges { node { firstName } } pageInfo { endCursor } }
    }`;
    const { data, errors } = await roster.graphql(HR, query, { after });
    expect(errors).toBeUndefined();
    return data.comparableSalaries;
  };
  const first = await page();
  await roster.services.table.batchWrite([office(OFFICES + 1)]);
  const second = await page(first.pageInfo.endCursor);
  expect([first, second].map(({ edges }) => edges[0].node.firstName)).toEqual(['First', 'Last']);
});
