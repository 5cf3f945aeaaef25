import { beforeAll, expect, it } from 'vitest';
import { schema } from '../src/schema/index.ts';
import { type Company, createCompany } from './support/company.ts';
import { startRoster, type TestRoster } from './support/roster.ts';

let roster: TestRoster;
let acme: Company;
let umbrella: Company;

beforeAll(async () => {
  roster = await startRoster();
  // Names that ElectroDB's and Meilisearch's defaults would take for one.
  acme = await createCompany(roster, 'ACME');
  umbrella = await createCompany(roster, 'acme');
  await roster.indexed();
  return () => roster.stop();
});

const foreign = () => Object.values(umbrella.ids);

it('no id of another organization leads anywhere', async () => {
  const { munich, ada, project, task } = umbrella.ids;
  const query = `query($office: ID!, $employee: ID!, $project: ID!, $task: ID!) {
    office(id: $office) { id } employee(id: $employee) { id } project(id: $project) { id } task(id: $task) { id }
    node(id: $office) { id } nodes(ids: [$office, $employee, $project, $task]) { id } }`;
  const variables = { office: munich, employee: ada, project, task };
  const { data, errors } = await roster.graphql(acme.as.admin, query, variables);
  expect(errors).toBeUndefined();
  expect(data).toEqual({
    office: null,
    employee: null,
    project: null,
    task: null,
    node: null,
    nodes: [null, null, null, null],
  });
  // The ids are real: their own organization sees them.
  const own = await roster.graphql(umbrella.as.admin, query, variables);
  expect(own.data.nodes.map(({ id }: { id: string }) => id)).toEqual([munich, ada, project, task]);
});

/** Every root field that lists something, with nothing but optional arguments. */
const listFields = Object.values(schema.getQueryType()?.getFields() ?? {}).filter(({ type }) =>
  String(type).includes('Connection'),
);

/** What the arguments of a list are that it can't do without, or that make it list more. */
const ARGUMENTS: Readonly<Record<string, string>> = {
  search: 'query: "e"',
  upcomingBirthdays: 'withinDays: 364',
  upcomingAnniversaries: 'withinDays: 364',
  comparableSalaries:
    'title: "Software Engineer", country: "DE", salary: { amount: 9000000, currency: "EUR" }, withinPercent: 100',
};

it.each(listFields.map(({ name }) => name))('%s lists nothing of another organization', async (name) => {
  roster.clock.set('2026-12-20T12:00:00Z');
  const args = [ARGUMENTS[name] ?? '', 'first: 100'].filter(Boolean).join(', ');
  const selection = name.startsWith('upcoming') ? 'employee { id }' : '... on Node { id }';
  const query = `{ ${name}(${args}) { edges { node { ${selection} } } } }`;
  const { data, errors } = await roster.graphql(acme.as.admin, query);
  expect(errors).toBeUndefined();
  const ids = data[name].edges.map(
    ({ node }: { node: { id?: string; employee?: { id: string } } }) => node.id ?? node.employee?.id,
  );
  expect(ids.length).toBeGreaterThan(0);
  for (const id of foreign()) expect(ids).not.toContain(id);
});

