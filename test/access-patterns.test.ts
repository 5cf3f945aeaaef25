import { beforeAll, beforeEach, expect, it } from 'vitest';
import { readExamples } from '../dev/examples.ts';
import { type Company, createCompany } from './support/company.ts';
import { type Answer, startRoster, type TestRoster } from './support/roster.ts';

let roster: TestRoster;
let acme: Company;

beforeAll(async () => {
  roster = await startRoster();
  acme = await createCompany(roster, 'acme');
  await createCompany(roster, 'umbrella');
  await roster.indexed();
  return () => roster.stop();
});

beforeEach(() => {
  roster.calls.length = 0;
});

/** The cost of an operation: what was sent to the table. Sorted, since calls under way together may end in any order. */
const commands = () =>
  roster.calls
    .map(({ operation, index, target, limit, consistent, items, capacity }) =>
      [
        operation,
        index,
        target,
        limit && `limit ${limit}`,
        consistent && 'consistent',
        `${items} items, ${capacity} RCU`,
      ]
        .filter(Boolean)
        .join(' | '),
    )
    .sort();

const example = async (number: number) => {
  const found = (await readExamples(42, 'globex')).find(({ name }) => name.startsWith(`${number}-`));
  if (!found) throw new Error(`there is no example ${number}`);
  return found.query;
};

function succeeded({ status, data, errors }: Answer) {
  expect(errors).toBeUndefined();
  expect(status).toBe(200);
  return data;
}

it('1: an employee with all tasks', async () => {
  expect(
    succeeded(await roster.graphql(acme.as.manager, await example(1), { employee: acme.ids.ada })),
  ).toMatchSnapshot();
  expect(commands()).toMatchSnapshot();
});

it('2: an office with its employees', async () => {
  expect(
    succeeded(await roster.graphql(acme.as.manager, await example(2), { office: acme.ids.munich })),
  ).toMatchSnapshot();
  expect(commands()).toMatchSnapshot();
});

it('3: my own tasks of one status', async () => {
  expect(succeeded(await roster.graphql(acme.as.employee, await example(3)))).toMatchSnapshot();
  expect(commands()).toMatchSnapshot();
});

it('4: a project with its tasks of one status', async () => {
  expect(
    succeeded(await roster.graphql(acme.as.manager, await example(4), { project: acme.ids.project })),
  ).toMatchSnapshot();
  expect(commands()).toMatchSnapshot();
});

it('5: offices by place, and near a point', async () => {
  // One field at a time: what a Query brings is not fetched again for a search that ends later.
  const [byPlace = '', byDistance = ''] = (await example(5)).split('  aroundMunich');
  expect(succeeded(await roster.graphql(acme.as.client, `${byPlace}}`))).toMatchSnapshot();
  expect(commands()).toMatchSnapshot();
  roster.calls.length = 0;
  const { aroundMunich } = succeeded(await roster.graphql(acme.as.client, `{ aroundMunich${byDistance}`));
  expect(aroundMunich.edges.map(({ node }: { node: { name: string } }) => node.name)).toEqual(['Altstadt', 'Campus']);
  expect(commands()).toMatchSnapshot();
});

it('6: comparable salaries', async () => {
  const query = (await example(6)).replace('"USD"', '"EUR"').replace('12500000', '8500000').replace('"US"', '"DE"');
  expect(succeeded(await roster.graphql(acme.as.hr, query))).toMatchSnapshot();
  expect(commands()).toMatchSnapshot();
});

it('7: birthdays and anniversaries across the turn of the year', async () => {
  roster.clock.set('2026-12-20T12:00:00Z');
  // One field at a time: two searches under way together may share their reads of the table, or not.
  const both = (await example(7)).replaceAll('60', '75');
  const [birthdays = '', anniversaries = ''] = both.split('  upcomingAnniversaries');
  expect(succeeded(await roster.graphql(acme.as.hr, `${birthdays}}`))).toMatchSnapshot();
  expect(commands()).toMatchSnapshot();
  const data = succeeded(await roster.graphql(acme.as.hr, `{ upcomingAnniversaries${anniversaries}`));
  expect(data).toMatchSnapshot();
});

it('8: everyone who reports to a manager', async () => {
  expect(succeeded(await roster.graphql(acme.as.hr, await example(8), { manager: acme.ids.boss }))).toMatchSnapshot();
  expect(commands()).toMatchSnapshot();
});

it('9 to 11: everything by words, and somebody hired is found', async () => {
  const found = succeeded(await roster.graphql(acme.as.admin, await example(9)));
  expect(found.search.edges[0].node).toEqual({ __typename: 'Office', name: 'Altstadt', city: 'München' });
  const variables = { office: acme.ids.munich, manager: acme.ids.boss };
  const hired = succeeded(await roster.graphql(acme.as.admin, await example(10), variables));
  expect(hired.hireEmployee).toMatchObject({ __typename: 'Employee', version: 1 });
  await roster.indexed();
  const { searchEmployees } = succeeded(await roster.graphql(acme.as.admin, await example(11)));
  expect(searchEmployees.edges[0].node).toMatchObject({ firstName: 'Grace', lastName: 'Hopper' });
});
