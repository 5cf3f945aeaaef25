import { beforeAll, expect, it } from 'vitest';
import { createItem } from '../src/entities/core/write.ts';
import { Project, Task } from '../src/entities/index.ts';
import { encodeGlobalId } from '../src/schema/electrodb/global-id.ts';
import { type Company, createCompany } from './support/company.ts';
import { startRoster, type TestRoster } from './support/roster.ts';

/** A query, and the least that any implementation over this table could send for it. */
interface Case {
  readonly name: string;
  readonly query: string;
  /** Calls by round trip, each round sorted. */
  readonly minimum: readonly (readonly string[])[];
  /** Why it can't be less, where that is not plain. */
  readonly because: string;
}

const EDGES = 'edges { node { title } }';

/** Ids are put in for `$munich` and the like. */
const CASES: readonly Case[] = [
  // Objects by id
  {
    name: 'an object by id',
    query: '{ employee(id: "$ada") { firstName team } }',
    minimum: [['GetItem employee']],
    because: 'one key',
  },
  {
    name: 'its id alone',
    query: '{ office(id: "$munich") { id } }',
    minimum: [['GetItem office']],
    because: 'whether it exists is in the table only',
  },
  {
    name: 'objects of four types by global id',
    query: '{ nodes(ids: ["$munich", "$ada", "$project", "$task"]) { id } }',
    minimum: [['BatchGetItem employee, office, project, task']],
    because: 'a BatchGetItem takes keys of any type',
  },
  {
    name: 'the same object three ways',
    query: '{ node(id: "$ada") { id } a: employee(id: "$ada") { team } b: employee(id: "$ada") { team } }',
    minimum: [['GetItem employee']],
    because: 'one item, read once',
  },
  {
    name: 'two objects by root fields',
    query: '{ office(id: "$munich") { name } task(id: "$task") { title } }',
    minimum: [['BatchGetItem office, task']],
    because: 'one batch over the whole request',
  },
  // Parents and children
  {
    name: 'pattern 2: an office with its employees',
    query: '{ office(id: "$munich") { name employees { edges { node { firstName } } } } }',
    minimum: [['Query office with employee.workplaces']],
    because: 'both are neighbours in the collection',
  },
  {
    name: 'pattern 1: an employee with all tasks',
    query: `{ employee(id: "$ada") { firstName tasks { ${EDGES} } } }`,
    minimum: [['Query employee with task.assignments']],
    because: 'both are neighbours in the collection',
  },
  {
    name: 'pattern 4: a project with its tasks of one status',
    query: `{ project(id: "$project") { name tasks(status: OPEN) { ${EDGES} } } }`,
    minimum: [['GetItem project', 'Query task.board']],
    because: 'the condition parts the neighbours; the keys of both follow from the id',
  },
  {
    name: 'pattern 4: a project with all its tasks',
    query: `{ project(id: "$project") { name tasks { ${EDGES} } } }`,
    minimum: [['Query project with task.board']],
    because: 'both are neighbours in the collection',
  },
  {
    name: 'pattern 8: everyone who reports to a manager',
    query: '{ employee(id: "$boss") { firstName reports { edges { node { firstName } } } } }',
    minimum: [['GetItem employee', 'Query employee.reports']],
    because: 'the index of reports does not hold the manager',
  },
  {
    name: 'two relations of one parent',
    query: `{ employee(id: "$boss") { tasks { ${EDGES} } reports { edges { node { firstName } } } } }`,
    minimum: [['Query employee with task.assignments', 'Query employee.reports']],
    because: 'two indexes',
  },
  {
    name: 'the same children twice',
    query: `{ project(id: "$project") { a: tasks { ${EDGES} } b: tasks { ${EDGES} } } }`,
    minimum: [['Query project with task.board']],
    because: 'equal reads are one',
  },
  {
    name: 'a parent with and without its children',
    query: `{ a: project(id: "$project") { name } b: project(id: "$project") { tasks { ${EDGES} } } }`,
    minimum: [['Query project with task.board']],
    because: 'the Query brings the parent for both',
  },
  {
    name: 'children that refer back to their parent',
    query: '{ project(id: "$project") { tasks { edges { node { project { name } } } } } }',
    minimum: [['Query project with task.board']],
    because: 'the parent is there already',
  },
  // The viewer
  {
    name: 'pattern 3: my open tasks',
    query: `{ viewer { employee { firstName tasks(status: OPEN) { ${EDGES} } } } }`,
    minimum: [['GetItem employee', 'Query task.assignments']],
    because: 'the condition parts the neighbours',
  },
  {
    name: 'who I am',
    query: '{ viewer { role organization } }',
    minimum: [],
    because: 'the token says it',
  },
  // References
  {
    name: 'who does the tasks of a project',
    query: '{ project(id: "$project") { tasks { edges { node { employee { firstName } } } } } }',
    minimum: [['Query project with task.board'], ['BatchGetItem employee']],
    because: 'the keys of the employees are in the tasks',
  },
  {
    name: 'their ids alone',
    query: '{ project(id: "$project") { tasks { edges { node { employee { id } } } } } }',
    minimum: [['Query project with task.board']],
    because: 'the ids are in the tasks, and a task can not outlive its employee',
  },
  {
    name: 'references of a parent and of its children',
    query: `{ employee(id: "$ada") { manager { firstName } office { name }
      tasks { edges { node { project { name } } } } } }`,
    minimum: [['Query employee with task.assignments'], ['BatchGetItem employee, office, project']],
    because: 'one batch over all types and levels that are known by then',
  },
  {
    name: 'three levels of references',
    query: `{ task(id: "$task") { employee { manager { office { name } } } } }`,
    minimum: [['GetItem task'], ['GetItem employee'], ['GetItem employee'], ['GetItem office']],
    because: 'each key is in the item before',
  },
  {
    name: 'a reference with its own children',
    query: `{ task(id: "$task") { employee { firstName tasks { ${EDGES} } } } }`,
    minimum: [['GetItem task'], ['Query employee with task.assignments']],
    because: 'employee and tasks are neighbours',
  },
  // Lists
  {
    name: 'pattern 5: offices of a country',
    query: '{ offices(country: "DE") { edges { node { name } } } }',
    minimum: [['Query office.locations']],
    because: 'one run of sort keys',
  },
  {
    name: 'a list backwards',
    query: '{ offices(last: 2) { edges { node { name } } } }',
    minimum: [['Query office.locations']],
    because: 'a Query reads in either direction',
  },
  {
    name: 'a list in descending order',
    query: '{ projects(order: DESC, first: 1) { edges { node { name } } } }',
    minimum: [['Query project.portfolio']],
    because: 'a Query reads in either direction',
  },
  {
    name: 'the next page of children',
    query: `{ project(id: "$project") { name tasks(first: 2, after: "$cursor") { ${EDGES} } } }`,
    minimum: [['GetItem project', 'Query task.board']],
    because: 'the parent stands before the first page',
  },
  {
    name: 'an empty page',
    query: `{ project(id: "$project") { name tasks(first: 0) { ${EDGES} } } }`,
    minimum: [['GetItem project']],
    because: 'nothing of the list is shown',
  },
  // Three levels
  {
    name: 'offices, their employees, their managers',
    query: '{ offices { edges { node { employees { edges { node { manager { firstName title } } } } } } } }',
    minimum: [
      ['Query office.locations'],
      ['Query employee.workplaces', 'Query employee.workplaces', 'Query employee.workplaces'],
    ],
    because: 'one partition per office, all at once; the manager works at one of them',
  },
  {
    name: 'projects, their tasks, who does them',
    query: '{ projects(status: ACTIVE) { edges { node { tasks { edges { node { employee { firstName } } } } } } } }',
    minimum: [['Query project.portfolio'], ['Query task.board'], ['BatchGetItem employee']],
    because: 'each level needs the ids of the one before',
  },
  {
    name: 'an office, its employees, their tasks, the projects of those',
    query: `{ office(id: "$munich") { employees { edges { node {
      tasks { edges { node { project { name } } } } } } } } }`,
    minimum: [
      ['Query office with employee.workplaces'],
      ['Query task.assignments', 'Query task.assignments'],
      ['GetItem project'],
    ],
    because: 'one partition per employee, all at once',
  },
  // Filters and counts
  {
    name: 'a filter that drops 58 of 60 rows',
    query: `{ project(id: "$large") { tasks(first: 2, filter: { title: { startsWith: "rare" } }) { ${EDGES} } } }`,
    minimum: [['GetItem project', 'Query task.board'], ['Query task.board'], ['Query task.board']],
    because: '3, 12 and 48 rows, by the rule for refilling',
  },
  {
    name: 'a short list and its count',
    query: `{ project(id: "$project") { tasks { totalCount ${EDGES} } } }`,
    minimum: [['Query project with task.board']],
    because: 'the page holds the whole list',
  },
  {
    name: 'a page and its count',
    query: `{ project(id: "$large") { tasks(first: 2) { totalCount ${EDGES} } } }`,
    minimum: [['Query project with task.board'], ['Query task.board']],
    because: 'that the page does not hold the whole list shows when it is there',
  },
  {
    name: 'a count alone',
    query: '{ project(id: "$large") { name tasks { totalCount } } }',
    minimum: [['GetItem project', 'Query task.board']],
    because: 'no row is shown',
  },
  // Searches
  {
    name: 'a search of one type',
    query: '{ searchOffices(query: "altstadt") { edges { node { name } } } }',
    minimum: [['multi-search office'], ['GetItem office']],
    because: 'the index has the ids, the table the objects',
  },
  {
    name: 'a search of all types',
    query: '{ search(query: "a") { totalCount edges { node { __typename } } } }',
    minimum: [['federated employee, office, project, task'], ['BatchGetItem employee, office, project, task']],
    because: 'one ranking, one batch',
  },
  // Mutations
  {
    name: 'a new office',
    query: `mutation { createOffice(input: { name: "New", zip: "1", city: "C", state: "S", country: "FR",
      location: { lat: 1, lng: 2 } }) { ... on Office { name } } }`,
    minimum: [['PutItem office']],
    because: 'it refers to nothing',
  },
  {
    name: 'a change outside of all keys',
    query: 'mutation { updateOffice(input: { id: "$garching", name: "Campus 2" }) { ... on Office { name } } }',
    minimum: [['UpdateItem office']],
    because: 'conditions go along with the write',
  },
  {
    name: 'a change of a key',
    query: 'mutation { updateProject(input: { id: "$project", status: PAUSED }) { ... on Project { status } } }',
    minimum: [['GetItem project (consistent)'], ['UpdateItem project']],
    because: 'the rest of the key is in the item',
  },
  {
    name: 'a new task and its project',
    query: `mutation { createTask(input: { project: "$project", title: "T" }) {
      ... on Task { project { name } } } }`,
    minimum: [['TransactWriteItems project, task'], ['GetItem project (consistent)']],
    because: 'what is read after a write is read strongly',
  },
];