it('mutations can not reach, refer to or collide with another organization', async () => {
  const { munich, ada, project, task } = umbrella.ids;
  const run = async (mutation: string, variables: Record<string, unknown>) => {
    const { data, errors } = await roster.graphql(acme.as.admin, mutation, variables);
    expect(errors).toBeUndefined();
    return Object.values(data)[0] as { __typename: string };
  };
  const notFound = { __typename: 'NotFoundError' };
  expect(
    await run('mutation($id: ID!) { updateOffice(input: { id: $id, name: "x" }) { __typename } }', { id: munich }),
  ).toEqual(notFound);
  expect(await run('mutation($id: ID!) { closeOffice(input: { id: $id }) { __typename } }', { id: munich })).toEqual(
    notFound,
  );
  expect(
    await run('mutation($id: ID!) { transferEmployee(input: { id: $id, team: LEGAL }) { __typename } }', { id: ada }),
  ).toEqual(notFound);
  expect(await run('mutation($id: ID!) { completeTask(input: { id: $id }) { __typename } }', { id: task })).toEqual(
    notFound,
  );
  expect(
    await run('mutation($id: ID!) { createTask(input: { project: $id, title: "x" }) { __typename } }', { id: project }),
  ).toEqual(notFound);
  const assign =
    'mutation($id: ID!, $employee: ID!) { assignTask(input: { id: $id, employee: $employee }) { __typename } }';
  expect(await run(assign, { id: acme.ids.task, employee: ada })).toEqual(notFound);
  // The same address in both organizations is no conflict.
  const hire = `mutation($office: ID!) { hireEmployee(input: { firstName: "A", lastName: "B", email: "zoe@both.example",
    title: "T", team: LEGAL, office: $office, hiredOn: "2020-01-01" }) { __typename } }`;
  expect(await run(hire, { office: acme.ids.austin })).toEqual({ __typename: 'Employee' });
  const theirs = await roster.graphql(umbrella.as.admin, hire, { office: umbrella.ids.austin });
  expect(theirs.data.hireEmployee).toEqual({ __typename: 'Employee' });
  const untouched = await roster.graphql(umbrella.as.admin, 'query($id: ID!) { office(id: $id) { name version } }', {
    id: munich,
  });
  expect(untouched.data.office).toEqual({ name: 'Altstadt', version: 1 });
});

it('a client sees offices and nothing else', async () => {
  const { data } = await roster.graphql(
    acme.as.client,
    '{ offices { edges { node { name } } } searchOffices { totalCount } }',
  );
  expect(data.offices.edges).toHaveLength(3);
  const refused = [
    '{ projects { edges { cursor } } }',
    '{ search(query: "ada") { totalCount } }',
    '{ searchEmployees { totalCount } }',
    '{ offices { edges { node { employees { edges { cursor } } } } } }',
    `{ employee(id: "${acme.ids.ada}") { firstName } }`,
    `{ node(id: "${acme.ids.task}") { ... on Task { title } } }`,
    `{ nodes(ids: ["${acme.ids.project}"]) { ... on Versioned { version } } }`,
  ];
  for (const query of refused) {
    const { data: partial, errors } = await roster.graphql(acme.as.client, query);
    expect(
      errors?.map(({ extensions }) => extensions['code']),
      query,
    ).toContain('FORBIDDEN');
    expect(JSON.stringify(partial)).not.toMatch(/Ada|Apollo|lander/);
  }
});

it('pay is for HR, and for everybody their own', async () => {
  const query = 'query($id: ID!) { employee(id: $id) { birthday salary { amount } } }';
  const ask = async (who: keyof Company['as'], id: string) => roster.graphql(acme.as[who], query, { id });
  expect((await ask('hr', acme.ids.ada)).data.employee).toEqual({
    birthday: '1990-01-05',
    salary: { amount: 9_000_000 },
  });
  expect((await ask('employee', acme.ids.ada)).data.employee).toEqual({
    birthday: '1990-01-05',
    salary: { amount: 9_000_000 },
  });
  const others = await ask('employee', acme.ids.bob);
  expect(others.data.employee).toEqual({ birthday: null, salary: null });
  expect(others.errors?.map(({ extensions }) => extensions['code'])).toEqual(['FORBIDDEN', 'FORBIDDEN']);
  for (const search of [
    '{ searchEmployees(filter: { salary: { amount: { gte: 0 } } }) { totalCount } }',
    // Filters, deep ones too, would tell one salary after the other.
    `{ office(id: "${acme.ids.munich}") { employees(filter: { salary: { amount: { gt: 0 } } }) { totalCount } } }`,
    `{ office(id: "${acme.ids.munich}") { employees(filter: { or: [{ not: { birthday: { exists: true } } }] }) { totalCount } } }`,
    '{ upcomingBirthdays { totalCount } }',
    '{ upcomingAnniversaries { totalCount } }',
  ]) {
    expect((await roster.graphql(acme.as.manager, search)).errors?.[0]?.extensions['code']).toBe('FORBIDDEN');
    expect((await roster.graphql(acme.as.hr, search)).errors).toBeUndefined();
  }
});