let roster: TestRoster;
let acme: Company;
let values: Readonly<Record<string, string>>;

beforeAll(async () => {
  roster = await startRoster({ EXPLAIN: 'everyone' });
  acme = await createCompany(roster, 'acme');
  const large = await createItem(roster.services, Project, 'acme', { name: 'Large', status: 'planned' });
  for (let i = 0; i < 60; i++) {
    const title = i % 30 === 29 ? `rare ${i}` : `usual ${i}`;
    await createItem(roster.services, Task, 'acme', { title, project: large.project });
  }
  await roster.indexed();
  const page = await roster.graphql(
    acme.as.admin,
    'query($id: ID!) { project(id: $id) { tasks(first: 2) { pageInfo { endCursor } } } }',
    { id: acme.ids.project },
  );
  const cursor = page.data.project.tasks.pageInfo.endCursor;
  values = { ...acme.ids, large: encodeGlobalId('Project', large.project), cursor };
  return () => roster.stop();
});

interface Explanation {
  readonly calls: readonly Explained[];
  readonly totals: { readonly calls: number; readonly roundTrips: number; readonly underWay: number };
}

interface Explained {
  readonly roundTrip: number;
  readonly operation: string;
  readonly pattern?: string;
  readonly consistent?: boolean;
  readonly queries?: readonly { readonly index: string }[];
}

/** What an operation sent, by round trip. */
async function callsOf(query: string): Promise<string[][]> {
  const filled = query.replace(/\$(\w+)/g, (name, key: string) => values[key] ?? name);
  const viewer = query.includes('viewer') ? acme.as.employee : acme.as.admin;
  const { errors, extensions } = await roster.graphql(viewer, filled, {}, { 'x-roster-explain': '1' });
  expect(errors).toBeUndefined();
  const explained = extensions?.['explain'] as Explanation;
  const { calls, totals } = explained;
  expect(totals).toMatchObject({ calls: calls.length, underWay: 0 });
  const rounds = Map.groupBy(calls, ({ roundTrip }) => roundTrip);
  expect(totals.roundTrips).toBe(rounds.size);
  return [...rounds.values()].map((round) => round.map(textOf).sort());
}

const textOf = ({ operation, pattern, consistent, queries = [] }: Explained): string => {
  const names = pattern?.split(', ') ?? queries.map(({ index }) => index);
  return `${operation} ${names.sort().join(', ')}${consistent ? ' (consistent)' : ''}`;
};

it.each(CASES)('$name', async ({ query, minimum }) => {
  expect(await callsOf(query)).toEqual(minimum.map((round) => [...round].sort()));
});

it('docs/query-costs.md lists them', async () => {
  const rows = CASES.map(({ name, query, minimum, because }) => {
    const rounds = minimum.map((round) => round.join('<br>'));
    return `| ${name} | \`${query.replace(/\s+/g, ' ')}\` | ${minimum.flat().length} | ${minimum.length} | ${rounds.join(' → ')} | ${because} |`;
  });
  const text = `# What queries cost

Each of these is asserted by \`test/query-costs.test.ts\`: what is sent is the least that any implementation over this table
could send. Calls in one round trip are sent at the same time; → is the next round trip. \`docs/explain.md\` shows how to
see the same for a query of your own.

| what | query | calls | round trips | sent | it can't be less, since |
| --- | --- | --- | --- | --- | --- |
${rows.join('\n')}
`;
  await expect(text).toMatchFileSnapshot('../docs/query-costs.md');
});
